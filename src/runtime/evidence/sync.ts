import { fetchRemote } from '../../adapters/git/refs.ts';
import { readRecords } from '../../adapters/files/evidence-store.ts';
import { addToOutbox } from '../../adapters/files/outbox.ts';
import { isSealed } from '../../core/evidence/record.ts';
import { openControlPlane } from '../control-plane.ts';
import type { Workspace } from '../workspace.ts';
import { deliverOutbox } from './deliver.ts';
import { publishRecords } from './publish.ts';
import { refreshEvidence } from './refresh.ts';
import { outboxFolder } from './seal.ts';

export interface SyncReport {
  settled: number;
  pulled: number;
  published: number;
  delivered: number;
  waiting: number;
  controlPlane: boolean;
}

/** Brings records of other clones here, and ours to the remote and the control plane. @throws OpsError `unreachable` */
export async function syncEvidence(workspace: Workspace): Promise<SyncReport> {
  if (workspace.remote !== null) await fetchRemote(workspace.git, workspace.remote);
  const { settled, pulled } = await refreshEvidence(workspace);
  const published = await publishRecords(workspace);
  await queueUnknown(workspace);
  return { settled, pulled, published, ...(await deliverOutbox(workspace)) };
}

/** Queues each record that the control plane does not hold: also those of a clone that was thrown away before it could deliver. */
async function queueUnknown(workspace: Workspace): Promise<void> {
  const controlPlane = await openControlPlane(workspace);
  if (!controlPlane) return;
  const { records } = await readRecords(workspace.evidenceRoot);
  const sealed = records.filter(({ record }) => isSealed(record)).map(({ record }) => record.id);
  const known = await controlPlane.known(sealed);
  for (const id of sealed) if (!known.has(id)) await addToOutbox(outboxFolder(workspace), id);
}
