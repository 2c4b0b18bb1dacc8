import * as z from 'zod';
import type { CheckState } from '../../core/environments/overview.ts';
import type { PullRequest } from '../../core/pr-environments/pull-request.ts';
import { shaSchema } from '../../core/repository/names.ts';
import type { GitHubClient } from './client.ts';
import type { GitHubRepository } from './repository.ts';

/** A pull request with the state of its checks, for the trees. */
export interface GitHubPullRequest extends PullRequest {
  checks: CheckState;
}

const webAddress = z.url({ protocol: /^https?$/ });
const repositorySchema = z.object({ id: z.int() });
const pullSchema = z.object({
  number: z.int().positive(),
  title: z.string(),
  html_url: webAddress,
  state: z.enum(['open', 'closed']),
  draft: z.boolean().optional(),
  merged_at: z.string().nullable(),
  user: z.object({ login: z.string() }).nullable(),
  head: z.object({ ref: z.string(), sha: shaSchema, repo: repositorySchema.nullable() }),
  base: z.object({ ref: z.string(), repo: repositorySchema }),
});

/** Whose account is gone is a ghost, as on GitHub's own pages. */
const GHOST = 'ghost';

/** @throws ZodError */
export function parsePull(answer: unknown): PullRequest {
  const { number, title, html_url, state, draft, merged_at, user, head, base } = pullSchema.parse(answer);
  return {
    number,
    title,
    url: html_url,
    state: merged_at === null ? state : 'merged',
    draft: draft ?? false,
    branch: head.ref,
    base: base.ref,
    head: head.sha,
    author: user?.login ?? GHOST,
    // By id, because a repository may have been renamed; one that was deleted was a fork, or may as well have been.
    fork: head.repo?.id !== base.repo.id,
  };
}

/** @throws ZodError */
export const parsePulls = (answer: unknown): PullRequest[] => z.array(z.unknown()).parse(answer).map(parsePull);

const QUERY = `query ($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(states: OPEN, first: 100, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number title url isDraft headRefName headRefOid baseRefName isCrossRepository
        headRepository { id }
        author { login }
        commits(last: 1) { nodes { commit { statusCheckRollup { state } } } }
      }
    }
  }
}`;

const responseSchema = z.object({
  repository: z.object({
    pullRequests: z.object({
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
      nodes: z.array(
        z.object({
          number: z.int().positive(),
          title: z.string(),
          url: webAddress,
          isDraft: z.boolean(),
          headRefName: z.string(),
          headRefOid: shaSchema,
          baseRefName: z.string(),
          isCrossRepository: z.boolean(),
          headRepository: z.object({ id: z.string() }).nullable(),
          author: z.object({ login: z.string() }).nullable(),
          commits: z.object({
            nodes: z.array(z.object({ commit: z.object({ statusCheckRollup: z.object({ state: z.string() }).nullable() }) })),
          }),
        }),
      ),
    }),
  }),
});

const CHECKS: Record<string, CheckState> = {
  SUCCESS: 'success',
  FAILURE: 'failure',
  ERROR: 'failure',
  PENDING: 'pending',
  EXPECTED: 'pending',
};
const MAX_PAGES = 5;

/**
 * Open pull requests with the state of their checks, the newest first: one request for each hundred, at most five. This is GraphQL,
 * because REST would take two requests for each pull request, and a list whose ETag does not change with the checks.
 */
export async function pullRequestsWithChecks(
  client: GitHubClient,
  { owner, name }: GitHubRepository,
  signal: AbortSignal,
): Promise<GitHubPullRequest[]> {
  const found: GitHubPullRequest[] = [];
  let after: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const question = { doing: 'be asked for pull requests', parse: (given: unknown) => responseSchema.parse(given) };
    const answer: z.infer<typeof responseSchema> = await client.query(QUERY, { owner, name, after }, question, signal);
    const { nodes, pageInfo } = answer.repository.pullRequests;
    for (const node of nodes) {
      found.push({
        number: node.number,
        title: node.title,
        url: node.url,
        state: 'open',
        draft: node.isDraft,
        branch: node.headRefName,
        base: node.baseRefName,
        head: node.headRefOid,
        author: node.author?.login ?? GHOST,
        fork: node.isCrossRepository || node.headRepository === null,
        checks: CHECKS[node.commits.nodes[0]?.commit.statusCheckRollup?.state ?? ''] ?? 'none',
      });
    }
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
  }
  return found;
}
