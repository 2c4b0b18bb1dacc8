import { join } from 'node:path';
import { clearWork, compressFolder, folderBytes, removeFolder } from '../../adapters/files/evidence-prune.ts';
import { readRecords } from '../../adapters/files/evidence-store.ts';
import { sha256 } from '../../adapters/files/hash.ts';
import { withFileLock } from '../../adapters/files/lock.ts';
import { readOutbox, removeFromOutbox } from '../../adapters/files/outbox.ts';
import { DAY_MS, days } from '../../core/config/duration.ts';
import { OpsError } from '../../core/errors.ts';
import type { PruneOutcome, PrunePlan } from '../../core/evidence/prune.ts';
import type { PruneSizes } from '../../core/evidence/prune-text.ts';
import { planPrune } from '../../core/evidence/retention.ts';
import { tombstonesOf } from '../../core/evidence/tombstones.ts';
import { count } from '../../core/text.ts';
import { isoInZone } from '../../core/time.ts';
import { openControlPlane } from '../control-plane/open.ts';
import { say, type Workspace } from '../workspace.ts';
import { runAct, type ActResult } from './act.ts';
import { retentionFacts } from './prune-facts.ts';
import { pruneControlPlaneLogs } from './prune-logs.ts';
import { outboxFolder } from './seal.ts';
import type { Session } from './session.ts';
import { settleInterrupted } from './settle.ts';

export interface Prune {
  plan: PrunePlan;
  sizes: PruneSizes;
}

async function bytesOf(root: string, places: readonly { folder: string }[]): Promise<number> {
  let bytes = 0;
  for (const { folder } of places) bytes += await folderBytes(root, folder);
  return bytes;
}

/** What a prune would do now. Changes nothing. @throws OpsError `cancelled`, `refused` */
export async function preparePrune(workspace: Workspace): Promise<Prune> {
  const { evidence, control_plane: controlPlane } = workspace.config;
  const now = new Date();
  const policy = {
    compress_after_days: days(evidence.compress_after),
    remove_after_days: days(evidence.remove_after),
    logs_before: isoInZone(new Date(now.getTime() - days(controlPlane.log_retention) * DAY_MS), evidence.time_zone),
  };
  const plan = planPrune(await retentionFacts(workspace, now, policy), now, policy);
  const root = workspace.evidenceRoot;
  return { plan, sizes: { compress: await bytesOf(root, plan.compress), remove: await bytesOf(root, plan.remove) } };
}

/**
 * Compresses and removes old evidence (§8.3). The folders go after the record with their tombstones is sealed: a crash before that
 * leaves every record where it was, and one after it leaves folders that the next prune finds again.
 * @returns no act where there was nothing to do
 * @throws OpsError `locked`, `cancelled`, `evidence`
 */
export async function pruneEvidence(workspace: Workspace): Promise<Prune & { act: ActResult | null }> {
  return withFileLock(join(workspace.stateFolder, 'prune.lock'), 'Another prune', async () => {
    await settleInterrupted(workspace);
    await forgetRemoved(workspace);
    return underLock(workspace).finally(() => clearWork(workspace.evidenceRoot));
  });
}

async function underLock(workspace: Workspace): Promise<Prune & { act: ActResult | null }> {
  const prune = await preparePrune(workspace);
  const { plan } = prune;
  const idle = plan.compress.length + plan.remove.length === 0 && (await openControlPlane(workspace)) === null;
  if (idle) return { ...prune, act: null };
  const act = await runAct(workspace, 'prune', plan, async (session) => {
    await session.step('compress', 'Compress old evidence', () => compressAll(workspace, session, plan));
    const logs = await session.step('logs', 'Delete old logs of the control plane', () =>
      pruneControlPlaneLogs(workspace, new Date(plan.logs_before)),
    );
    return { result: 'passed', message: null, outcome: await outcomeOf(workspace, prune, logs) };
  });
  await removeAll(workspace, plan);
  return { ...prune, act };
}

async function compressAll(workspace: Workspace, { context }: Session, plan: PrunePlan): Promise<void> {
  const files = new Map((await readRecords(workspace.evidenceRoot)).records.map((stored) => [stored.folder, stored.record.files]));
  for (const [index, { folder }] of plan.compress.entries()) {
    context.signal.throwIfAborted();
    await compressFolder(workspace.evidenceRoot, folder, files.get(folder) ?? []);
    say(context, `compressed ${folder}`, 'debug');
    context.report({ type: 'progress', step: 'compress', done: index + 1, total: plan.compress.length });
  }
}

async function outcomeOf(workspace: Workspace, { plan, sizes }: Prune, logs: number | null): Promise<PruneOutcome> {
  return {
    act: 'prune',
    compressed: plan.compress.length,
    removed: plan.remove.length,
    bytes_before: sizes.compress + sizes.remove,
    bytes_after: await bytesOf(workspace.evidenceRoot, plan.compress),
    logs_deleted: logs,
  };
}

async function removeAll(workspace: Workspace, plan: PrunePlan): Promise<void> {
  if (plan.remove.length === 0) return;
  const { context, evidenceRoot: root } = workspace;
  const begin = Date.now();
  context.report({ type: 'start', step: 'remove', title: 'Remove old evidence' });
  let done = 0;
  try {
    for (const { id, folder } of plan.remove) {
      if (context.signal.aborted) {
        throw new OpsError('cancelled', `Cancelled: ${done} of ${count(plan.remove.length, 'record')} removed.`, {
          hint: 'The chain is whole as it is; the next `odoo-ops evidence prune --yes` removes the others.',
        });
      }
      await removeFolder(root, folder, id);
      await removeFromOutbox(outboxFolder(workspace), [id]);
      context.report({ type: 'progress', step: 'remove', done: ++done, total: plan.remove.length });
    }
  } finally {
    const result = done === plan.remove.length ? 'passed' : context.signal.aborted ? 'cancelled' : 'failed';
    context.report({ type: 'stop', step: 'remove', result, ms: Date.now() - begin });
  }
}

/** A record that is gone must not wait for the control plane: nobody could deliver it. */
async function forgetRemoved(workspace: Workspace): Promise<void> {
  const { records } = await readRecords(workspace.evidenceRoot);
  const here = new Set(records.map(({ record }) => record.id));
  const gone = new Set([...tombstonesOf(records, sha256).inForce.values()].map(({ id }) => id).filter((id) => !here.has(id)));
  const outbox = outboxFolder(workspace);
  await removeFromOutbox(
    outbox,
    (await readOutbox(outbox)).filter((id) => gone.has(id)),
  );
}
