import { OpsError } from '../../core/errors.ts';
import type { Attempt } from '../../core/pr-environments/identity.ts';
import type { Session } from '../evidence/session.ts';
import type { Platform } from './platform.ts';

export interface Copy {
  strategy: string;
  bytes: number;
  /** `database.uuid` of what it was copied from; null for a fresh one. */
  sourceUuid: string | null;
}

/** Role and database of an environment: a copy of the kept template, or an empty one that Odoo fills. */
export async function copyDatabase(
  { server }: Platform,
  session: Session,
  { from, attempt, password, signal }: { from: string | null; attempt: Attempt; password: string; signal: AbortSignal },
): Promise<Copy> {
  const { strategy, bytes, ms } = await server.createDatabase(attempt, { from, password, stamp: attempt.stamp }, signal);
  session.log('database.log')(`${from === null ? 'empty' : `from ${from}`} by ${strategy}: ${bytes} bytes in ${Math.round(ms)} ms`);
  return { strategy, bytes, sourceUuid: from === null ? null : await uuidOf(server, attempt, password, signal) };
}

async function uuidOf(server: Platform['server'], { identity }: Attempt, password: string, signal: AbortSignal): Promise<string | null> {
  const sql = "select value from public.ir_config_parameter where key = 'database.uuid'";
  const [row] = (await server.run(identity, password, sql, [], signal)) as { value?: unknown }[];
  if (row === undefined)
    throw new OpsError('rejected', 'The template has no database.uuid: is it a database of Odoo?', {
      hint: 'Make it again: `odoo-ops pr template`.',
    });
  return typeof row.value === 'string' ? row.value : null;
}
