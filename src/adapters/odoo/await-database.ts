import { setTimeout as delay } from 'node:timers/promises';
import type { DatabaseConnection } from '../../core/devserver/odoo-conf.ts';
import type { DevEvent } from '../../core/devserver/events.ts';
import { isNoAnswer, requireDatabase } from './database.ts';
import { startCancelled } from './until-ready.ts';

export interface AwaitDatabase {
  connection: DatabaseConnection;
  database: string;
  /** Whether modules will be installed, which is what an empty database is for. */
  installs: boolean;
  signal: AbortSignal;
  onEvent: (event: DevEvent) => void;
  lookEveryMs?: number;
  sayEveryMs?: number;
}

/**
 * As `requireDatabase`, but where PostgreSQL does not answer it waits for it, and says so at once and every 10 s.
 * @throws OpsError `usage` or `unreachable` as there, for what waiting does not mend; `cancelled` by the signal.
 */
export async function awaitDatabase(what: AwaitDatabase): Promise<void> {
  const { connection, database, installs, signal, onEvent, lookEveryMs = 1000, sayEveryMs = 10_000 } = what;
  let saidAt = -Infinity;
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(startCancelled()), { once: true });
  });
  aborted.catch(() => undefined); // most starts are never aborted, and nobody waits for it then
  for (;;) {
    try {
      await Promise.race([requireDatabase(connection, database, installs), aborted]);
      return;
    } catch (error) {
      if (signal.aborted) throw startCancelled();
      if (!isNoAnswer(error)) throw error;
      if (performance.now() - saidAt >= sayEveryMs) {
        saidAt = performance.now();
        onEvent({ type: 'waiting', for: 'postgresql', message: `${error.message} Odoo starts when it does.` });
      }
      await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
