import { ApiError } from './errors.ts';
import { commitTree, gitIn, mergedTree, moveBranch } from './git.ts';
import type { GitHubState, Pull, User } from './state.ts';

export interface MergeRequest {
  sha?: string | undefined;
  merge_method?: string | undefined;
  commit_title?: string | undefined;
  commit_message?: string | undefined;
}

function requireMergeable(state: GitHubState, pull: Pull, method: string): void {
  const no = (message: string) => new ApiError(405, message);
  if (pull.state === 'closed') throw no('Pull Request is not mergeable');
  if (pull.draft) throw no('Pull Request is still a draft');
  if (!state.mergeMethods.has(method)) {
    throw no(
      `${method === 'merge' ? 'Merge commits' : method === 'squash' ? 'Squash merges' : 'Rebase merges'} are not allowed on this repository.`,
    );
  }
  const { reviews, checks } = state.protection;
  if (pull.approvals < reviews) {
    throw no(`At least ${reviews} approving review${reviews === 1 ? ' is' : 's are'} required by reviewers with write access.`);
  }
  const head = state.headOf(pull);
  for (const name of checks) {
    const found = state.statuses.findLast(({ sha, context }) => sha === head && context === name);
    if (found?.state !== 'success') throw no(`Required status check "${name}" is ${found?.state === 'failure' ? 'failing' : 'expected'}.`);
  }
}

/** Merges for real, by git, in the bare repository. @throws ApiError 405, 409 */
export function mergePull(repository: string, state: GitHubState, pull: Pull, by: User, request: MergeRequest): object {
  const method = request.merge_method ?? 'merge';
  const head = state.headOf(pull);
  requireMergeable(state, pull, method);
  if (request.sha !== undefined && request.sha !== head) {
    throw new ApiError(409, 'Head branch was modified. Review and try the merge again.');
  }
  state.beforeMerge();
  const base = gitIn(repository, ['rev-parse', `refs/heads/${pull.base}`]);
  const tree = mergedTree(repository, base, head);
  if (tree === null) throw new ApiError(405, 'Pull Request is not mergeable');
  const title = request.commit_title ?? `Merge pull request #${pull.number} from ${pull.fork ?? 'acme'}/${pull.branch}`;
  const message = `${title}\n\n${request.commit_message ?? pull.title}`;
  const parents = method === 'squash' ? [base] : [base, head];
  const sha = commitTree(repository, { tree, parents, message }, by.login);
  state.duringMerge();
  if (!moveBranch(repository, pull.base, sha, base)) {
    throw new ApiError(405, 'Base branch was modified. Review and try the merge again.');
  }
  state.closePull(pull.number);
  pull.merged = { at: new Date().toISOString(), sha };
  return { sha, merged: true, message: 'Pull Request successfully merged' };
}
