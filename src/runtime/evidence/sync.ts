import { fetchRemote } from '../../adapters/git/refs.ts';
import { readRecords } from '../../adapters/files/evidence-store.ts';
import { addToOutbox, readSetAside } from '../../adapters/files/outbox.ts';
import { knownRecords } from '../../core/control-plane/calls.ts';
import { isSealed } from '../../core/evidence/record.ts';
import { uploadArtifacts, type ArtifactReport } from '../control-plane/artifact-outbox.ts';
import { queueMissingArtifacts } from '../control-plane/missing-artifacts.ts';
import { deliverOutbox, type DeliveryReport } from '../control-plane/deliver.ts';
import { deliversAs, openControlPlane } from '../control-plane/open.ts';
import type { Workspace } from '../workspace.ts';
import { publishRecords } from './publish.ts';
import { refreshEvidence } from './refresh.ts';
import { outboxFolder } from './seal.ts';

export interface SyncReport extends DeliveryReport {
  settled: number;
  pulled: number;
  published: number;
  /** Files that went to Storage; null where no bucket is configured. */
  artifacts: ArtifactReport | null;
}

/** Brings records of other clones here, and ours to the remote, the control plane and Storage. @throws OpsError `unreachable` */
export async function syncEvidence(workspace: Workspace): Promise<SyncReport> {
  if (workspace.remote !== null) await fetchRemote(workspace.git, workspace.remote);
  const { settled, pulled } = await refreshEvidence(workspace);
  const published = await publishRecords(workspace);
  await queueUnknown(workspace);
  const delivery = await deliverOutbox(workspace);
  await queueMissingArtifacts(workspace);
  return { settled, pulled, published, ...delivery, artifacts: await uploadArtifacts(workspace) };
}

/** Queues each record that the control plane does not hold: also those of a clone that was thrown away before it could deliver. */
async function queueUnknown(workspace: Workspace): Promise<void> {
  const controlPlane = await openControlPlane(workspace);
  // Only who delivers them has to know.
  if (!controlPlane || (await deliversAs(workspace)) !== 'ci') return;
  const { records } = await readRecords(workspace.evidenceRoot);
  const sealed = records.filter(({ record }) => isSealed(record)).map(({ record }) => record.id);
  const known = new Set(await controlPlane.call(knownRecords(controlPlane.clientId, sealed)));
  // What was not taken once is not taken again by itself.
  for (const { id } of await readSetAside(outboxFolder(workspace))) known.add(id);
  for (const id of sealed) if (!known.has(id)) await addToOutbox(outboxFolder(workspace), id);
}
