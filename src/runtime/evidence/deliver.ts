import { readRecords } from '../../adapters/files/evidence-store.ts';
import { readOutbox, removeFromOutbox } from '../../adapters/files/outbox.ts';
import { isSealed } from '../../core/evidence/record.ts';
import { openControlPlane } from '../control-plane.ts';
import type { Workspace } from '../workspace.ts';
import { outboxFolder } from './seal.ts';

export interface DeliveryReport {
  controlPlane: boolean;
  delivered: number;
  waiting: number;
}

/**
 * Brings waiting records to the control plane, oldest first. Nothing is lost: a record leaves the outbox after the control plane
 * has it. Nothing is doubled: the record's id is its key there.
 * @throws OpsError `unreachable`
 */
export async function deliverOutbox(workspace: Workspace): Promise<DeliveryReport> {
  const outbox = outboxFolder(workspace);
  const waiting = new Set(await readOutbox(outbox));
  const controlPlane = await openControlPlane(workspace);
  if (!controlPlane) return { controlPlane: false, delivered: 0, waiting: waiting.size };
  if (waiting.size === 0) return { controlPlane: true, delivered: 0, waiting: 0 };
  const { records } = await readRecords(workspace.evidenceRoot);
  let delivered = 0;
  for (const { record, folder } of records) {
    if (!waiting.has(record.id) || !isSealed(record)) continue;
    await controlPlane.deliver([{ record, folder: `${workspace.config.evidence.folder}/${folder}` }]);
    await removeFromOutbox(outbox, [record.id]);
    waiting.delete(record.id);
    delivered++;
  }
  return { controlPlane: true, delivered, waiting: waiting.size };
}
