import { readRecords, type StoredRecord } from '../../adapters/files/evidence-store.ts';
import type { Git } from '../../adapters/git/git.ts';
import { hasCommit, isAncestor } from '../../adapters/git/history.ts';
import { revokeLease } from '../../adapters/git/lease.ts';
import { fetchRemote, readRemoteBranch } from '../../adapters/git/refs.ts';
import type { DeploymentPlan } from '../../core/deployment/plan.ts';
import { isOpsError, OpsError } from '../../core/errors.ts';
import type { EvidenceRecord } from '../../core/evidence/record.ts';
import type { PromotionPlan } from '../../core/promotion/plan.ts';
import type { Sha } from '../../core/repository/names.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { mergedFor, notAsGated } from '../promotion/merged.ts';
import { exportRecord } from '../telemetry.ts';
import { say, type Workspace } from '../workspace.ts';
import { sealRecord, stillRuns, type Ending } from './seal.ts';

/**
 * Ends the records whose process was killed. For a promotion the remote knows how far it got: the push was one atomic step, so
 * either it happened and the promotion is done, or it did not and nothing is. Where the remote cannot be asked, they wait.
 * @returns how many records were sealed
 */
export async function settleInterrupted(workspace: Workspace): Promise<number> {
  let settled = 0;
  for (const { folder, record } of await deadRecords(workspace)) {
    try {
      const ending = await endingOf(workspace, record);
      // Another process may have settled it while the remote was asked.
      if (!(await deadRecords(workspace)).some((dead) => dead.record.id === record.id)) continue;
      const sealed = await sealRecord(workspace, folder, record, ending);
      settled++;
      await exportRecord(workspace, sealed);
    } catch (error) {
      if (!isOpsError(error, 'unreachable')) throw error;
      say(workspace.context, `${folder} was interrupted, and cannot be settled now: ${error.message}`, 'warning');
    }
  }
  return settled;
}

async function deadRecords(workspace: Workspace): Promise<StoredRecord[]> {
  const { records } = await readRecords(workspace.evidenceRoot);
  return records.filter((stored) => stored.record.hash === null && !stillRuns(stored, workspace));
}

async function endingOf(workspace: Workspace, record: EvidenceRecord): Promise<Ending> {
  const interrupted: Ending = {
    result: 'interrupted',
    message: 'The process ended before the act did; nothing was pushed.',
    outcome: null,
  };
  if (record.plan.act === 'deployment') return deploymentEnding(record.plan, record.outcome);
  if (record.plan.act !== 'promotion') return { ...interrupted, message: 'The process ended before the act did.' };
  if (record.plan.by === 'merge-api') return mergeEnding(workspace, record, record.plan, interrupted);
  const sha = record.outcome?.act === 'promotion' ? record.outcome.sha : null;
  if (sha === null) return interrupted;
  const { remote, to } = record.plan;
  // Below the tip, or beyond where the history was cut off? Another clone can tell.
  if (workspace.state.shallow) throw new OpsError('unreachable', 'a shallow clone cannot tell how far it got.');
  // Its git may have outlived it and still be pushing. Without the lock that push is refused, so the answer stays true.
  await revokeLease(workspace.git, remote, to, record.id);
  if (!(await reached(workspace.git, remote, to, sha))) return interrupted;
  return {
    result: 'passed',
    message: `The process ended after ${to} had moved to ${shortSha(sha)}: the promotion is complete.`,
    outcome: record.outcome,
  };
}

/** GitHub ends by itself what takes it longer than ten seconds: from then on what is not there will not come. */
const MERGE_MS = 30_000;

/** For a merge by GitHub the target knows: the merge says whose it is. */
async function mergeEnding(workspace: Workspace, record: EvidenceRecord, plan: PromotionPlan, interrupted: Ending): Promise<Ending> {
  // An outcome, even one without a commit, says that its gates had passed.
  if (record.outcome?.act !== 'promotion') return { ...interrupted, message: 'The process ended before the act did; nothing was merged.' };
  if (workspace.state.shallow) throw new OpsError('unreachable', 'a shallow clone cannot tell how far it got.');
  await revokeLease(workspace.git, plan.remote, plan.to, record.id);
  const merged = await mergedFor(workspace.git, plan, record.id);
  if (!merged) {
    const last = Math.max(...record.steps.map((step) => Date.parse(step.started_at) + (step.duration_ms ?? 0)));
    if (Date.now() - last < MERGE_MS) throw new OpsError('unreachable', 'GitHub may still be merging.');
    return {
      ...interrupted,
      message: 'The process ended before the act did; GitHub has not merged.',
      outcome: { ...record.outcome, sha: null },
    };
  }
  const outcome = { ...record.outcome, sha: merged.sha, previous_sha: merged.parents[0] ?? plan.to_sha };
  const ended = `The process ended after GitHub had merged into ${plan.to}, which is at ${shortSha(merged.sha)}`;
  const why = notAsGated(plan, merged);
  return why === null
    ? { result: 'passed', message: `${ended}: the promotion is complete.`, outcome }
    : { result: 'failed', message: `${ended}, and no gate looked at that: ${why}.`, outcome };
}

/** Nobody watched the rest of it, and there is nobody to ask: the record keeps what it said when the process ended. */
function deploymentEnding({ environment, sha }: DeploymentPlan, outcome: EvidenceRecord['outcome']): Ending {
  const message =
    outcome?.act !== 'deployment'
      ? `The process ended before the command started; ${environment} was left as it was.`
      : outcome.sha === null
        ? `The process ended while the command ran: nobody can say what ${environment} runs.`
        : `The process ended after the command had brought ${shortSha(sha)} to ${environment}; its health is not known.`;
  return { result: 'interrupted', message, outcome };
}

/** True where a branch of the remote holds the commit, also below what others pushed since. @throws OpsError `unreachable` */
export async function reached(git: Git, remote: string, branch: string, sha: Sha): Promise<boolean> {
  const tip = await readRemoteBranch(git, remote, branch);
  if (tip === null || tip === sha) return tip === sha;
  await fetchRemote(git, remote);
  // A commit that was made on another machine and never left it is not here, and so not below the tip.
  return (await hasCommit(git, sha)) && isAncestor(git, sha, tip);
}
