import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError } from './errors.ts';
import { gitIn, serveGit } from './git.ts';
import { route } from './routes.ts';
import { createState, type GitHubState, type SeenRequest } from './state.ts';

/*
 * A server that answers as GitHub Enterprise Server documents it, for what Odoo Ops asks: pull requests, comments, commit statuses, merges,
 * and two GraphQL questions. It stands on a real bare repository, which it also serves over HTTP, and merges there with git.
 *
 * Its limits: answers hold the fields that are read, not all; GraphQL knows its two questions by their words and does not look at the
 * selection; protection is what a test sets (approvals are counted, statuses are its own); mergeability is known at once; rebase merges,
 * merge queues and rule sets are not there; who pushes by git is not asked, and branch protection does not hold for that (a hook of the
 * repository may); one list of limits stands for REST and GraphQL; no webhooks; no unauthenticated requests.
 *
 * It runs in the process of the test: a test that waits for git synchronously must not use its remote, but the path of the repository.
 */

export interface GitHubOptions {
  /** Path of the bare repository. */
  repository: string;
  /** `acme/odoo` */
  fullName?: string;
  token?: string;
}

export interface GitHubServer {
  /** `http://127.0.0.1:1234`: the web's address; the API is at `/api/v3`. */
  url: string;
  /** What git clones: `<url>/acme/odoo.git`. */
  remote: string;
  token: string;
  /** Variables by which Odoo Ops finds it. */
  environment: Record<string, string>;
  state: GitHubState;
  /** Every request of the API, in order. */
  requests: SeenRequest[];
  stop: () => Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (chunks.length === 0) return null;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    throw new ApiError(400, 'Problems parsing JSON');
  }
}

/** A page of a list, and the Link header that leads to the others. */
function page(list: unknown[], url: URL): { body: unknown[]; headers: Record<string, string> } {
  const size = Math.min(Number(url.searchParams.get('per_page') ?? 30), 100);
  const number = Number(url.searchParams.get('page') ?? 1);
  const last = Math.max(1, Math.ceil(list.length / size));
  const link = (wanted: number, rel: string) => {
    const other = new URL(url);
    other.searchParams.set('page', String(wanted));
    return `<${other.href}>; rel="${rel}"`;
  };
  const links = [
    ...(number < last ? [link(number + 1, 'next'), link(last, 'last')] : []),
    ...(number > 1 ? [link(number - 1, 'prev')] : []),
  ];
  return { body: list.slice((number - 1) * size, number * size), headers: links.length === 0 ? {} : { link: links.join(', ') } };
}

interface Reply {
  status: number;
  body: unknown;
  headers: Record<string, string>;
}

function limitHeaders({ limit }: GitHubState): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit.limit),
    'x-ratelimit-used': String(limit.used),
    'x-ratelimit-remaining': String(Math.max(0, limit.limit - limit.used)),
    'x-ratelimit-reset': String(Math.ceil(limit.resetAt.getTime() / 1000)),
    'x-ratelimit-resource': 'core',
  };
}

function answer(
  state: GitHubState,
  options: Required<GitHubOptions>,
  server: string,
  request: IncomingMessage,
  url: URL,
  body: unknown,
): Reply {
  const user = state.tokens.get((request.headers.authorization ?? '').replace(/^(?:token|bearer) /i, ''));
  if (!user) throw new ApiError(401, 'Bad credentials');
  if (state.limit.resetAt < new Date()) state.limit = { ...state.limit, used: 0, resetAt: new Date(Date.now() + 3600_000) };
  if (state.limit.used >= state.limit.limit) throw new ApiError(403, `API rate limit exceeded for user ID ${user.id}.`);
  const call = { ...options, state, server, user, query: url.searchParams, body };
  state.limit.used++;
  const path = decodeURIComponent(url.pathname).replace(/^\/api(?:\/v3)?/, '');
  const answered = route(call, request.method ?? 'GET', path);
  const { body: content, headers } = 'list' in answered ? page(answered.list, url) : { ...answered, headers: {} };
  if (request.method !== 'GET') return { status: 'status' in answered ? answered.status : 200, body: content, headers };
  const etag = `W/"${createHash('sha256').update(JSON.stringify(content)).digest('hex')}"`;
  if (request.headers['if-none-match'] !== etag) return { status: 200, body: content, headers: { ...headers, etag } };
  state.limit.used--; // what has not changed costs nothing
  return { status: 304, body: null, headers: { etag } };
}

/** Starts it on a port of its own. */
export async function startGitHub(given: GitHubOptions): Promise<GitHubServer> {
  const options = { fullName: 'acme/odoo', token: 'test-token-of-the-app', ...given };
  const state = createState(options.repository, options.token);
  const requests: SeenRequest[] = [];
  gitIn(options.repository, ['config', 'http.receivepack', 'true']);
  const gitPath = `/${options.fullName}.git`;

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', base);
    if (url.pathname.startsWith(gitPath)) {
      serveGit(options.repository, url.pathname.slice(gitPath.length), url.search.slice(1), request, response);
      return;
    }
    const method = request.method ?? 'GET';
    const path = url.pathname.replace(/^\/api(?:\/v3)?/, '') + url.search;
    const seen: SeenRequest = { method, path, headers: request.headers, body: null, status: 0 };
    requests.push(seen);
    let reply: Reply;
    try {
      seen.body = await bodyOf(request);
      const instead = state.interfere(method, path);
      if (instead === 'hang') return;
      if (instead === 'drop') return void request.socket.destroy();
      reply = instead ? { headers: {}, ...instead } : answer(state, options, base, request, url, seen.body);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      reply = { status: error.status, body: error.body, headers: error.headers };
    }
    seen.status = reply.status;
    if (state.loseAnswer(method, path)) return void request.socket.destroy();
    response.writeHead(reply.status, { 'content-type': 'application/json; charset=utf-8', ...limitHeaders(state), ...reply.headers });
    response.end(reply.body === null ? undefined : typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.writeHead(500).end(JSON.stringify({ message: String(error) })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: base,
    remote: `${base}${gitPath}`,
    token: options.token,
    environment: { GITHUB_SERVER_URL: base, GITHUB_API_URL: `${base}/api/v3`, GITHUB_TOKEN: options.token },
    state,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
