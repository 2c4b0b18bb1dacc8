import * as z from 'zod';
import { OpsError } from '../../core/errors.ts';
import type { CheckState } from '../../core/environments/overview.ts';

export interface GitHubRepository {
  owner: string;
  name: string;
}

export interface GitHubPullRequest {
  number: number;
  title: string;
  url: string;
  draft: boolean;
  branch: string;
  /** False for a pull request from a fork, whose branch is not one of ours. */
  sameRepository: boolean;
  checks: CheckState;
}

/** `https://github.com/acme/odoo.git` or `git@github.com:acme/odoo` as owner and name; null for other hosts. */
export function gitHubRepository(remoteUrl: string, host = 'github.com'): GitHubRepository | null {
  const match = /^(?:https?:\/\/|ssh:\/\/(?:[^@/]+@)?|(?:[^@/]+@))?([^/:]+)(?::\d+\/|[/:])([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(remoteUrl);
  const [, hostname, owner, name] = match ?? [];
  return hostname === host && owner !== undefined && name !== undefined ? { owner, name } : null;
}

const QUERY = `query ($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(states: OPEN, first: 100, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number title url isDraft headRefName isCrossRepository
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
          number: z.int(),
          title: z.string(),
          url: z.url(),
          isDraft: z.boolean(),
          headRefName: z.string(),
          isCrossRepository: z.boolean(),
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
 * Open pull requests with the state of their checks: one GraphQL request for each hundred, at most five.
 * `GITHUB_API_URL` (as GitHub Actions sets it) names another API, for GitHub Enterprise Server.
 * @throws OpsError `unreachable`
 */
export async function openPullRequests(
  { owner, name }: GitHubRepository,
  token: string,
  signal: AbortSignal,
): Promise<GitHubPullRequest[]> {
  const { graphql } = await import('@octokit/graphql');
  const baseUrl = process.env['GITHUB_API_URL'];
  const ask = graphql.defaults({
    headers: { authorization: `token ${token}`, 'user-agent': 'odoo-ops' },
    ...(baseUrl === undefined ? {} : { baseUrl }),
  });
  const found: GitHubPullRequest[] = [];
  let after: string | null = null;
  try {
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer: unknown = await ask(QUERY, { owner, name, after, request: { signal } });
      const { nodes, pageInfo } = responseSchema.parse(answer).repository.pullRequests;
      for (const node of nodes) {
        const state = node.commits.nodes[0]?.commit.statusCheckRollup?.state ?? '';
        found.push({
          number: node.number,
          title: node.title,
          url: node.url,
          draft: node.isDraft,
          branch: node.headRefName,
          sameRepository: !node.isCrossRepository,
          checks: CHECKS[state] ?? 'none',
        });
      }
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
  } catch (error) {
    if (signal.aborted) throw error;
    const reason =
      error instanceof z.ZodError ? 'its answer has another form than expected' : error instanceof Error ? error.message : String(error);
    throw new OpsError('unreachable', `GitHub cannot be asked for pull requests: ${reason}`, {
      hint: 'Sign in to GitHub, or set GITHUB_TOKEN to a token that may read pull requests.',
      cause: error,
    });
  }
  return found;
}
