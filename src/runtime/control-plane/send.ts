import { join } from 'node:path';
import { readEvidenceFile } from '../../adapters/files/evidence-files.ts';
import type { StoredRecord } from '../../adapters/files/evidence-store.ts';
import { sha256 } from '../../adapters/files/hash.ts';
import { recordRows } from '../../core/control-plane/calls.ts';
import { logRows } from '../../core/control-plane/logs.ts';
import { parcelOf, type Parcel, type Unit } from '../../core/control-plane/parcels.ts';
import type { ControlPlane } from '../../core/control-plane/port.ts';
import { rowsOf } from '../../core/control-plane/rows.ts';
import { isOpsError, OpsError } from '../../core/errors.ts';
import type { SealedRecord } from '../../core/evidence/record.ts';
import type { Workspace } from '../workspace.ts';

/** A sealed record that waits. */
export type Waiting = StoredRecord & { record: SealedRecord };

/** What a record becomes: its logs first, so that a record which is there has all of them. */
export async function* unitsOf(workspace: Workspace, waiting: readonly Waiting[], clientId: string): AsyncGenerator<Unit> {
  for (const { record, folder } of waiting) {
    for (const { path } of record.files.filter((file) => file.path.startsWith('logs/'))) {
      const bytes = await readEvidenceFile(workspace.evidenceRoot, folder, path).catch((error: unknown) => {
        // A folder that lost a log is for `evidence verify` to tell; what it has goes all the same.
        if (isOpsError(error, 'evidence')) return undefined;
        throw error;
      });
      if (!bytes) continue;
      for (const row of logRows(clientId, record.id, path.slice('logs/'.length), bytes.toString()))
        yield { record: record.id, rows: { logs: [row] }, complete: false };
    }
    const place = join(workspace.config.evidence.folder, folder).replaceAll('\\', '/');
    yield { record: record.id, rows: rowsOf({ record, folder: place }, clientId, sha256), complete: true };
  }
}

/** What became of a delivery, record by record. */
export interface Sending {
  /** Not taken, now or later, and why. */
  refused: Map<string, string>;
  /** Took too long by themselves: they stay where they are, and the others go on. */
  late: Map<string, OpsError>;
}

/** A service in which so many records take too long has trouble of its own. */
const LATE = 3;

/**
 * Writes a parcel; one that is not taken is tried in halves, so that one bad record holds up no other.
 * @returns ids of the records that are there now
 * @throws OpsError `unreachable`, or `timeout` where that is no affair of one record
 */
export async function send(plane: ControlPlane, { units }: Parcel, sending: Sending): Promise<string[]> {
  const { refused, late } = sending;
  const open = units.filter(({ record }) => !refused.has(record) && !late.has(record));
  const [first, ...more] = open;
  if (!first) return [];
  try {
    const there = await plane.call(recordRows(parcelOf(open).rows));
    return written(open, there, refused);
  } catch (error) {
    if (!isOpsError(error, 'rejected') && !isOpsError(error, 'timeout')) throw error;
    if (more.length > 0) {
      const half = Math.ceil(open.length / 2);
      const before = await send(plane, parcelOf(open.slice(0, half)), sending);
      return [...before, ...(await send(plane, parcelOf(open.slice(half)), sending))];
    }
    if (error.code === 'rejected') refused.set(first.record, error.message);
    else late.set(first.record, error);
    if (late.size >= LATE) throw error;
    return [];
  }
}

/** Those that are there as we have them. Two clones may settle one record, and then there are two versions of it: the first one stays. */
function written(units: readonly Unit[], there: Readonly<Record<string, string>>, refused: Map<string, string>): string[] {
  return units.flatMap(({ record, complete, rows }) => {
    if (!complete) return [];
    const hash = there[record];
    if (hash === undefined)
      throw new OpsError('unreachable', 'The control plane took records and does not show them.', {
        hint: 'Its token is for another client than control_plane.client_id, or a policy was changed: `odoo-ops check --rule row-level-security`.',
      });
    if (hash === rows.evidence?.[0]?.record_sha256) return [record];
    refused.set(record, `The control plane has another version of this record (hash ${hash.slice(0, 12)}).`);
    return [];
  });
}
