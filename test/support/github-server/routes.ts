import * as z from 'zod';
import { ApiError, invalid, notFound } from './errors.ts';
import { tryGit } from './git.ts';
import { graphQl } from './graphql.ts';
import { mergePull } from './merge.ts';
import { commentShape, pullShape, statusShape } from './shapes.ts';
import type { GitHubState, User } from './state.ts';

export interface Call {
  state: GitHubState;
  /** Path of the bare repository. */
  repository: string;
  /** `acme/odoo` */
  fullName: string;
  /** `http://127.0.0.1:1234` */
  server: string;
  user: User;
  query: URLSearchParams;
  body: unknown;
}

/** A list is cut into pages by the server. */
export type Answer = { status: number; body: unknown } | { list: unknown[] };

const commentSchema = z.object({ body: z.string().min(1) });
const statusSchema = z.object({
  state: z.enum(['error', 'failure', 'pending', 'success']),
  context: z.string().default('default'),
  description: z.string().nullish(),
  target_url: z.string().nullish(),
});
const mergeSchema = z.object({
  sha: z.string().optional(),
  merge_method: z.enum(['merge', 'squash', 'rebase']).optional(),
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
});

function bodyOf<T>(schema: z.ZodType<T>, body: unknown, resource: string): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw invalid(resource, String(parsed.error.issues[0]?.path[0] ?? ''), parsed.error.issues[0]?.message ?? 'is invalid');
}

function pullOf({ state }: Call, number: string) {
  const found = state.pulls.find((pull) => pull.number === Number(number));
  if (!found) throw notFound();
  return found;
}

function commentText(body: unknown): string {
  const { body: text } = bodyOf(commentSchema, body, 'IssueComment');
  if (text.length > 65_536) throw invalid('IssueComment', 'body', 'body is too long (maximum is 65536 characters)');
  return text;
}

const listPulls = (call: Call): Answer => {
  const { state, query, server, fullName } = call;
  const wanted = query.get('state') ?? 'open';
  const list = state.pulls
    .filter((pull) => wanted === 'all' || pull.state === wanted)
    .filter((pull) => (query.get('base') ?? pull.base) === pull.base)
    .sort((a, b) => (query.get('direction') === 'asc' ? a.number - b.number : b.number - a.number));
  return { list: list.map((pull) => pullShape(state, server, fullName, pull)) };
};

const createStatus = (call: Call, sha: string): Answer => {
  const { state, repository, body, user } = call;
  const wanted = bodyOf(statusSchema, body, 'Status');
  if (tryGit(repository, ['cat-file', '-e', `${sha}^{commit}`]) === null) throw new ApiError(422, `No commit found for SHA: ${sha}`);
  if ((wanted.description ?? '').length > 140)
    throw invalid('Status', 'description', 'description is too long (maximum is 140 characters)');
  const status = { sha, ...wanted, description: wanted.description ?? null, target_url: wanted.target_url ?? null };
  state.statuses.push(status);
  return { status: 201, body: statusShape(user, status) };
};

const updateComment = ({ state, user, server, fullName, body }: Call, id: string): Answer => {
  const found = state.comments.find((comment) => comment.id === Number(id));
  if (!found) throw notFound();
  // Who may write to a repository may edit anybody's comment there.
  if (found.user.id !== user.id && user.type === 'Bot') throw new ApiError(403, 'Resource not accessible by integration');
  found.body = commentText(body);
  return { status: 200, body: commentShape(server, fullName, found) };
};

type Handler = (call: Call, ...parts: string[]) => Answer;
const ROUTES: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
  ['GET', /^\/pulls$/, listPulls],
  [
    'GET',
    /^\/pulls\/(\d+)$/,
    (call, number = '') => ({ status: 200, body: pullShape(call.state, call.server, call.fullName, pullOf(call, number)) }),
  ],
  [
    'PUT',
    /^\/pulls\/(\d+)\/merge$/,
    (call, number = '') => {
      const { repository, state, user, body } = call;
      return { status: 200, body: mergePull(repository, state, pullOf(call, number), user, bodyOf(mergeSchema, body, 'PullRequest')) };
    },
  ],
  [
    'GET',
    /^\/issues\/(\d+)\/comments$/,
    (call, number = '') => {
      const { state, server, fullName } = call;
      const { number: pull } = pullOf(call, number);
      return { list: state.comments.filter((comment) => comment.pull === pull).map((comment) => commentShape(server, fullName, comment)) };
    },
  ],
  [
    'POST',
    /^\/issues\/(\d+)\/comments$/,
    (call, number = '') => {
      const { state, server, fullName, user, body } = call;
      return { status: 201, body: commentShape(server, fullName, state.comment(pullOf(call, number).number, user, commentText(body))) };
    },
  ],
  ['PATCH', /^\/issues\/comments\/(\d+)$/, (call, id = '') => updateComment(call, id)],
  ['POST', /^\/statuses\/([0-9a-f]+)$/, (call, sha = '') => createStatus(call, sha)],
];

/** @param path below the API's root: `/repos/acme/odoo/pulls` */
export function route(call: Call, method: string, path: string): Answer {
  if (path === '/graphql') return { status: 200, body: graphQl(call) };
  const own = `/repos/${call.fullName}`;
  if (!path.toLowerCase().startsWith(`${own.toLowerCase()}/`) || !call.state.visible) throw notFound();
  for (const [wanted, pattern, handler] of ROUTES) {
    const match = pattern.exec(path.slice(own.length));
    if (match && wanted === method) return handler(call, ...match.slice(1));
  }
  throw new ApiError(501, `This test server does not know ${method} ${path}.`);
}
