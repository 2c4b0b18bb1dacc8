import { cancelTask, parseTask, requestTask, tasks, type TaskRow } from '../../core/tasks/task.ts';
import { requireControlPlane } from '../control-plane/open.ts';
import { requireSoundSchema } from '../control-plane/sound.ts';
import type { Workspace } from '../workspace.ts';

/**
 * Asks for work, which some worker does.
 * @param key of unfinished tasks of this kind with one key there is one
 * @returns its id
 * @throws OpsError `usage` for a kind or a payload that there is not, `unreachable` where the control plane does not answer or allow it
 */
export async function askForTask(workspace: Workspace, kind: string, payload: unknown, key: string | null): Promise<string> {
  const task = parseTask(kind, payload);
  const plane = await requireControlPlane(workspace);
  await requireSoundSchema(plane);
  return plane.call(requestTask(plane.clientId, task, key));
}

/** Cancels a task that no worker has. @throws OpsError `rejected` where one has it, or there is none */
export async function cancelRequestedTask(workspace: Workspace, id: string): Promise<string> {
  const plane = await requireControlPlane(workspace);
  return plane.call(cancelTask(plane.clientId, id));
}

/** What was asked for, newest first. @throws OpsError `unreachable` */
export async function listTasks(workspace: Workspace, filter: { state?: TaskRow['state'] }, limit: number): Promise<TaskRow[]> {
  const plane = await requireControlPlane(workspace);
  return plane.select(tasks(filter, limit));
}
