import * as z from 'zod';
import { ApiError } from './errors.ts';
import type { Call } from './routes.ts';
import type { GitHubState, Pull } from './state.ts';

const requestSchema = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).default({}) });
const PAGE = 100;

/** GitHub's rollup: the worst of the newest of each check. */
function rollup(state: GitHubState, sha: string): { state: string } | null {
  const told = state.rollups.get(sha);
  if (told !== undefined) return { state: told };
  const newest = new Map(state.statuses.filter((status) => status.sha === sha).map((status) => [status.context, status.state]));
  if (newest.size === 0) return null;
  return { state: (['failure', 'error', 'pending'].find((word) => [...newest.values()].includes(word)) ?? 'success').toUpperCase() };
}

const node = ({ state, server, fullName }: Call, pull: Pull) => ({
  number: pull.number,
  title: pull.title,
  url: `${server}/${fullName}/pull/${pull.number}`,
  isDraft: pull.draft,
  headRefName: pull.branch,
  headRefOid: state.headOf(pull),
  headRepository: pull.fork === 'gone' ? null : { id: pull.fork ?? fullName },
  baseRefName: pull.base,
  isCrossRepository: pull.fork !== null,
  author: pull.author && { login: pull.author.login.replace(/\[bot\]$/, '') },
  commits: { nodes: [{ commit: { statusCheckRollup: rollup(state, state.headOf(pull)) } }] },
});

function pullRequests(call: Call, after: unknown) {
  const open = call.state.pulls.filter(({ state }) => state === 'open').reverse();
  const start = typeof after === 'string' ? Number(after) : 0;
  return {
    pageInfo: { hasNextPage: start + PAGE < open.length, endCursor: String(start + PAGE) },
    nodes: open.slice(start, start + PAGE).map((pull) => node(call, pull)),
  };
}

/** The two questions that are asked of GraphQL, known by their words. Answers all fields that either may name. */
export function graphQl(call: Call): object {
  const { query, variables } = requestSchema.parse(call.body);
  if (/\bviewer\b/.test(query)) return { data: { viewer: { login: call.user.login, databaseId: call.user.id } } };
  if (!/\bpullRequests\b/.test(query)) throw new ApiError(501, 'This test server does not know this query.');
  const [owner, name] = call.fullName.split('/');
  if (variables['owner'] !== owner || variables['name'] !== name || !call.state.visible) {
    const message = `Could not resolve to a Repository with the name '${String(variables['owner'])}/${String(variables['name'])}'.`;
    return { data: { repository: null }, errors: [{ type: 'NOT_FOUND', path: ['repository'], message }] };
  }
  return { data: { repository: { pullRequests: pullRequests(call, variables['after']) } } };
}
