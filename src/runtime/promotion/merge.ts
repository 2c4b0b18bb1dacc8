import { setTimeout as wait } from 'node:timers/promises';
import { gitIn, type Git } from '../../adapters/git/git.ts';
import { readLease, type HeldLease } from '../../adapters/git/lease.ts';
import type { MergedCommit } from '../../adapters/git/merged.ts';
import { readRemoteBranch } from '../../adapters/git/refs.ts';
import type { Config } from '../../core/config/schema.ts';
import { isOpsError, OpsError, toOpsError } from '../../core/errors.ts';
import { allPassed, refusal, type GateResult } from '../../core/gates/gate.ts';
import type { Forge } from '../../core/pr-environments/pull-request.ts';
import type { PromotionPlan } from '../../core/promotion/plan.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { count } from '../../core/text.ts';
import type { ActOutcome } from '../evidence/act.ts';
import { publishIntent } from '../evidence/intent.ts';
import type { Session } from '../evidence/session.ts';
import { runPromotionGates } from '../gates/gates.ts';
import { movedError } from '../unmoved.ts';
import type { Workspace } from '../workspace.ts';
import { mergedFor, notAsGated, promotionLine } from './merged.ts';

/** A promotion whose gates passed. */
export interface ReadyToMerge {
  plan: PromotionPlan;
  pullRequest: number;
  lease: HeldLease;
  /** The rules that its gates were read from. */
  config: Config;
  gates: readonly GateResult[];
}

/** How often, and how many milliseconds apart, the target is looked at where nobody can say whether GitHub merged. */
const LOOKS = 3;
const BETWEEN_MS = 2000;

/**
 * Has GitHub merge the pull request, so that its rules for the branch hold, and looks at what came of it. GitHub takes no condition on
 * the base: that it is as planned is asked right before, and seen in the merge. Where it moved in between, what the target holds was seen
 * by no gate, so they run again.
 * @throws OpsError `refused` in GitHub's words, `moved`, `locked`: nothing was merged
 */
export async function mergeByForge(workspace: Workspace, session: Session, ready: ReadyToMerge, forge: Forge): Promise<ActOutcome> {
  const { plan, pullRequest, gates } = ready;
  const outcome = (merged: MergedCommit | null, seen = gates) => ({
    act: 'promotion' as const,
    sha: merged?.sha ?? null,
    previous_sha: merged?.parents[0] ?? plan.to_sha,
    gates: [...seen],
  });
  await session.expect(outcome(null));
  await publishIntent(workspace, session);
  const merged = await session.step('merge', `Let GitHub merge pull request ${pullRequest}`, async () => {
    const found = await merge(workspace, session, ready, forge);
    await session.expect(outcome(found));
    await session.attach(
      'merge.json',
      `${JSON.stringify({ ...found, gated_tree: plan.merge_tree, pull_request: pullRequest }, null, 2)}\n`,
    );
    return found;
  });
  const why = notAsGated(plan, merged);
  if (why === null) return { result: 'passed', message: null, outcome: outcome(merged) };
  const after = { ...plan, to_sha: merged.parents[0] ?? plan.to_sha };
  const again = workspace.context.signal.aborted
    ? []
    : await session.step(
        'gates-again',
        `${why}: run the gates on what ${plan.to} holds now`,
        () => runPromotionGates(workspace, session, after, merged.sha, ready.config),
        (results) =>
          allPassed(results) ? null : `${count(results.filter(({ result }) => result !== 'passed').length, 'gate')} did not pass`,
      );
  if (again.length > 0 && allPassed(again)) {
    return {
      result: 'passed',
      message: `${why}; the gates ran again on ${shortSha(merged.sha)} and passed.`,
      outcome: outcome(merged, again),
    };
  }
  const found = again.length === 0 ? 'it was cancelled before the gates ran again' : refusal(again);
  const message = `${plan.to} is at ${shortSha(merged.sha)}, which no gate let pass: ${why}; ${found}`;
  return { result: 'failed', message, outcome: outcome(merged, again.length === 0 ? gates : again) };
}

/** Looks once more, as late as can be: at the lock, the base, and the pull request, which may have been pointed elsewhere. */
async function requireAsPlanned(git: Git, { plan, pullRequest, lease }: ReadyToMerge, forge: Forge): Promise<void> {
  if ((await readLease(git, plan.remote, plan.to))?.sha !== lease.sha) {
    throw new OpsError('locked', `The lock on ${plan.to} was taken away while the gates ran; nothing was merged.`, {
      hint: 'Make the plan again.',
    });
  }
  const pull = await forge.pullRequest(pullRequest, git.signal);
  if (pull?.state !== 'open' || pull.base !== plan.to || pull.branch !== plan.from || pull.fork) {
    throw new OpsError(
      'moved',
      `Pull request ${pullRequest} is not an open one of ${plan.from} into ${plan.to} any more; nothing was merged.`,
      {
        hint: 'Make the plan again.',
        details: { number: pullRequest, state: pull?.state ?? null, base: pull?.base ?? null },
      },
    );
  }
  const now = await readRemoteBranch(git, plan.remote, plan.to);
  if (now !== plan.to_sha) throw movedError(plan.to, plan.to_sha, now);
}

/** The one step that changes anything; like a push it does not stop for a cancel. */
async function merge(workspace: Workspace, session: Session, ready: ReadyToMerge, forge: Forge): Promise<MergedCommit> {
  const { plan, pullRequest } = ready;
  const git = gitIn(workspace.root, new AbortController().signal);
  await requireAsPlanned(git, ready, forge);
  const title = `Merge ${plan.from} into ${plan.to} (#${pullRequest})`;
  const request = { head: plan.from_sha, method: 'merge' as const, title, message: promotionLine(session.record.id) };
  session.unsettled = true; // until the target has been looked at
  let failure: OpsError | undefined;
  try {
    await forge.merge(pullRequest, request, git.signal);
  } catch (error) {
    const unknown = (isOpsError(error, 'unreachable') && error.details['reason'] !== 'rate-limit') || isOpsError(error, 'timeout');
    session.unsettled = unknown;
    if (!unknown) throw error;
    failure = toOpsError(error);
  }
  for (let look = 1; look <= LOOKS; look++) {
    const found = await mergedFor(git, plan, session.record.id);
    if (found) {
      session.unsettled = false;
      return found;
    }
    if (look < LOOKS) await wait(BETWEEN_MS);
  }
  if (failure !== undefined) throw failure; // it may still be under way: a later act settles the record
  session.unsettled = false;
  throw new OpsError('failed', `GitHub says that it merged pull request ${pullRequest}, but ${plan.to} does not hold the merge.`, {
    hint: 'See where the pull request went: somebody may have pointed it at another branch in this very moment.',
  });
}
