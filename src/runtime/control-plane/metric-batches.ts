import { readBatch, removeBatches, waitingBatches } from '../../adapters/files/metric-batches.ts';
import { recordRows } from '../../core/control-plane/calls.ts';
import type { ControlPlane } from '../../core/control-plane/port.ts';
import type { Rows } from '../../core/control-plane/rows.ts';
import { isOpsError, toOpsError } from '../../core/errors.ts';
import type { Batch } from '../../core/metrics/batch.ts';
import { outboxFolder } from '../evidence/seal.ts';
import { say, type Workspace } from '../workspace.ts';
import { requireSoundSchema } from './sound.ts';

const rowsOfBatch = ({ points }: Batch, client_id: string): Rows => ({
  metrics: points.map((point) => ({ client_id, evidence_id: null, ...point })),
});

/** A person with the role `viewer` reads and does not write. */
const isNotAllowed = (error: unknown): boolean => isOpsError(error) && error.details['sqlstate'] === '42501';

/**
 * Brings the measurements that belong to no record to the control plane. They are no evidence: where it cannot be reached they wait,
 * where it does not take them they go, and neither is a person's trouble. Their ids are made, so sending one again changes nothing.
 * @returns how many were sent
 */
export async function deliverBatches(workspace: Workspace, plane: ControlPlane): Promise<number> {
  const { context } = workspace;
  const outbox = outboxFolder(workspace);
  let sent = 0;
  for (const name of await waitingBatches(outbox)) {
    const batch = await readBatch(outbox, name);
    try {
      if (batch) {
        await requireSoundSchema(plane);
        await plane.call(recordRows(rowsOfBatch(batch, plane.clientId)));
        sent += batch.points.length;
      }
      await removeBatches(outbox, [name]);
    } catch (error) {
      if (isNotAllowed(error)) {
        await removeBatches(outbox, await waitingBatches(outbox));
        say(context, 'The control plane takes no measurements from this person; they were dropped.', 'debug');
        return sent;
      }
      const { code, message } = toOpsError(error);
      say(context, `Measurements of the development server ${code === 'rejected' ? 'were dropped' : 'wait'}: ${message}`, 'debug');
      if (code !== 'rejected') return sent;
      await removeBatches(outbox, [name]);
    }
  }
  return sent;
}
