import type { DatabaseConnection } from '../../core/devserver/odoo-conf.ts';
import type { DevServerOptions } from '../../core/devserver/options.ts';
import { readDatabaseConnection } from './database.ts';
import { resolveRunAs } from './run-as.ts';
import type { RunAs } from './run-as.ts';

/** Odoo's environment: ours, then the options'. */
export function environmentOf(options: DevServerOptions): Record<string, string | undefined> {
  return { ...process.env, ...options.env };
}

/** How to reach the database as the server does: as the user that it runs as. */
export async function connectionOf(options: DevServerOptions): Promise<{ connection: DatabaseConnection; runAs: RunAs | undefined }> {
  const env = environmentOf(options);
  const runAs = await resolveRunAs(env);
  const connection = await readDatabaseConnection({ ...env, HOME: runAs?.home ?? env['HOME'] }, options.configFile);
  if (connection.user === '' && runAs !== undefined) connection.user = runAs.user; // libpq's default: who asks
  return { connection, runAs };
}
