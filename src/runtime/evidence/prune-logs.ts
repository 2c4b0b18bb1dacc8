import { pruneLogs } from '../../core/control-plane/calls.ts';
import { isOpsError } from '../../core/errors.ts';
import { openControlPlane } from '../control-plane/open.ts';
import { say, type Workspace } from '../workspace.ts';

/**
 * Deletes logs of the control plane from before a time (§8.3).
 * @returns how many rows; null where there is no control plane, or it could not be asked
 */
export async function pruneControlPlaneLogs(workspace: Workspace, before: Date): Promise<number | null> {
  const plane = await openControlPlane(workspace);
  if (!plane) return null;
  try {
    return await plane.call(pruneLogs(plane.clientId, before));
  } catch (error) {
    if (!isOpsError(error, 'unreachable') && !isOpsError(error, 'rejected')) throw error;
    say(workspace.context, `${error.message} Its old logs stay until a later prune.`, 'warning');
    return null;
  }
}
