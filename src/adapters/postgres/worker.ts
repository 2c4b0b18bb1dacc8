import { EventEmitter } from 'node:events';
import type { RunnerOptions, WorkerEvents, WorkerPool } from 'graphile-worker';
import type { Client, Notification } from 'pg';
import { toOpsError } from '../../core/errors.ts';
import { controlPlaneError, withConnection, type ConnectionOptions } from './connection.ts';
import type { Tally } from './worker-job.ts';
import { alone, giveBack, hold, introduce, lookAfter, type Presence } from './worker-presence.ts';
import { graphileSettings, openPool, type Graphile, type WorkerOptions } from './worker-settings.ts';

export type { Tally, TaskHandler } from './worker-job.ts';
export type { WorkerOptions } from './worker-settings.ts';

/** Milliseconds: a server that is slow for a moment must not make every worker give up its tasks. */
const PATIENCE = 30_000;

/** Looks after the queue whenever something was asked for, and every `pulse` milliseconds. @returns ends it */
async function keepLooking(client: Client, clientId: string, pulse: number, look: () => Promise<unknown>): Promise<() => void> {
  let [looking, asked] = [false, false];
  // However many ask during a look, one more finds all of it.
  const again = async () => {
    asked = true;
    if (looking) return;
    looking = true;
    while (asked) {
      asked = false;
      await look();
    }
    looking = false;
  };
  const onNotice = ({ payload }: Notification) => {
    if (payload === clientId) void again();
  };
  client.on('notification', onNotice);
  await client.query('listen ops_tasks');
  const timer = setInterval(() => void again(), pulse);
  return () => {
    clearInterval(timer);
    client.off('notification', onNotice);
  };
}

/** One after the other, whatever the one before came to. */
function inTurn(): <T>(use: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (use) => {
    const result = last.then(use);
    last = result.catch(() => undefined);
    return result;
  };
}

/** Starts the workers, and stops them when a signal fires: no new tasks are taken, and those that run get their time. */
async function runUntil(stops: readonly AbortSignal[], graphile: Graphile, settings: RunnerOptions, once: boolean): Promise<void> {
  let pool: WorkerPool | undefined;
  let stopping = false;
  const stop = () => {
    if (stopping || !pool) return;
    stopping = true;
    void Promise.resolve(pool.gracefulShutdown()).catch(() => undefined); // the promise of the runner tells it
  };
  const events: WorkerEvents = new EventEmitter();
  events.once('pool:create', ({ workerPool }) => {
    pool = workerPool;
    if (stops.some(({ aborted }) => aborted)) setImmediate(stop);
  });
  events.once('pool:gracefulShutdown', () => (stopping = true));
  for (const each of stops) each.addEventListener('abort', stop);
  try {
    await (once ? graphile.runOnce({ ...settings, events }) : graphile.run({ ...settings, events }).then(({ promise }) => promise));
  } finally {
    for (const each of stops) each.removeEventListener('abort', stop);
  }
}

/**
 * Does tasks of a client until the signal of the connection fires: then it takes no new ones, gives running ones `drain` to end, and gives
 * back those that do not. Many may run, on many hosts. Each holds a lock by a connection of its own: jobs of one whose connection is gone
 * are given to others, and one that loses its connection stops, because others do its jobs already.
 * @throws OpsError `config` where this user is not the owner of the schema, `unreachable` where the connection is lost
 */
export async function work(connection: ConnectionOptions, options: WorkerOptions): Promise<Tally> {
  const { signal } = connection;
  if (signal.aborted) throw toOpsError(signal.reason);
  const graphile = await import('./sdk.ts');
  const lost = new AbortController();
  const tally: Tally = { passed: 0, failed: 0, retried: 0, returned: [] };
  const attempts = Object.fromEntries(Object.entries(options.handlers).map(([kind, handler]) => [kind, handler.attempts]));
  const presence: Presence = { clientId: options.clientId, attempts };
  // Not the signal of the stop: the lock is held until the last task has ended.
  const patient = { ...connection, timeout: Math.max(connection.timeout, PATIENCE), signal: new AbortController().signal };
  return withConnection(patient, async (client) => {
    const lose = (error: unknown) => lost.abort(controlPlaneError(error));
    client.once('end', () => lose(new Error('the connection was closed')));
    const turn = inTurn();
    /** @returns how many tasks were queued */
    const look = async (): Promise<number> => {
      const found = await turn(() => lookAfter(client, presence)).catch(lose);
      if (found?.dead.length) options.say('warning', `Given to others, because their worker is gone: jobs of ${found.dead.join(', ')}`);
      return found?.queued ?? 0;
    };
    const pool = openPool(graphile, connection, options);
    const settings = graphileSettings(graphile, pool, options, (id) => turn(() => hold(client, id)).catch(lose), lost.signal, tally);
    try {
      await introduce(client, presence);
      await alone(client, () => graphile.runMigrations(settings));
      await look();
      const stopLooking = options.once ? undefined : await keepLooking(client, options.clientId, options.pulse, look);
      await runUntil([signal, lost.signal], graphile, settings, options.once);
      // A look queues a part of very many, and others were asked for meanwhile.
      while (options.once && !signal.aborted && !lost.signal.aborted && (await look()) > 0)
        await runUntil([signal, lost.signal], graphile, settings, options.once);
      stopLooking?.();
      lost.signal.throwIfAborted();
      await turn(() => giveBack(client, tally.returned));
      return tally;
    } catch (error) {
      throw lost.signal.aborted ? toOpsError(lost.signal.reason) : error;
    } finally {
      await pool.end();
    }
  });
}
