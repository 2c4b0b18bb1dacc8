import type { JobHelpers } from 'graphile-worker';
import * as z from 'zod';
import type { LogLevel } from '../../core/events.ts';
import { toOpsError } from '../../core/errors.ts';
import { isWorthRetrying, type TaskResult } from '../../core/tasks/task.ts';
import type { TaskRows } from './worker-tasks.ts';

export interface TaskHandler {
  /** How often it is tried. */
  attempts: number;
  /** Milliseconds that one attempt may take. */
  timeout: number;
  /** Does it; may be run again after it was done, when the worker died before it could say so. */
  run: (payload: unknown, signal: AbortSignal) => Promise<TaskResult>;
}

export interface JobContext {
  handlers: Readonly<Record<string, TaskHandler>>;
  say: (level: LogLevel, text: string) => void;
  redact: (text: string) => string;
  /** Fires when this process may not work any more. */
  lost: AbortSignal;
}

/** How many tasks of this process ended in which way. */
export interface Tally {
  passed: number;
  failed: number;
  /** Attempts that failed and will be repeated. */
  retried: number;
  /** Given back at the stop; the attempt does not count. */
  returned: { job: string; attempts: number }[];
}

const payloadSchema = z.object({ id: z.uuid() });

/**
 * One attempt at a task. It throws where graphile-worker shall try again later (e, e², e³ … seconds); what passed, failed for good or was
 * cancelled leaves the queue, because the row of the task tells it.
 */
export async function attemptTask(job: unknown, helpers: JobHelpers, rows: TaskRows, context: JobContext, tally: Tally): Promise<void> {
  const { handlers, say, redact, lost } = context;
  const { attempts, max_attempts: most, id: jobId } = helpers.job;
  const { id } = payloadSchema.parse(job);
  const task = await rows.begin(id, attempts);
  if (!task) return;
  const name = `${task.kind} ${id.slice(0, 8)}`;
  say('info', `${name}: attempt ${attempts} of ${most}`);
  const handler = handlers[task.kind];
  if (!handler) throw new Error(`There is no handler for ${task.kind}.`);
  const stop = AbortSignal.any([helpers.abortSignal, lost]);
  const late = AbortSignal.timeout(handler.timeout);
  try {
    const result = await handler.run(task.payload, AbortSignal.any([stop, late]));
    await rows.passed(id, attempts, { ...result, message: redact(result.message) });
    tally.passed++;
    say('info', `${name}: ${redact(result.message)}`);
  } catch (error) {
    // What is aborted says that it was, and not why.
    const known = toOpsError(late.aborted && !stop.aborted ? late.reason : error);
    const message = redact(known.message);
    if (stop.aborted) {
      tally.returned.push({ job: jobId, attempts: attempts - 1 });
      await rows.waits(id, attempts, 'Its worker was stopped; another one takes it up.');
      say('warning', `${name}: stopped, and given back`);
    } else if (isWorthRetrying(known) && attempts < most) {
      tally.retried++;
      await rows.waits(id, attempts, `Attempt ${attempts} of ${most} failed: ${message}`);
      say('warning', `${name}: attempt ${attempts} of ${most} failed: ${message}`);
    } else {
      await rows.failed(id, attempts, message);
      tally.failed++;
      say('error', `${name}: ${message}`);
      return;
    }
    // Words without secrets: graphile-worker keeps them.
    throw new Error(message, { cause: known.code });
  }
}
