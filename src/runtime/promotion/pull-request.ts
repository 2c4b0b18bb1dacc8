import { branchRole } from '../../core/branches.ts';
import { toOpsError } from '../../core/errors.ts';
import type { PromotionFacts } from '../../core/promotion/plan.ts';
import { sentence } from '../../core/text.ts';
import { gitHubOf, openForge } from '../forge.ts';
import type { Workspace } from '../workspace.ts';

/** Milliseconds: git is there, and nobody waits long for GitHub to tell what it merges. */
const PATIENCE = 20_000;

/**
 * The open pull request by which a branch is to enter staging. Where nobody can be asked the promotion is a push as ever, which GitHub's
 * protection of the branch still judges; the notice says so.
 */
export async function askForPullRequest(
  workspace: Workspace,
  from: string,
  to: string,
  token: string | null,
): Promise<Pick<PromotionFacts, 'pullRequest' | 'notices'>> {
  const { branches } = workspace.config;
  const none = { pullRequest: null, notices: [] };
  if (to !== branches.staging || branchRole(from, branches) !== 'pull-request' || !(await gitHubOf(workspace))) return none;
  const unasked = (why: string) => ({
    pullRequest: null,
    notices: [
      `${why} If ${from} has a pull request, it is not merged by GitHub: ${to} is pushed, and GitHub's protection of it judges the push.`,
    ],
  });
  try {
    const forge = await openForge(workspace, token);
    if (!forge) return unasked('GitHub was not asked, because there is no token for it (sign in, or set GITHUB_TOKEN).');
    const open = await forge.openPullRequests(AbortSignal.any([workspace.context.signal, AbortSignal.timeout(PATIENCE)]));
    return { pullRequest: open.find((pull) => !pull.fork && pull.branch === from && pull.base === to) ?? null, notices: [] };
  } catch (error) {
    const known = toOpsError(error);
    if (known.code === 'cancelled') throw error;
    return unasked(sentence(known.message));
  }
}
