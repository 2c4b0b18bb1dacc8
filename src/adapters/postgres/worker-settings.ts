import type { JobHelpers, RunnerOptions } from 'graphile-worker';
import type { Pool } from 'pg';
import * as z from 'zod';
import type { ConnectionOptions } from './connection.ts';
import type * as sdk from './sdk.ts';
import { attemptTask, type JobContext, type Tally } from './worker-job.ts';
import { jobName, QUEUE, workerClaims } from './worker-presence.ts';
import { taskRows } from './worker-tasks.ts';

export interface WorkerOptions extends Omit<JobContext, 'lost'> {
  clientId: string;
  /** Of this process, for people: host and process id. */
  name: string;
  /** Tasks at a time. */
  concurrency: number;
  /** Milliseconds that running tasks have to end by themselves after the stop; then they are aborted and given back. */
  drain: number;
  /** Does what is there, and ends; asks for nothing by the clock. */
  once: boolean;
  /** What is asked for by the clock; `due` narrows what the cron expression (UTC) says. */
  schedules: readonly { kind: string; cron: string; late: number; due: (at: Date) => boolean }[];
  /** Milliseconds between two looks at the queue: about so long the jobs of a killed worker wait. */
  pulse: number;
}

/** The module, which is loaded late. */
export type Graphile = typeof sdk;

const SCHEDULE = 'schedule';
const scheduleSchema = z.object({ kind: z.string(), _cron: z.object({ ts: z.iso.datetime({ offset: true }) }) });

/** Connections that act for the client, under the policies; one that breaks while idle does not end the program. */
export function openPool({ Pool: PgPool }: Graphile, { url, timeout }: ConnectionOptions, { clientId, concurrency }: WorkerOptions): Pool {
  const pool = new PgPool({
    connectionString: url,
    application_name: 'odoo-ops worker',
    // One listens, and one is for the schedule.
    max: concurrency + 2,
    connectionTimeoutMillis: timeout,
    keepAlive: true,
    // It is waited for; the types do not know it yet.
    onConnect: (client) => client.query("select set_config('request.jwt.claims', $1, false)", [workerClaims(clientId)]) as never,
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** How graphile-worker is run: with our pool, jobs, schedule, log, and nothing from files or from signals of the process. */
export function graphileSettings(
  graphile: Graphile,
  pool: Pool,
  options: WorkerOptions,
  hold: (pool: string) => Promise<void>,
  lost: AbortSignal,
  tally: Tally,
): RunnerOptions {
  const { clientId, schedules, say, redact } = options;
  const rows = taskRows((text, values) => pool.query(text, values), clientId, options.name);
  const attempt = (job: unknown, helpers: JobHelpers) => attemptTask(job, helpers, rows, { ...options, lost }, tally);
  const ask = async (job: unknown) => {
    const { kind, _cron } = scheduleSchema.parse(job);
    if (schedules.some((schedule) => schedule.kind === kind && schedule.due(new Date(_cron.ts)))) await rows.request(kind, SCHEDULE);
  };
  const kinds = Object.keys(options.handlers).map((kind) => [jobName(clientId, kind), attempt] as const);
  return {
    pgPool: pool,
    schema: QUEUE,
    noHandleSignals: true,
    concurrency: options.concurrency,
    gracefulShutdownAbortTimeout: options.drain,
    taskList: Object.fromEntries([...kinds, [jobName(clientId, SCHEDULE), ask]]),
    parsedCronItems: graphile.parseCronItems(
      schedules.map(({ kind, cron, late }) => ({
        task: jobName(clientId, SCHEDULE),
        match: cron,
        identifier: jobName(clientId, kind),
        payload: { kind },
        options: { backfillPeriod: late, maxAttempts: 3 },
      })),
    ),
    // What a task came to is said already; what else goes wrong, a person wants to see.
    logger: new graphile.Logger(
      () => (level, text, about) => say(level.toString() === 'error' && about?.['failure'] !== true ? 'warning' : 'debug', redact(text)),
    ),
    preset: {
      // At once, and waited for at the stop: unless told, nobody waits for the answer.
      worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 },
      plugins: [
        {
          name: 'odoo-ops-presence',
          version: '1.0.0',
          worker: { hooks: { startWorker: (_context, { worker }) => hold(worker.workerPool.id) } },
        },
      ],
    },
  };
}
