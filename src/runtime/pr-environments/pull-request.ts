import { commitWithMessage, hasCommit } from '../../adapters/git/history.ts';
import { fetchPullRequest } from '../../adapters/git/refs.ts';
import { OpsError } from '../../core/errors.ts';
import type { EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import type { Forge, PullRequest } from '../../core/pr-environments/pull-request.ts';
import type { Commit } from '../../core/repository/commit.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { requireRemote, type Workspace } from '../workspace.ts';

/** @throws OpsError `usage` where the forge cannot be asked: whether a pull request is open is never guessed */
export function requireForge(forge: Forge | null): Forge {
  if (forge) return forge;
  throw new OpsError('usage', 'Nobody can be asked about pull requests.', {
    hint: 'The remote has to be a GitHub repository; sign in to GitHub, or set GITHUB_TOKEN.',
  });
}

/** @throws OpsError `usage` where there is no such pull request, `refused` where it is not open */
export async function requireOpen(forge: Forge, number: number, signal: AbortSignal): Promise<PullRequest> {
  const found = await forge.pullRequest(number, signal);
  if (!found) {
    throw new OpsError('usage', `There is no pull request ${number}.`, { hint: '`odoo-ops pr list` shows those that are open.' });
  }
  if (found.state === 'open') return found;
  throw new OpsError('refused', `Pull request ${number} is ${found.state}, so it gets no environment.`, {
    hint: 'Open it again, or take down what is left of it with `odoo-ops pr down`.',
    details: { number, state: found.state },
  });
}

/** Brings the head of a pull request into this clone. @throws OpsError `moved` where its branch has gone on meanwhile */
export async function fetchHead(workspace: Workspace, { number, head, branch, fork }: PullRequest): Promise<Commit> {
  const { git } = workspace;
  if (!(await hasCommit(git, head))) await fetchPullRequest(git, requireRemote(workspace), number, fork ? null : branch);
  if (await hasCommit(git, head)) return commitWithMessage(git, head);
  throw new OpsError('moved', `${shortSha(head)}, the head of pull request ${number}, is not on the remote any more.`, {
    hint: 'Somebody pushed meanwhile: try again.',
  });
}

/** @throws OpsError `moved` where the pull request got another commit, `refused` where it is closed */
export async function requireAsPlanned(
  { forge }: { forge: Forge | null },
  { number, sha }: EnvironmentPlan,
  signal: AbortSignal,
): Promise<void> {
  const { head } = await requireOpen(requireForge(forge), number, signal);
  if (head === sha) return;
  throw new OpsError('moved', `Pull request ${number} has a new commit, ${shortSha(head)}.`, {
    hint: 'Build that one: the same command does.',
    details: { number, head },
  });
}
