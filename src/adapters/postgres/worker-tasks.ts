import type { QueryResult } from 'pg';
import * as z from 'zod';
import { storableText } from '../../core/control-plane/storable.ts';
import type { TaskResult } from '../../core/tasks/task.ts';

/** Runs a statement as the worker. */
export type Ask = (text: string, values: unknown[]) => Promise<QueryResult>;

const begunSchema = z.array(z.object({ kind: z.string(), payload: z.json() }));

/** Characters of a message; the logs of the evidence have the rest. */
const MESSAGE = 4000;
const storable = (message: string): string => storableText(message.slice(0, MESSAGE));

/** What a worker writes about the tasks of its client. */
export interface TaskRows {
  /** A new attempt begins. @returns null where the task has ended, or was cancelled: there is nothing to do */
  begin: (id: string, attempt: number) => Promise<{ kind: string; payload: unknown } | null>;
  passed: (id: string, attempt: number, result: TaskResult) => Promise<void>;
  failed: (id: string, attempt: number, message: string) => Promise<void>;
  /** It waits for its next attempt. */
  waits: (id: string, attempt: number, message: string) => Promise<void>;
  /** Asks for work that is due. */
  request: (kind: string, key: string) => Promise<void>;
}

const OPEN = 'where client_id = $1 and id = $2 and finished_at is null';
/** The attempt that was begun here: a worker that lost its lock has nothing to say any more of a task that another one does. */
const OURS = `${OPEN} and attempts = $3 and worker = $4`;

/** @param worker name of this process */
export function taskRows(ask: Ask, clientId: string, worker: string): TaskRows {
  const end = async (id: string, attempt: number, state: 'passed' | 'failed', message: string, evidence: string | null) => {
    await ask(`update ops.tasks set state = $5, finished_at = now(), message = $6, evidence_id = $7 ${OURS}`, [
      clientId,
      id,
      attempt,
      worker,
      state,
      storable(message),
      evidence,
    ]);
  };
  return {
    begin: async (id, attempt) => {
      const { rows } = await ask(
        `update ops.tasks set state = 'running', started_at = coalesce(started_at, now()), attempts = $3, worker = $4, message = null ${OPEN}
         returning kind, payload`,
        [clientId, id, attempt, worker],
      );
      return begunSchema.parse(rows)[0] ?? null;
    },
    passed: (id, attempt, { message, evidence_id }) => end(id, attempt, 'passed', message, evidence_id),
    failed: (id, attempt, message) => end(id, attempt, 'failed', message, null),
    waits: async (id, attempt, message) => {
      await ask(`update ops.tasks set state = 'requested', message = $5 ${OURS}`, [clientId, id, attempt, worker, storable(message)]);
    },
    request: async (kind, key) => {
      await ask('select ops.request_task($1, $2, $3, $4)', [kind, '{}', key, clientId]);
    },
  };
}
