import type { Git } from '../../adapters/git/git.ts';
import { commitWithLine, type MergedCommit } from '../../adapters/git/merged.ts';
import { fetchRemote, remoteBranches } from '../../adapters/git/refs.ts';
import type { PromotionPlan } from '../../core/promotion/plan.ts';
import { shortSha } from '../../core/repository/short-sha.ts';

/** By which a merge tells whose it is. The id is known to nobody before the act. */
export const promotionLine = (act: string): string => `Odoo-Ops-Promotion: ${act}`;

/** The commit by which the forge merged for an act; null where the target holds none. @throws OpsError `unreachable` */
export async function mergedFor(git: Git, { remote, to, to_sha, from_sha }: PromotionPlan, act: string): Promise<MergedCommit | null> {
  await fetchRemote(git, remote);
  const tip = (await remoteBranches(git, remote)).get(to)?.sha;
  if (tip === undefined) return null;
  const found = await commitWithLine(git, to_sha, tip, promotionLine(act));
  return found?.parents[1] === from_sha ? found : null;
}

/** Why what was merged is not what the gates looked at; null where it is. */
export function notAsGated({ to, to_sha, merge_tree }: PromotionPlan, { parents: [base], tree }: MergedCommit): string | null {
  if (tree === merge_tree) return null;
  return base === to_sha || base === undefined
    ? `GitHub's merge of the very same commits has another content than the one that the gates looked at`
    : `${to} had moved to ${shortSha(base)} when GitHub merged`;
}
