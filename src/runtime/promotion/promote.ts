import { readRecords } from '../../adapters/files/evidence-store.ts';
import { gitIn } from '../../adapters/git/git.ts';
import { acquireLease, leaseRef, releaseLease, removeLease, type HeldLease, type Lease } from '../../adapters/git/lease.ts';
import { commitMerge } from '../../adapters/git/merge.ts';
import { push } from '../../adapters/git/push.ts';
import { fetchRemote, readRemoteBranch, remoteBranches } from '../../adapters/git/refs.ts';
import { milliseconds } from '../../core/config/duration.ts';
import { OpsError, toOpsError } from '../../core/errors.ts';
import { promotionTopic } from '../../core/evidence/folder.ts';
import { isSealed } from '../../core/evidence/record.ts';
import { allPassed, refusal, type GateResult } from '../../core/gates/gate.ts';
import type { PromotionPlan } from '../../core/promotion/plan.ts';
import type { Sha } from '../../core/repository/names.ts';
import { count } from '../../core/text.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { runAct, type ActOutcome, type ActResult } from '../evidence/act.ts';
import { publishRecords } from '../evidence/publish.ts';
import type { Session } from '../evidence/session.ts';
import { reached, settleInterrupted } from '../evidence/settle.ts';
import { runPromotionGates } from '../gates/gates.ts';
import { branchName, rulesAt } from './plan.ts';
import { requireRemote, say, type Workspace } from '../workspace.ts';

/**
 * Applies a plan: lease, look again, gates, push, confirm. Before the push nothing outside has changed; after it everything has.
 * Killed anywhere, it is safe to run again: the next act settles the record by what the remote holds.
 * @throws OpsError `locked`, `moved`, `cancelled`, `unreachable`; a refusal by a gate is a result, not an error
 */
export async function promote(workspace: Workspace, plan: PromotionPlan): Promise<ActResult> {
  const remote = requireRemote(workspace);
  if (plan.nothing_to_do)
    throw new OpsError('usage', `${plan.to} already holds ${plan.from}: there is nothing to promote.`, {
      hint: 'Make the plan again after the next commit.',
    });
  await settleInterrupted(workspace);
  return runAct(workspace, promotionTopic(plan.from, plan.to), plan, async (session) => {
    await session.attach('plan.json', `${JSON.stringify(session.record.plan, null, 2)}\n`);
    const ended = await endedActs(workspace);
    let held: HeldLease | undefined;
    try {
      const lease = await session.step('lease', `Lock ${plan.to}`, async () => {
        held = await acquireLease(workspace.git, remote, plan.to, {
          owner: session.record.actor,
          act: session.record.id,
          milliseconds: milliseconds(workspace.config.promotion.lease),
          ended: (act) => ended.has(act),
        });
        return held;
      });
      return await underLease(workspace, session, plan, lease);
    } finally {
      if (held) await release(workspace, plan, held);
    }
  });
}

/** Acts whose records are sealed: a lock that one of them left behind, because its process was killed, holds nobody. */
async function endedActs(workspace: Workspace): Promise<Set<string>> {
  const { records } = await readRecords(workspace.evidenceRoot);
  return new Set(records.filter(({ record }) => isSealed(record)).map(({ record }) => record.id));
}

async function underLease(workspace: Workspace, session: Session, plan: PromotionPlan, lease: HeldLease): Promise<ActOutcome> {
  await session.step('remote', `Compare ${plan.remote} with the plan`, () => requireUnmoved(workspace, plan));
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

function movedError(branch: string, expected: Sha, actual: Sha | null): OpsError {
  return new OpsError(
    'moved',
    `${branch} is at ${actual === null ? 'nothing: it was deleted' : shortSha(actual)}, not at ${shortSha(expected)} any more.`,
    {
      hint: 'Somebody else pushed. Make the plan again and look at what is new.',
      details: { branch, expected, actual },
    },
  );
}

async function requireUnmoved(workspace: Workspace, plan: PromotionPlan): Promise<void> {
  await fetchRemote(workspace.git, plan.remote);
  const branches = await remoteBranches(workspace.git, plan.remote);
  for (const [branch, sha] of [
    [plan.from, plan.from_sha],
    [plan.to, plan.to_sha],
  ] as const) {
    const now = branches.get(branch)?.sha ?? null;
    if (now !== sha) throw movedError(branch, sha, now);
  }
}

/** The very commit that the target branch will hold, and that the gates look at. */
async function candidateOf(workspace: Workspace, session: Session, plan: PromotionPlan): Promise<Sha> {
  if (plan.merge_tree === null) return plan.from_sha;
  const message = `Merge ${plan.from} into ${plan.to}\n\nOdoo-Ops-Promotion: ${session.record.id}`;
  return commitMerge(workspace.git, plan.merge_tree, [plan.to_sha, plan.from_sha], message, session.record.started_at);
}

async function publishIntent(workspace: Workspace, session: Session): Promise<void> {
  try {
    await publishRecords(workspace, session.record.id);
  } catch (error) {
    say(session.context, `The intent could not be copied to the remote: ${toOpsError(error).message}`, 'warning');
  }
}

async function release(workspace: Workspace, plan: PromotionPlan, lease: HeldLease): Promise<void> {
  try {
    // Also after a cancel: a signal of its own.
    await releaseLease(gitIn(workspace.root, AbortSignal.timeout(30_000)), plan.remote, plan.to, lease);
  } catch (error) {
    say(
      workspace.context,
      `The lock could not be given back: ${toOpsError(error).message} It ends by itself at ${lease.lease.expires_at}.`,
      'warning',
    );
  }
}

/** Removes the lock on a branch by hand, for when its process is gone. @returns the lease that was there */
export async function unlock(workspace: Workspace, branch: string): Promise<Lease | null> {
  return removeLease(workspace.git, requireRemote(workspace), branchName(branch));
}

/** Gate results of an act, for hosts to print. */
export const gatesOf = ({ record }: ActResult): GateResult[] => (record.outcome?.act === 'promotion' ? record.outcome.gates : []);
