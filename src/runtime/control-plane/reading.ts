import type { ControlPlane } from '../../core/control-plane/port.ts';
import { toOpsError } from '../../core/errors.ts';
import type { Workspace } from '../workspace.ts';
import { evidenceReader } from '../evidence/reader.ts';
import { deliversAs, openControlPlane } from './open.ts';

export type Reader = Pick<ControlPlane, 'select'>;

export interface Reading<T> {
  /** Teams without a control plane, and those whose control plane does not answer, read the evidence folders of this clone. */
  source: 'control-plane' | 'evidence';
  /** Why the control plane could not be read; null where it was, or where there is none. */
  notice: string | null;
  answer: T;
}

/**
 * Asks the control plane; without one, or where it does not answer, asks the evidence folders the same.
 * @throws OpsError `cancelled`, `usage`
 */
export async function reading<T>(workspace: Workspace, ask: (reader: Reader) => Promise<T>): Promise<Reading<T>> {
  let notice: string | null = null;
  try {
    const plane = await openControlPlane(workspace);
    if (plane && (await deliversAs(workspace)) === 'nobody') notice = 'Nobody is signed in to the control plane.';
    else if (plane) return { source: 'control-plane', notice, answer: await ask(plane) };
  } catch (error) {
    const known = toOpsError(error);
    if (known.code === 'cancelled' || known.code === 'usage') throw known;
    notice = known.message;
  }
  return { source: 'evidence', notice, answer: await ask(evidenceReader(workspace)) };
}
