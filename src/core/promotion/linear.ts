import * as z from 'zod';
import type { Commit } from '../repository/commit.ts';
import { shaSchema, type Sha } from '../repository/names.ts';
import { shortSha } from '../repository/short-sha.ts';

/** Why a promotion may not happen, however its gates end. */
export const blockerSchema = z.object({
  code: z.enum([
    'route', // not a step of §4.2
    'unrelated', // no common ancestor
    'not-fast-forward', // production (or a fast-forward staging) has commits that the source lacks
    'conflict', // the merge does not apply
    'direct-commit', // a commit that stands on production only
    'cherry-pick', // the same change stands on both sides as two commits
    'skipped-staging', // production runs a commit that was never staging's tip
  ]),
  message: z.string(),
  hint: z.string(),
  commits: z.array(shaSchema),
});
export type Blocker = z.infer<typeof blockerSchema>;

/**
 * What the linear rule looks at (§4.2). Patch ids (`git patch-id --stable`) are equal for the same change
 * made as two commits; merge commits have none.
 */
export interface LinearFacts {
  /** Commits of production that staging lacks, newest first. */
  productionOnly: readonly Commit[];
  /** Commits on the other side since the common ancestor: staging's, and those of the branch to be promoted. */
  otherSide: readonly Commit[];
  patchIds: ReadonlyMap<Sha, string>;
  /** Branches for pull requests that hold a commit of `productionOnly`. */
  branchesHolding: ReadonlyMap<Sha, readonly string[]>;
  /** Production's tip lies in staging's history, but was never its tip (not on its first-parent line). */
  tipSkippedStaging: boolean;
  productionTip: Sha;
  /** Commits that came through the recorded emergency path. */
  emergencies: ReadonlySet<Sha>;
}

const quote = (commit: Commit) => `${shortSha(commit.sha)} "${commit.subject}" by ${commit.author}`;

function cherryPick(commit: Commit, twin: Commit): Blocker {
  const pickedBack = Date.parse(twin.committed_at) > Date.parse(commit.committed_at);
  return {
    code: 'cherry-pick',
    message: pickedBack
      ? `${quote(commit)} was cherry-picked back from production as ${shortSha(twin.sha)}.`
      : `${quote(commit)} on production is a cherry-pick of ${shortSha(twin.sha)}, which was never promoted.`,
    hint: 'Merge production into staging once, through a branch of its own, so that both share one history again.',
    commits: [commit.sha, twin.sha],
  };
}

/** Every break of the linear rule between staging and production, one blocker a commit. */
export function linearBlockers(facts: LinearFacts): Blocker[] {
  const twins = new Map<string, Commit>();
  for (const commit of facts.otherSide) {
    const id = facts.patchIds.get(commit.sha);
    if (id !== undefined) twins.set(id, commit);
  }
  const blockers: Blocker[] = [];
  for (const commit of facts.productionOnly) {
    const patchId = facts.patchIds.get(commit.sha);
    const twin = patchId === undefined ? undefined : twins.get(patchId);
    const branch = facts.branchesHolding.get(commit.sha)?.[0];
    if (twin) blockers.push(cherryPick(commit, twin));
    else if (facts.emergencies.has(commit.sha)) continue;
    else if (branch !== undefined) {
      blockers.push({
        code: 'skipped-staging',
        message: `${quote(commit)} reached production from ${branch} and skipped staging.`,
        hint: `Promote ${branch} to staging, so that staging holds what production runs.`,
        commits: [commit.sha],
      });
    } else {
      blockers.push({
        code: 'direct-commit',
        message: `${quote(commit)} was committed directly to production.`,
        hint: 'Bring it into staging through a branch from production and a promotion, and protect the branch on its host.',
        commits: [commit.sha],
      });
    }
  }
  if (facts.tipSkippedStaging && !facts.emergencies.has(facts.productionTip)) {
    blockers.push({
      code: 'skipped-staging',
      message: `Production stands at ${shortSha(facts.productionTip)}, which staging holds but never ran.`,
      hint: 'Somebody moved production by hand. Check what it runs, then use the emergency path to record the state.',
      commits: [facts.productionTip],
    });
  }
  return blockers;
}
