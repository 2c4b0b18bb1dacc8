import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { isSqlState } from '../../../core/control-plane/sql-state.ts';
import { OpsError, toOpsError } from '../../../core/errors.ts';
import { withConnection } from '../connection.ts';

export interface ServerOptions {
  /**
   * Connection string of a role that may create roles and databases; a secret. Whoever shares environments names the same database in
   * it: claims are seen within one.
   */
  url: string;
  /** Milliseconds for connecting, and for each question; work on databases has its own. */
  timeout: number;
}

/** Milliseconds that copying a database, or one statement in it, may take. */
export const LONG = 15 * 60_000;
/** Milliseconds that the server gets to stop what was cancelled. */
const STOPPING = 5000;

/** Passing troubles: connection, resources, a server that goes down or comes up. */
const AWAY = /^(?:08|53|57P|58|F0|XX)/;

/** What an error of the database server means for a person; the connection string never stands in it. */
export function serverError(error: unknown): OpsError {
  if (error instanceof OpsError) return error;
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const reason = message === '' ? (code === '' ? 'no reason given' : code) : message;
  const options = { cause: error, details: { sqlstate: code } };
  if (code === '57014') return new OpsError('timeout', `The database server took longer than it may: ${reason}`, options);
  if (code.startsWith('28')) {
    const hint = 'Check the connection string, and pg_hba.conf of the server.';
    return new OpsError('rejected', `The database server does not let this role in: ${reason}`, { ...options, hint });
  }
  if (code === '42501') {
    const hint = 'The role needs CREATEDB and CREATEROLE, and whatever it copies has to be its own.';
    return new OpsError('rejected', `The database server does not allow this: ${reason}`, { ...options, hint });
  }
  if (isSqlState(code) && !AWAY.test(code)) return new OpsError('rejected', `The database server does not take this: ${reason}`, options);
  const hint = 'Is it running, and is the connection string right?';
  return new OpsError('unreachable', `The database server does not answer: ${reason}`, { ...options, hint });
}

export interface Target {
  /** A connection string; that of the server unless told. */
  url?: string;
  /** Milliseconds for a statement. */
  timeout?: number;
}

/**
 * Runs `use` on a connection of its own. Where the signal fires, the server is told to stop: a connection that merely breaks would let
 * it copy on, and a database would appear that nobody waits for.
 * @throws OpsError `unreachable`, `rejected`, `timeout` or `cancelled`
 */
export async function inSession<T>(
  server: ServerOptions,
  signal: AbortSignal,
  use: (client: Client) => Promise<T>,
  { url = server.url, timeout = server.timeout }: Target = {},
): Promise<T> {
  const isAborted = () => signal.aborted; // before the wait, and after it
  if (isAborted()) throw toOpsError(signal.reason);
  const broken = new AbortController();
  const settled = new AbortController();
  let pid: number | null = null;
  const stop = async (): Promise<void> => {
    const until = Date.now() + STOPPING;
    // Again and again: a cancel between two statements hits none.
    while (pid !== null && !settled.signal.aborted && Date.now() < until) {
      await cancelBackend(server, pid);
      await sleep(200, undefined, { signal: settled.signal }).catch(() => undefined);
    }
    broken.abort(signal.reason);
  };
  const onAbort = () => void stop().catch(() => broken.abort(signal.reason));
  signal.addEventListener('abort', onAbort, { once: true });
  const options = { url, timeout, connectTimeout: server.timeout, signal: broken.signal, toError: serverError };
  try {
    return await withConnection(options, async (client) => {
      const { rows } = await client.query<{ pid: number }>(
        `select pg_catalog.pg_backend_pid() as pid, pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false)`,
      );
      pid = rows[0]?.pid ?? null;
      if (broken.signal.aborted) throw toOpsError(signal.reason);
      return use(client);
    });
  } catch (error) {
    throw isAborted() ? toOpsError(signal.reason) : error;
  } finally {
    settled.abort();
    signal.removeEventListener('abort', onAbort);
  }
}

async function cancelBackend(server: ServerOptions, pid: number): Promise<void> {
  const options = { url: server.url, timeout: 2000, signal: AbortSignal.timeout(STOPPING), toError: serverError };
  await withConnection(options, (client) => client.query('select pg_catalog.pg_cancel_backend($1)', [pid])).catch(() => undefined);
}

/** Everything in one transaction. */
export async function inTransaction<T>(client: Client, use: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await use();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
