import type { Client } from 'pg';
import { OpsError, toOpsError } from '../../core/errors.ts';

export interface ConnectionOptions {
  /** Connection string; a secret. */
  url: string;
  /** Milliseconds for connecting, and for each statement. */
  timeout: number;
  signal: AbortSignal;
}

/** What a PostgreSQL error means for a person; the connection string never stands in it. */
export function controlPlaneError(error: unknown): OpsError {
  if (error instanceof OpsError) return error;
  const { code } = error as { code?: string };
  if (code === '3F000' || code === '42P01' || code === '42703') {
    return new OpsError('unreachable', 'The control plane has no schema "ops", or an older one.', {
      hint: 'Run `odoo-ops control-plane migrate`.',
      cause: error,
    });
  }
  if (code === '28P01' || code === '28000' || code === '42501') {
    return new OpsError('unreachable', 'The control plane refuses this user.', {
      hint: 'Check the connection string in the environment.',
      cause: error,
    });
  }
  // An AggregateError (both addresses of localhost refused) has no message of its own.
  const message = error instanceof Error ? error.message : String(error);
  const reason = message === '' ? (code ?? 'no reason given') : message;
  return new OpsError('unreachable', `The control plane does not answer: ${reason}`, {
    hint: 'Records wait on disk; `odoo-ops evidence sync` delivers them later.',
    cause: error,
  });
}

/** Runs `use` on a connection that is closed in any case. @throws OpsError `unreachable` or `cancelled` */
export async function withConnection<T>({ url, timeout, signal }: ConnectionOptions, use: (client: Client) => Promise<T>): Promise<T> {
  const { default: PgClient } = await import('pg/lib/client.js');
  const isAborted = () => signal.aborted;
  // Only now: an abort during the wait fires no event afterwards.
  if (isAborted()) throw toOpsError(signal.reason);
  let client: Client;
  try {
    client = new PgClient({
      connectionString: url,
      application_name: 'odoo-ops',
      connectionTimeoutMillis: timeout,
      query_timeout: timeout,
      statement_timeout: timeout,
    });
  } catch (error) {
    throw new OpsError('config', 'The connection string of the control plane is not one.', {
      hint: 'Expected postgresql://user:password@host:5432/database.',
      cause: error,
    });
  }
  // A connection that breaks while idle must not end the program; the next query reports it.
  client.on('error', () => undefined);
  let abort: () => void = () => undefined;
  // `end` waits for a server that may say nothing, so a cancel does not wait for it.
  const aborted = new Promise<never>((_, reject) => {
    abort = () => {
      client.connection.stream.destroy();
      reject(signal.reason as Error);
    };
  });
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([aborted, client.connect().then(() => use(client))]);
  } catch (error) {
    if (isAborted()) throw toOpsError(signal.reason);
    throw controlPlaneError(error);
  } finally {
    signal.removeEventListener('abort', abort);
    void client.end().catch(() => undefined);
  }
}
