import { join } from 'node:path';
import { readEvidenceFile } from '../../adapters/files/evidence-files.ts';
import { readRecords, type StoredRecord } from '../../adapters/files/evidence-store.ts';
import { sha256 } from '../../adapters/files/hash.ts';
import { readOutbox, readSetAside, removeFromOutbox, setAside } from '../../adapters/files/outbox.ts';
import { knownRecords, recordRows } from '../../core/control-plane/calls.ts';
import { logRows } from '../../core/control-plane/logs.ts';
import { parcelOf, parcels, type Parcel, type Unit } from '../../core/control-plane/parcels.ts';
import type { ControlPlane } from '../../core/control-plane/port.ts';
import { rowsOf } from '../../core/control-plane/rows.ts';
import { isOpsError, OpsError } from '../../core/errors.ts';
import { isSealed, type SealedRecord } from '../../core/evidence/record.ts';
import { isoInZone } from '../../core/time.ts';
import { say, type Workspace } from '../workspace.ts';
import { outboxFolder } from '../evidence/seal.ts';
import { queueArtifacts } from './artifact-outbox.ts';
import { deliverBatches } from './metric-batches.ts';
import { deliversAs, openControlPlane } from './open.ts';
import { requireSoundSchema } from './sound.ts';

export interface DeliveryReport {
  /** False where none is configured. */
  controlPlane: boolean;
  delivered: number;
  waiting: number;
  /** Why none was sent, where that is as it should be: a person reads the control plane, and CI writes it. */
  reason?: string;
  /** Records that the control plane does not take, and why. */
  setAside: { id: string; reason: string }[];
}

type Waiting = StoredRecord & { record: SealedRecord };

/** What a record becomes: its logs first, so that a record which is there has all of them. */
async function* unitsOf(workspace: Workspace, waiting: readonly Waiting[], clientId: string): AsyncGenerator<Unit> {
  for (const { record, folder } of waiting) {
    for (const { path } of record.files.filter((file) => file.path.startsWith('logs/'))) {
      // A folder that lost a log is for `evidence verify` to tell; what it has goes all the same.
      const bytes = await readEvidenceFile(workspace.evidenceRoot, folder, path).catch(() => undefined);
      if (!bytes) continue;
      for (const row of logRows(clientId, record.id, path.slice('logs/'.length), bytes.toString()))
        yield { record: record.id, rows: { logs: [row] }, complete: false };
    }
    const place = join(workspace.config.evidence.folder, folder).replaceAll('\\', '/');
    yield { record: record.id, rows: rowsOf({ record, folder: place }, clientId, sha256), complete: true };
  }
}

/** A person's records get to CI by the evidence branch. */
const whoDelivers = ({ config, remote }: Workspace): string =>
  config.evidence.branch !== null && remote !== null
    ? `CI delivers them, from the branch ${config.evidence.branch}`
    : 'only CI may deliver them, and without a branch for evidence it does not get them: set evidence.branch in odoo-ops.yml';

const completed = (units: readonly Unit[]): string[] => units.filter(({ complete }) => complete).map(({ record }) => record);

/**
 * Writes a parcel; one that is not taken is tried unit by unit, so that one bad record holds up no other.
 * @returns ids of the records that are there now; `refused` gets those that are not taken
 */
async function send(plane: ControlPlane, parcel: Parcel, refused: Map<string, string>): Promise<string[]> {
  const open = parcel.units.filter(({ record }) => !refused.has(record));
  if (open.length === 0) return [];
  const { rows } = open.length === parcel.units.length ? parcel : parcelOf(open);
  try {
    const there = new Set(await plane.call(recordRows(rows)));
    const missing = completed(open).filter((id) => !there.has(id));
    if (missing.length > 0)
      throw new OpsError('unreachable', `The control plane took ${missing.length} records and does not show them.`, {
        hint: 'Its token is for another client than control_plane.client_id, or a policy was changed: `odoo-ops check --rule row-level-security`.',
      });
    return completed(open);
  } catch (error) {
    if (!isOpsError(error, 'rejected')) throw error;
    const [only, ...more] = open;
    if (only && more.length === 0) {
      refused.set(only.record, error.message);
      return [];
    }
    const half = Math.ceil(open.length / 2);
    const first = await send(plane, parcelOf(open.slice(0, half)), refused);
    return [...first, ...(await send(plane, parcelOf(open.slice(half)), refused))];
  }
}

/**
 * Brings waiting records to the control plane, oldest first. Nothing is lost: a record leaves the outbox after the control plane has
 * it, and what it does not take is set aside with the reason. Nothing is doubled: the keys of its rows are made from the record.
 * @throws OpsError `unreachable`
 */
export async function deliverOutbox(workspace: Workspace): Promise<DeliveryReport> {
  const outbox = outboxFolder(workspace);
  const ids = new Set(await readOutbox(outbox));
  const plane = await openControlPlane(workspace);
  const as = plane ? await deliversAs(workspace) : 'ci';
  const refused = new Map<string, string>();
  let delivered = 0;
  // What CI has delivered meanwhile waits no more.
  if (plane && as === 'person' && ids.size > 0) await removeFromOutbox(outbox, await plane.call(knownRecords(plane.clientId, [...ids])));
  if (plane && as === 'ci' && ids.size > 0) {
    await requireSoundSchema(plane);
    const { records } = await readRecords(workspace.evidenceRoot);
    const waiting = records.filter((stored): stored is Waiting => ids.has(stored.record.id) && isSealed(stored.record));
    for await (const parcel of parcels(unitsOf(workspace, waiting, plane.clientId))) {
      const there = await send(plane, parcel, refused);
      // First, so that nothing is forgotten between the two.
      await queueArtifacts(workspace, there);
      await removeFromOutbox(outbox, there);
      delivered += there.length;
    }
    const found = new Set(records.map(({ record }) => record.id));
    for (const id of ids) if (!found.has(id)) refused.set(id, 'Its evidence folder is not in this clone any more.');
  }
  if (plane && as !== 'nobody') await deliverBatches(workspace, plane);
  const at = isoInZone(new Date(), workspace.config.evidence.time_zone);
  for (const [id, reason] of refused) {
    await setAside(outbox, { id, reason, at });
    say(workspace.context, `Record ${id} is not taken by the control plane and was set aside: ${reason}`, 'warning');
  }
  const waiting = (await readOutbox(outbox)).length;
  return {
    controlPlane: plane !== null,
    delivered,
    waiting,
    ...(as !== 'ci' && waiting > 0 && { reason: whoDelivers(workspace) }),
    setAside: (await readSetAside(outbox)).map(({ id, reason }) => ({ id, reason })),
  };
}
