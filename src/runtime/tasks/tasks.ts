import { randomUUID } from 'node:crypto';
import { OpsError } from '../../core/errors.ts';
import { keyOf } from '../../core/tasks/kinds.ts';
import { cancelTask, parseTask, requestTask, taskRow, tasks, type TaskRow } from '../../core/tasks/task.ts';
import { requireControlPlane } from '../control-plane/open.ts';
import { requireSoundSchema } from '../control-plane/sound.ts';
import type { Workspace } from '../workspace.ts';

/**
 * Asks for work, which some worker does.
 * @param key of unfinished tasks of this kind with one key there is one; null for the usual key of the kind, if it has one
 * @returns its id
 * @throws OpsError `usage` for a kind or a payload that there is not, `unreachable` where the control plane does not answer or allow it
 */
export async function askForTask(workspace: Workspace, kind: string, payload: unknown, key: string | null): Promise<string> {
  const task = parseTask(kind, payload);
  const plane = await requireControlPlane(workspace);
  await requireSoundSchema(plane);
  return plane.call(requestTask(plane.clientId, task, key ?? keyOf(task), randomUUID()));
}

/** Waiting tasks among which one is looked for by the beginning of its id. */
const WAITING = 1000;

/**
 * Cancels a task that no worker has.
 * @param word its id, or how it begins
 * @throws OpsError `rejected` where a worker has it, `usage` where no waiting task, or more than one, begins like this
 */
export async function cancelRequestedTask(workspace: Workspace, word: string): Promise<string> {
  const plane = await requireControlPlane(workspace);
  if (taskRow.shape.id.safeParse(word).success) return plane.call(cancelTask(plane.clientId, word));
  const waiting = await plane.select(tasks({ state: 'requested' }, WAITING));
  const [found, ...more] = waiting.filter(({ id }) => id.startsWith(word));
  if (found && more.length === 0) return plane.call(cancelTask(plane.clientId, found.id));
  throw new OpsError('usage', `${found ? `${more.length + 1} waiting tasks begin` : 'No waiting task begins'} with ${word}.`, {
    hint: '`odoo-ops tasks list --state requested` shows them.',
  });
}

/** What was asked for, newest first. @throws OpsError `unreachable` */
export async function listTasks(workspace: Workspace, filter: { state?: TaskRow['state'] }, limit: number): Promise<TaskRow[]> {
  const plane = await requireControlPlane(workspace);
  return plane.select(tasks(filter, limit));
}
