import { gitIn } from '../../adapters/git/git.ts';
import { leaseRef, releaseLease, removeLease, type HeldLease, type Lease } from '../../adapters/git/lease.ts';
import { commitMerge } from '../../adapters/git/merge.ts';
import { push } from '../../adapters/git/push.ts';
import { readRemoteBranch } from '../../adapters/git/refs.ts';
import { milliseconds } from '../../core/config/duration.ts';
import { OpsError, toOpsError } from '../../core/errors.ts';
import { promotionTopic } from '../../core/evidence/folder.ts';
import { allPassed, refusal, type GateResult } from '../../core/gates/gate.ts';
import type { Forge } from '../../core/pr-environments/pull-request.ts';
import type { PromotionPlan } from '../../core/promotion/plan.ts';
import type { Sha } from '../../core/repository/names.ts';
import { count } from '../../core/text.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { runAct, type ActOutcome, type ActResult } from '../evidence/act.ts';
import { publishIntent } from '../evidence/intent.ts';
import type { Session } from '../evidence/session.ts';
import { reached, settleInterrupted } from '../evidence/settle.ts';
import { runPromotionGates } from '../gates/gates.ts';
import { openForge } from '../forge.ts';
import { withLease } from '../lease.ts';
import { requireForge } from '../pr-environments/pull-request.ts';
import { movedError, requireUnmoved } from '../unmoved.ts';
import { requireRemote, type Workspace } from '../workspace.ts';
import { mergeByForge } from './merge.ts';
import { promotionLine } from './merged.ts';
import { branchName, rulesAt } from './plan.ts';

export interface PromoteOptions {
  /** Of the person who is signed in to GitHub; without one that of the environment counts. */
  gitHubToken?: string | null;
}

/**
 * Applies a plan: lease, look again, gates, push (or GitHub's merge), confirm. Before the push nothing outside has changed; after it everything has.
 * Killed anywhere, it is safe to run again: the next act settles the record by what the remote holds.
 * @throws OpsError `locked`, `moved`, `refused` (by GitHub, in its words), `cancelled`, `unreachable`; a refusal by a gate is a result
 */
export async function promote(workspace: Workspace, plan: PromotionPlan, options: PromoteOptions = {}): Promise<ActResult> {
  const remote = requireRemote(workspace);
  if (plan.nothing_to_do)
    throw new OpsError('usage', `${plan.to} already holds ${plan.from}: there is nothing to promote.`, {
      hint: 'Make the plan again after the next commit.',
    });
  const forge = plan.by === 'push' ? null : requireForge(await openForge(workspace, options.gitHubToken ?? null));
  await settleInterrupted(workspace);
  return runAct(workspace, promotionTopic(plan.from, plan.to), plan, async (session) => {
    await session.attach('plan.json', `${JSON.stringify(session.record.plan, null, 2)}\n`);
    return withLease(
      workspace,
      session,
      { remote, name: plan.to, title: `Lock ${plan.to}`, milliseconds: milliseconds(workspace.config.promotion.lease) },
      (lease) => underLease(workspace, session, plan, lease, forge),
    );
  });
}

async function underLease(
  workspace: Workspace,
  session: Session,
  plan: PromotionPlan,
  lease: HeldLease,
  forge: Forge | null,
): Promise<ActOutcome> {
  await session.step('remote', `Compare ${plan.remote} with the plan`, () =>
    requireUnmoved(workspace, plan.remote, { [plan.from]: plan.from_sha, [plan.to]: plan.to_sha }),
  );
  const candidate = await session.step('candidate', plan.method === 'merge' ? 'Make the merge commit' : 'Take the commit', () =>
    candidateOf(workspace, session, plan),
  );
  const config = await rulesAt(workspace, plan.rules_sha);
  const gates = await session.step(
    'gates',
    `Run ${plan.gates.length} gates`,
    () => runPromotionGates(workspace, session, plan, candidate, config),
    (results) => (allPassed(results) ? null : `${count(results.filter(({ result }) => result !== 'passed').length, 'gate')} did not pass`),
  );
  workspace.context.signal.throwIfAborted();
  const outcome = (sha: Sha | null) => ({ act: 'promotion' as const, sha, previous_sha: plan.to_sha, gates: [...gates] });
  if (!allPassed(gates)) return { result: 'refused', message: refusal(gates), outcome: outcome(null) };
  if (Date.parse(lease.lease.expires_at) < Date.now()) {
    throw new OpsError('locked', `The lock on ${plan.to} expired while the gates ran.`, { hint: 'Raise promotion.lease in odoo-ops.yml.' });
  }
  if (forge && plan.pull_request) {
    return mergeByForge(workspace, session, { plan, pullRequest: plan.pull_request.number, lease, config, gates }, forge);
  }
  // From here on the remote, not this process, knows whether it happened. So the intent goes there first.
  await session.expect(outcome(candidate));
  await publishIntent(workspace, session);
  await session.step('push', `Move ${plan.to} to ${shortSha(candidate)}`, () => pushAndConfirm(workspace, session, plan, candidate, lease));
  return { result: 'passed', message: null, outcome: outcome(candidate) };
}

/**
 * The one step that changes anything, and the only one that does not stop for a cancel: cut off in the middle, nobody could say
 * whether it happened. Branch and lock move in one push, so whoever lost the lock cannot move the branch any more.
 */
async function pushAndConfirm(
  workspace: Workspace,
  session: Session,
  plan: PromotionPlan,
  candidate: Sha,
  lease: HeldLease,
): Promise<void> {
  const git = gitIn(workspace.root, new AbortController().signal);
  const fence = { ref: leaseRef(plan.to), sha: lease.sha };
  const pushed = await push(git, {
    remote: plan.remote,
    ref: `refs/heads/${plan.to}`,
    sha: candidate,
    expected: plan.to_sha,
    hooks: true,
    fence,
  }).catch(toOpsError);
  if (pushed === true) return;
  session.unsettled = true; // until the remote has said what it holds
  // A push that broke off may still be under way on the other side. Without the lock it is refused there.
  await releaseLease(git, plan.remote, plan.to, lease);
  const arrived = await reached(git, plan.remote, plan.to, candidate);
  session.unsettled = false;
  if (arrived) return;
  await session.expect({
    act: 'promotion',
    sha: null,
    previous_sha: plan.to_sha,
    gates: session.record.outcome?.act === 'promotion' ? session.record.outcome.gates : [],
  });
  if (pushed instanceof OpsError) throw pushed;
  const now = await readRemoteBranch(git, plan.remote, plan.to);
  if (now === plan.to_sha)
    throw new OpsError('locked', `The lock on ${plan.to} was taken away while the gates ran; nothing was pushed.`, {
      hint: 'Make the plan again.',
    });
  throw movedError(plan.to, plan.to_sha, now);
}

/** The very commit that the target branch will hold, and that the gates look at. */
async function candidateOf(workspace: Workspace, session: Session, plan: PromotionPlan): Promise<Sha> {
  if (plan.merge_tree === null) return plan.from_sha;
  const message = `Merge ${plan.from} into ${plan.to}\n\n${promotionLine(session.record.id)}`;
  return commitMerge(workspace.git, plan.merge_tree, [plan.to_sha, plan.from_sha], message, session.record.started_at);
}

/** Removes the lock on a branch by hand, for when its process is gone. @returns the lease that was there */
export async function unlock(workspace: Workspace, branch: string): Promise<Lease | null> {
  return removeLease(workspace.git, requireRemote(workspace), branchName(branch));
}

/** Gate results of an act, for hosts to print. */
export const gatesOf = ({ record }: ActResult): GateResult[] => (record.outcome?.act === 'promotion' ? record.outcome.gates : []);
