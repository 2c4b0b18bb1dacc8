import type { Client } from 'pg';
import { isSqlState, sqlStateError } from '../../core/control-plane/sql-state.ts';
import { OpsError, toOpsError } from '../../core/errors.ts';

export interface ConnectionOptions {
  /** Connection string; a secret. */
  url: string;
  /** Milliseconds for connecting, and for each statement. */
  timeout: number;
  /** Milliseconds for connecting, where a statement may take longer than that. */
  connectTimeout?: number;
  signal: AbortSignal;
  /** What an error means, where it is not the control plane that is asked. */
  toError?: (error: unknown) => OpsError;
}

/** What a PostgreSQL error means for a person; the connection string never stands in it. */
export function controlPlaneError(error: unknown): OpsError {
  if (error instanceof OpsError) return error;
  const { code = '' } = error as { code?: string };
  // An AggregateError (both addresses of localhost refused) has no message of its own.
  const message = error instanceof Error ? error.message : String(error);
  if (isSqlState(code)) return sqlStateError(code, message, error);
  const reason = message === '' ? (code === '' ? 'no reason given' : code) : message;
  return new OpsError('unreachable', `The control plane does not answer: ${reason}`, {
    hint: 'Records wait on disk; `odoo-ops evidence sync` delivers them later.',
    cause: error,
  });
}

async function connect({ url, timeout, connectTimeout = timeout }: ConnectionOptions): Promise<Client> {
  const { default: PgClient } = await import('pg/lib/client.js');
  try {
    const client = new PgClient({
      connectionString: url,
      application_name: 'odoo-ops',
      connectionTimeoutMillis: connectTimeout,
      query_timeout: timeout,
      statement_timeout: timeout,
    });
    // A connection that breaks while idle must not end the program; the next query reports it.
    client.on('error', () => undefined);
    return client;
  } catch (error) {
    throw new OpsError('config', 'The connection string is not one.', {
      hint: 'Expected postgresql://user:password@host:5432/database.',
      cause: error,
    });
  }
}

/** The socket, by what is asked of it: the types know it as a stream only. */
const socket = (client: Client) => client.connection.stream as unknown as Record<'ref' | 'unref' | 'destroy', () => void>;
// `end` waits for a server that may say nothing, and nobody waits for it.
const end = (client: Client): void => void client.end().catch(() => undefined);

/** Runs `use` until it ends or the signal fires, which breaks the connection. */
async function untilAborted<T>(
  client: Client,
  { signal, toError = controlPlaneError }: ConnectionOptions,
  use: () => Promise<T>,
): Promise<T> {
  const isAborted = () => signal.aborted; // before the wait, and after it
  // It may have fired while the client was loaded, and fires no event any more.
  if (isAborted()) throw toOpsError(signal.reason);
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => {
      socket(client).destroy();
      reject(signal.reason as Error);
    };
  });
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([aborted, use()]);
  } catch (error) {
    throw isAborted() ? toOpsError(signal.reason) : toError(error);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Runs `use` on a connection that is closed in any case. @throws OpsError `unreachable`, `rejected` or `cancelled` */
export async function withConnection<T>(options: ConnectionOptions, use: (client: Client) => Promise<T>): Promise<T> {
  const { signal } = options;
  if (signal.aborted) throw toOpsError(signal.reason);
  const client = await connect(options);
  try {
    return await untilAborted(client, options, () => client.connect().then(() => use(client)));
  } finally {
    end(client);
  }
}

/** Milliseconds that an idle connection is kept for the next question: each act has one of its own, and a server has a hundred. */
const IDLE = 250;

/**
 * One connection for several questions, one after the other: made at the first, closed when none came for a while. It keeps no program
 * alive.
 * @returns runs a function on it, with the errors of `withConnection`
 */
export function keptConnection(options: ConnectionOptions): <T>(use: (client: Client) => Promise<T>) => Promise<T> {
  const { signal } = options;
  let client: Client | undefined;
  let idle: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const drop = () => {
    clearTimeout(idle);
    if (client) end(client);
    client = undefined;
  };
  const run = async <T>(use: (open: Client) => Promise<T>): Promise<T> => {
    clearTimeout(idle);
    if (signal.aborted) throw toOpsError(signal.reason);
    const open = client ?? (await connect(options));
    try {
      const result = await untilAborted(open, options, async () => {
        if (client) socket(open).ref();
        else await open.connect();
        return use(open);
      });
      client = open;
      socket(open).unref();
      idle = setTimeout(drop, IDLE);
      idle.unref();
      return result;
    } catch (error) {
      // Its state is not known, and a broken one would fail the next question too.
      client = open;
      drop();
      throw error;
    }
  };
  return (use) => {
    const result = last.then(() => run(use));
    last = result.catch(() => undefined);
    return result;
  };
}
