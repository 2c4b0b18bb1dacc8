import { hostname } from 'node:os';
import { postgresControlPlane } from '../../adapters/postgres/control-plane.ts';
import { work, type Tally, type TaskHandler } from '../../adapters/postgres/worker.ts';
import { createRedactor } from '../../core/evidence/redact.ts';
import { SCHEDULES, TASK_LIMITS } from '../../core/tasks/kinds.ts';
import { kindsOf } from '../../core/tasks/host.ts';
import type { TaskKind } from '../../core/tasks/names.ts';
import { isDue } from '../../core/tasks/due.ts';
import { parseTask, type TaskResult } from '../../core/tasks/task.ts';
import { requireConnection } from '../control-plane/open.ts';
import { requireSoundSchema } from '../control-plane/sound.ts';
import { openWorkspace, say, type Workspace } from '../workspace.ts';
import { wakeVisited } from '../pr-environments/waker.ts';
import { HANDLERS } from './handlers.ts';

export interface RunOptions {
  /** Tasks at a time. */
  concurrency: number;
  /** Milliseconds that running tasks have to end after the stop. */
  drain: number;
  /** Does what is there, and ends. */
  once: boolean;
}

/** Milliseconds between two looks at the queue. */
const PULSE = 3000;

/** Each task opens the repository anew: its configuration may have changed, and its git commands end with the task. */
async function runTask(
  { root, environment, context }: Workspace,
  { kind, payload }: { kind: TaskKind; payload: unknown },
  signal: AbortSignal,
): Promise<TaskResult> {
  const task = parseTask(kind, payload);
  const workspace = await openWorkspace(root, { signal, report: context.report }, environment);
  const run = HANDLERS[task.kind] as (workspace: Workspace, payload: unknown) => Promise<TaskResult>;
  return run(workspace, task.payload);
}

/**
 * Does the tasks of this repository's client, in this clone, until the signal fires.
 * @throws OpsError `usage` without a connection to PostgreSQL, `config` where its user is not the owner of the schema, `unreachable`
 */
export async function runWorker(workspace: Workspace, options: RunOptions): Promise<Tally> {
  const { config, environment, context } = workspace;
  const { client_id: clientId } = config.control_plane;
  const connection = await requireConnection(workspace);
  await requireSoundSchema(postgresControlPlane(connection, clientId));
  const handler = (kind: TaskKind): TaskHandler => ({
    ...TASK_LIMITS[kind],
    run: (payload, signal) => runTask(workspace, { kind, payload }, signal),
  });
  const name = `${hostname()}:${process.pid}`;
  const kinds = kindsOf(config, environment);
  say(context, `Worker ${name} of ${clientId} looks for tasks: ${kinds.join(', ')}.`);
  const waker = options.once || !kinds.includes('sweep') ? null : wakeVisited(workspace);
  const tally = await work(connection, {
    ...options,
    clientId,
    name,
    pulse: PULSE,
    handlers: Object.fromEntries(kinds.map((kind) => [kind, handler(kind)])),
    schedules: options.once
      ? []
      : SCHEDULES.filter(({ kind }) => kinds.includes(kind)).map((schedule) => ({
          ...schedule,
          due: (at: Date) => isDue(schedule, at, config.evidence.time_zone),
        })),
    say: (level, text) => say(context, text, level),
    redact: createRedactor(environment),
  });
  await waker;
  return tally;
}
