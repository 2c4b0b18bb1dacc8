import * as z from 'zod';
import { branchRole } from '../branches.ts';
import type { Config } from '../config/schema.ts';
import { gatePlanSchema, type GatePlan } from '../gates/gate.ts';
import type { PullRequest } from '../pr-environments/pull-request.ts';
import { commitSchema, fileChangeSchema, type Commit, type FileChange } from '../repository/commit.ts';
import { moduleChangeSchema, type ModuleChange } from '../repository/module.ts';
import { branchNameSchema, shaSchema, type Sha } from '../repository/names.ts';
import { shortSha } from '../repository/short-sha.ts';
import { count } from '../text.ts';
import { blockerSchema, linearBlockers, type Blocker, type LinearFacts } from './linear.ts';

/** What git says about two branches of the remote. */
export interface PromotionFacts {
  from: { branch: string; sha: Sha };
  to: { branch: string; sha: Sha };
  /** False where the two share no commit. */
  related: boolean;
  /** True where the target is an ancestor of the source. */
  canFastForward: boolean;
  /** True where the source is an ancestor of the target: there is nothing to do. */
  contained: boolean;
  /** Commits that the target lacks, newest first. */
  commits: readonly Commit[];
  files: readonly FileChange[];
  modules: readonly ModuleChange[];
  /** The tree of the merge, or the files that conflict; null where no merge is needed. */
  merge: { tree: Sha } | { conflicts: readonly string[] } | null;
  linear: LinearFacts;
  /** Commits of staging that production lacks and the source would bring along. */
  stagingCommits: number;
  /** The commit of staging that the rules were read from. */
  rulesSha: Sha;
  /** The open pull request of the source into the target; null where there is none, or nobody could be asked. */
  pullRequest: PullRequest | null;
  /** What could not be found out, for people. */
  notices: readonly string[];
}

export interface PromotionRequest {
  emergency: { reason: string } | null;
}

export const promotionPlanSchema = z.object({
  act: z.literal('promotion'),
  environment: z.enum(['staging', 'production']),
  remote: z.string(),
  from: branchNameSchema,
  to: branchNameSchema,
  from_sha: shaSchema,
  /** The value that the remote must still have when the promotion pushes. */
  to_sha: shaSchema,
  method: z.enum(['fast-forward', 'merge']),
  /** Who moves the target: our own push, or GitHub, which merges the pull request by its rules. Older plans say nothing: they pushed. */
  by: z.enum(['push', 'merge-api']).default('push'),
  pull_request: z.object({ number: z.int(), title: z.string(), url: z.string() }).nullable().default(null),
  /** What a person should know before saying yes. */
  notices: z.array(z.string()).default([]),
  merge_tree: shaSchema.nullable(),
  emergency: z.object({ reason: z.string() }).nullable(),
  nothing_to_do: z.boolean(),
  commits: z.array(commitSchema),
  authors: z.array(z.object({ name: z.string(), commits: z.int() })),
  modules: z.array(moduleChangeSchema),
  files: z.array(fileChangeSchema),
  /** The commit of staging that gates and rules were read from: what was confirmed is what is applied. */
  rules_sha: shaSchema,
  gates: z.array(gatePlanSchema),
  blockers: z.array(blockerSchema),
});
export type PromotionPlan = z.infer<typeof promotionPlanSchema>;

function authorsOf(commits: readonly Commit[]): { name: string; commits: number }[] {
  const counts = new Map<string, number>();
  for (const { author } of commits) counts.set(author, (counts.get(author) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, commits: count })).sort((a, b) => b.commits - a.commits);
}

function routeBlocker(facts: PromotionFacts, config: Config, emergency: boolean): Blocker | undefined {
  const { staging, production, pull_requests: patterns } = config.branches;
  const [from, to] = [branchRole(facts.from.branch, config.branches), branchRole(facts.to.branch, config.branches)];
  if (from === 'staging' && to === 'production') return undefined;
  if (from === 'pull-request' && (to === 'staging' || (emergency && to === 'production'))) return undefined;
  return {
    code: 'route',
    message: `${facts.from.branch} to ${facts.to.branch} is not a way that code may move (§4.2).`,
    hint: `Code moves from ${patterns.join(' or ')} to ${staging}, and from ${staging} to ${production}.`,
    commits: [],
  };
}

function mergeBlocker(facts: PromotionFacts, method: 'fast-forward' | 'merge'): Blocker | undefined {
  const { from, to } = facts;
  if (!facts.related) {
    return {
      code: 'unrelated',
      message: `${from.branch} and ${to.branch} share no commit.`,
      hint: 'They come from different repositories or a rewritten history. Check the remote.',
      commits: [from.sha, to.sha],
    };
  }
  if (facts.contained) return undefined;
  if (method === 'fast-forward' && !facts.canFastForward) {
    return {
      code: 'not-fast-forward',
      message: `${to.branch} has commits that ${from.branch} lacks, so it cannot be fast-forwarded to ${shortSha(from.sha)}.`,
      hint: `Merge ${to.branch} into ${from.branch} first.`,
      commits: [to.sha],
    };
  }
  if (facts.merge && 'conflicts' in facts.merge) {
    return {
      code: 'conflict',
      message: `${from.branch} conflicts with ${to.branch} in ${facts.merge.conflicts.join(', ')}.`,
      hint: `Merge ${to.branch} into ${from.branch}, resolve the conflict there, and push.`,
      commits: [],
    };
  }
  return undefined;
}

/** A hotfix carries itself and nothing else: cut from staging, it would take along what staging has not proven yet. */
function stowawayBlocker({ from, stagingCommits }: PromotionFacts): Blocker | undefined {
  if (stagingCommits === 0) return undefined;
  return {
    code: 'skipped-staging',
    message: `${from.branch} carries ${count(stagingCommits, 'commit')} of staging that production lacks.`,
    hint: 'Start the hotfix from production: only what it changes itself may take the emergency path.',
    commits: [from.sha],
  };
}

/** GitHub's merges are commits of its own: where a team wants a fast-forward it cannot make it, and its protection judges our push. */
function forgePart(
  { pullRequest, notices, to }: PromotionFacts,
  method: 'fast-forward' | 'merge',
): Pick<PromotionPlan, 'by' | 'pull_request' | 'notices'> {
  if (!pullRequest) return { by: 'push', pull_request: null, notices: [...notices] };
  const { number, title, url } = pullRequest;
  const pull_request = { number, title, url };
  if (method === 'merge') return { by: 'merge-api', pull_request, notices: [...notices] };
  const notice = `GitHub's merge knows no fast-forward: ${to.branch} is pushed, and GitHub's protection of it judges the push.`;
  return { by: 'push', pull_request, notices: [...notices, notice] };
}

/**
 * The whole of a promotion as a value, before anything happens (§4.2).
 * @param gates the gates that guard this promotion, in order
 */
export function planPromotion(facts: PromotionFacts, config: Config, gates: readonly GatePlan[], request: PromotionRequest): PromotionPlan {
  const environment = branchRole(facts.to.branch, config.branches) === 'production' ? 'production' : 'staging';
  const method = environment === 'production' || facts.merge === null ? 'fast-forward' : 'merge';
  const blockers = [
    routeBlocker(facts, config, request.emergency !== null),
    mergeBlocker(facts, method),
    request.emergency === null ? undefined : stowawayBlocker(facts),
    // Whoever moved production by hand before: the emergency path records what it runs now.
    ...linearBlockers(request.emergency === null ? facts.linear : { ...facts.linear, tipSkippedStaging: false }),
  ].filter((blocker) => blocker !== undefined);
  return {
    act: 'promotion',
    environment,
    remote: config.promotion.remote,
    from: facts.from.branch,
    to: facts.to.branch,
    from_sha: facts.from.sha,
    to_sha: facts.to.sha,
    method,
    ...forgePart(facts, method),
    merge_tree: facts.merge && 'tree' in facts.merge ? facts.merge.tree : null,
    emergency: request.emergency,
    nothing_to_do: facts.contained,
    commits: [...facts.commits],
    authors: authorsOf(facts.commits),
    modules: [...facts.modules],
    files: [...facts.files],
    rules_sha: facts.rulesSha,
    gates: [...gates],
    blockers,
  };
}
