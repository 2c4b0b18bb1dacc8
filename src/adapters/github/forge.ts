import { isOpsError } from '../../core/errors.ts';
import type { Forge, PullRequest } from '../../core/pr-environments/pull-request.ts';
import { gitHubClient, type ClientOptions } from './client.ts';
import { putComment } from './comments.ts';
import { mergePull } from './merge.ts';
import { parsePull, parsePulls, pullRequestsWithChecks, type GitHubPullRequest } from './pull-requests.ts';
import type { GitHubRepository } from './repository.ts';

export interface GitHubOptions extends ClientOptions {
  repository: GitHubRepository;
}

export interface GitHubForge extends Forge {
  /** Open pull requests with the state of their checks: the newest, for people to look at. Not all where there are very many. */
  pullRequestsWithChecks: (signal: AbortSignal) => Promise<GitHubPullRequest[]>;
}

const MAX_DESCRIPTION = 140;

/** At most so many characters, none of them cut in half. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** The pull requests of a repository on GitHub, or on an Enterprise Server. Asks nothing yet. */
export function gitHubForge({ repository, ...options }: GitHubOptions): GitHubForge {
  const client = gitHubClient(options);
  const { owner, name: repo } = repository;
  const list = { doing: 'be asked for pull requests', parse: parsePulls };

  async function pullRequest(number: number, signal: AbortSignal): Promise<PullRequest | null> {
    const question = { doing: `be asked for pull request ${number}`, parse: parsePull };
    try {
      return (await client.read('GET /repos/{owner}/{repo}/pulls/{pull_number}', { owner, repo, pull_number: number }, question, signal))
        .value;
    } catch (error) {
      if (!isOpsError(error, 'rejected') || error.details['status'] !== 404) throw error;
      // GitHub says the same of what a token may not see. Whoever concludes from null that it is gone would take everything away.
      await client.read('GET /repos/{owner}/{repo}/pulls', { owner, repo, state: 'all', per_page: 1 }, list, signal);
      return null;
    }
  }

  async function openPullRequests(signal: AbortSignal): Promise<PullRequest[]> {
    const found = new Map<number, PullRequest>();
    // From the oldest on: what is opened meanwhile comes last, and moves nothing from one page to another.
    const order = { state: 'open', sort: 'created', direction: 'asc', per_page: 100 };
    for (let page = 1, more = true; more; page++) {
      const answer = await client.read('GET /repos/{owner}/{repo}/pulls', { owner, repo, ...order, page }, list, signal);
      for (const pull of answer.value) found.set(pull.number, pull);
      more = answer.more;
    }
    return [...found.values()];
  }

  return {
    pullRequest,
    openPullRequests,
    pullRequestsWithChecks: (signal) => pullRequestsWithChecks(client, repository, signal),
    comment: (number, marker, body, signal) => putComment(client, repository, number, marker, body, signal),
    status: async (commit, context, { state, description, url }, signal) => {
      const status = { state, context, description: cut(description, MAX_DESCRIPTION), target_url: url };
      await client.write(
        'POST /repos/{owner}/{repo}/statuses/{sha}',
        { owner, repo, sha: commit, ...status },
        'take the state of a commit',
        signal,
      );
    },
    merge: (number, request, signal) => mergePull(client, repository, number, request, signal),
  };
}
