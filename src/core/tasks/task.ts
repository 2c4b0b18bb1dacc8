import * as z from 'zod';
import type { Call, Query } from '../control-plane/port.ts';
import { OpsError, type ErrorCode } from '../errors.ts';
import { taskSchema, type Task } from './kinds.ts';
import { TASK_STATES } from './names.ts';

export const taskRow = z.object({
  id: z.uuid(),
  /** Any kind: an older program reads what a newer one asked for. */
  kind: z.string(),
  key: z.string().nullable(),
  payload: z.json(),
  state: z.enum(TASK_STATES),
  requested_by: z.string(),
  requested_at: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  attempts: z.int(),
  worker: z.string().nullable(),
  message: z.string().nullable(),
  evidence_id: z.uuid().nullable(),
});
export type TaskRow = z.infer<typeof taskRow>;

/** Tasks, newest first. */
export const tasks = (
  filter: { id?: string; state?: TaskRow['state'] },
  limit: number,
  after?: Pick<TaskRow, 'requested_at' | 'id'>,
): Query<typeof taskRow> => ({
  table: 'tasks',
  row: taskRow,
  where: (['id', 'state'] as const).flatMap((column) => {
    const value = filter[column];
    return value === undefined ? [] : [{ column, is: 'equal' as const, value }];
  }),
  order: { columns: ['requested_at', 'id'], direction: 'desc' },
  ...(after && { after: [after.requested_at, after.id] }),
  limit,
});

const idSchema = z.uuid();

/**
 * Asks for work. Answers the id of the task, or of the unfinished one with this key.
 * @param id of the task: asked for twice, it is one
 */
export const requestTask = (client: string, { kind, payload }: Task, key: string | null, id: string): Call<typeof idSchema> => ({
  name: 'request_task',
  arguments: { kind, payload, key, client, id },
  json: ['payload'],
  result: idSchema,
});

/** Cancels a task that no worker has. */
export const cancelTask = (client: string, id: string): Call<typeof idSchema> => ({
  name: 'cancel_task',
  arguments: { id, client },
  result: idSchema,
});

/** @throws OpsError `usage` for a kind or a payload that there is not */
export function parseTask(kind: string, payload: unknown): Task {
  const parsed = taskSchema.safeParse({ kind, payload });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.slice(1).join('.') ?? '';
  throw new OpsError(
    'usage',
    `A task "${kind}" cannot be asked for like this: ${field === '' ? '' : `${field}: `}${issue?.message ?? ''}`,
    {
      hint: 'The kinds and what they take: `odoo-ops tasks request --help`.',
      cause: parsed.error,
    },
  );
}

/** What a task came to. */
export interface TaskResult {
  message: string;
  /** The record that it left. */
  evidence_id: string | null;
}

// Others are about what was asked for, or about rules: they would be the same the next time.
const PASSING: readonly ErrorCode[] = ['unreachable', 'timeout', 'locked', 'moved', 'cancelled', 'failed', 'evidence'];

/** True where another attempt may end otherwise. */
export const isWorthRetrying = ({ code }: OpsError): boolean => PASSING.includes(code);
