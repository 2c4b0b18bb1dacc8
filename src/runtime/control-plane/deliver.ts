import { readRecords } from '../../adapters/files/evidence-store.ts';
import { readOutbox, readSetAside, removeFromOutbox, setAside } from '../../adapters/files/outbox.ts';
import { knownRecords } from '../../core/control-plane/calls.ts';
import { parcels } from '../../core/control-plane/parcels.ts';
import { isSealed } from '../../core/evidence/record.ts';
import { isoInZone } from '../../core/time.ts';
import { say, type Workspace } from '../workspace.ts';
import { outboxFolder } from '../evidence/seal.ts';
import { queueArtifacts } from './artifact-outbox.ts';
import { deliverBatches } from './metric-batches.ts';
import { deliversAs, openControlPlane } from './open.ts';
import { send, unitsOf, type Sending, type Waiting } from './send.ts';
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

/** A person's records get to CI by the evidence branch. */
const whoDelivers = ({ config, remote }: Workspace): string =>
  config.evidence.branch !== null && remote !== null
    ? `CI delivers them, from the branch ${config.evidence.branch}`
    : 'only CI may deliver them, and without a branch for evidence it does not get them: set evidence.branch in odoo-ops.yml';

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
  const sending: Sending = { refused: new Map(), late: new Map() };
  let delivered = 0;
  // What CI has delivered meanwhile waits no more.
  if (plane && as === 'person' && ids.size > 0) await removeFromOutbox(outbox, await plane.call(knownRecords(plane.clientId, [...ids])));
  if (plane && as === 'ci' && ids.size > 0) {
    await requireSoundSchema(plane);
    const { records } = await readRecords(workspace.evidenceRoot);
    const waiting = records.filter((stored): stored is Waiting => ids.has(stored.record.id) && isSealed(stored.record));
    for await (const parcel of parcels(unitsOf(workspace, waiting, plane.clientId))) {
      const there = await send(plane, parcel, sending);
      // First, so that nothing is forgotten between the two.
      await queueArtifacts(workspace, there);
      await removeFromOutbox(outbox, there);
      delivered += there.length;
    }
    const found = new Set(records.map(({ record }) => record.id));
    for (const id of ids) if (!found.has(id)) sending.refused.set(id, 'Its evidence folder is not in this clone any more.');
  }
  if (plane && as !== 'nobody') await deliverBatches(workspace, plane);
  const at = isoInZone(new Date(), workspace.config.evidence.time_zone);
  for (const [id, reason] of sending.refused) {
    await setAside(outbox, { id, reason, at });
    say(workspace.context, `Record ${id} is not taken by the control plane and was set aside: ${reason}`, 'warning');
  }
  for (const [id, error] of sending.late) say(workspace.context, `Record ${id} waits: ${error.message}`, 'warning');
  const waiting = (await readOutbox(outbox)).length;
  return {
    controlPlane: plane !== null,
    delivered,
    waiting,
    ...(as !== 'ci' && waiting > 0 && { reason: whoDelivers(workspace) }),
    setAside: (await readSetAside(outbox)).map(({ id, reason }) => ({ id, reason })),
  };
}
