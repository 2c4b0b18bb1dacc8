import { hostname } from 'node:os';
import { readRecords } from '../../adapters/files/evidence-store.ts';
import { isAncestor } from '../../adapters/git/history.ts';
import { readRemoteBranch } from '../../adapters/git/refs.ts';
import type { EvidenceRecord } from '../../core/evidence/record.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import type { Workspace } from '../workspace.ts';
import { sealRecord, stillRuns, type Ending } from './seal.ts';

/**
 * Ends the records whose process was killed. For a promotion the remote knows how far it got: the push was one atomic step, so
 * either it happened and the promotion is done, or it did not and nothing is.
 * @returns how many records were sealed
 */
export async function settleInterrupted(workspace: Workspace): Promise<number> {
  const { records } = await readRecords(workspace.evidenceRoot);
  const dead = records.filter((stored) => stored.record.hash === null && !stillRuns(stored, hostname(), new Date()));
  for (const { folder, record } of dead) await sealRecord(workspace, folder, record, await endingOf(workspace, record));
  return dead.length;
}

async function endingOf(workspace: Workspace, record: EvidenceRecord): Promise<Ending> {
  const interrupted: Ending = { result: 'interrupted', message: 'The process ended before the act did; nothing was pushed.', outcome: null };
  if (record.plan.act !== 'promotion') return { ...interrupted, message: 'The process ended before the act did.' };
  const sha = record.outcome?.act === 'promotion' ? record.outcome.sha : null;
  if (sha === null) return interrupted;
  const tip = await readRemoteBranch(workspace.git, record.plan.remote, record.plan.to);
  const arrived = tip !== null && (await isAncestor(workspace.git, sha, tip).catch(() => false));
  if (!arrived) return interrupted;
  return {
    result: 'passed',
    message: `The process ended after ${record.plan.to} had moved to ${shortSha(sha)}: the promotion is complete.`,
    outcome: record.outcome,
  };
}
