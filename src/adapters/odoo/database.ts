import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { databaseConnection, parseOdooConf } from '../../core/devserver/odoo-conf.ts';
import type { DatabaseConnection } from '../../core/devserver/odoo-conf.ts';
import { isOpsError, OpsError, toOpsError } from '../../core/errors.ts';

/** `empty`: PostgreSQL has the database, and no Odoo was ever installed in it. */
export type DatabaseState = 'missing' | 'empty' | 'odoo';

const ANSWER_WITHIN_MS = 10_000;

/**
 * The connection that Odoo will use: PG* variables over the odoo.conf given, over `ODOO_RC`, over `~/.odoorc`.
 * @throws OpsError `usage` where the file given cannot be read.
 */
export async function readDatabaseConnection(
  env: Readonly<Record<string, string | undefined>>,
  configFile?: string,
): Promise<DatabaseConnection> {
  const path = configFile ?? env['ODOO_RC'] ?? join(env['HOME'] ?? homedir(), '.odoorc');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (configFile === undefined) return ''; // as Odoo: only a file that was asked for must be there
    throw new OpsError('usage', `The configuration file ${path} cannot be read.`, { cause, hint: 'Create it, or start without it.' });
  });
  return databaseConnection(env, parseOdooConf(text));
}

/** Where libpq, and so Odoo, goes without a host: the socket. `pg` would go to localhost, and may be refused there. */
function defaultHost(): string {
  return ['/var/run/postgresql', '/tmp'].find((folder) => existsSync(join(folder, '.s.PGSQL.5432'))) ?? 'localhost';
}

async function withClient<T>(
  connection: DatabaseConnection,
  database: string,
  work: (query: (sql: string) => Promise<unknown[]>) => Promise<T>,
): Promise<T> {
  const { default: Client } = await import('pg/lib/client.js');
  const client = new Client({
    host: connection.host || defaultHost(),
    port: connection.port,
    user: connection.user || userInfo().username,
    password: connection.password || undefined,
    database,
    // libpq's `prefer` falls back to plain text; `pg` cannot, so only what demands TLS gets it.
    ssl: connection.sslmode.startsWith('verify') ? true : connection.sslmode === 'require' ? { rejectUnauthorized: false } : false,
    connectionTimeoutMillis: ANSWER_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    application_name: 'odoo-ops',
  });
  client.on('error', () => undefined); // a connection that breaks also rejects the query, where it is handled
  try {
    await client.connect();
    return await work(async (sql) => (await client.query<Record<string, unknown>>(sql)).rows);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Asks the database itself, not the list of databases: in a shared cluster an environment's role may connect to nothing else.
 * @throws OpsError `unreachable` where PostgreSQL does not answer, or refuses the role.
 */
export async function inspectDatabase(connection: DatabaseConnection, name: string): Promise<DatabaseState> {
  try {
    const [row] = await withClient(connection, name, (query) => query("SELECT to_regclass('ir_module_module') AS modules"));
    return (row as { modules: string | null } | undefined)?.modules == null ? 'empty' : 'odoo';
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (code === '3D000') return 'missing'; // invalid_catalog_name
    const server = `${connection.host || defaultHost()}:${connection.port ?? 5432}`;
    const refused = code.startsWith('28') || code === '42501';
    throw new OpsError(
      'unreachable',
      refused ? `PostgreSQL at ${server} refuses this role for ${name}.` : `PostgreSQL at ${server} does not answer.`,
      {
        cause: error,
        details: { server, database: name, user: connection.user, code, refused, reason: toOpsError(error).message },
        hint: refused
          ? 'Check PGUSER and PGPASSWORD, or db_user and db_password in odoo.conf.'
          : 'Start PostgreSQL, or correct PGHOST and PGPORT.',
      },
    );
  }
}

/** True for an error of `inspectDatabase` that time can mend: PostgreSQL does not answer. One that refuses the role stays. */
export const isNoAnswer = (error: unknown): error is OpsError => isOpsError(error, 'unreachable') && error.details['refused'] === false;

/** The databases that this role could have meant; nothing where it may not look. */
async function otherDatabases(connection: DatabaseConnection): Promise<string[]> {
  const sql = "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY datname LIMIT 10";
  const rows = await withClient(connection, 'postgres', (query) => query(sql)).catch(() => []);
  return rows.map((row) => (row as { datname: string }).datname);
}

/** The modules that are installed in a database; undefined where it cannot be asked. */
export async function installedModules(connection: DatabaseConnection, name: string): Promise<string[] | undefined> {
  const sql = "SELECT name FROM ir_module_module WHERE state IN ('installed', 'to upgrade') ORDER BY name";
  const rows = await withClient(connection, name, (query) => query(sql)).catch(() => undefined);
  return rows?.map((row) => (row as { name: string }).name);
}

/**
 * Odoo creates a database whose name it does not know, and says nothing: so a typo is caught here.
 * @param installs whether modules will be installed, which is what an empty database is for.
 * @throws OpsError `usage` where there is no such database, or no Odoo in it; `unreachable` as above.
 */
export async function requireDatabase(connection: DatabaseConnection, name: string, installs: boolean): Promise<void> {
  const state = await inspectDatabase(connection, name);
  if (state === 'missing') {
    const others = await otherDatabases(connection);
    throw new OpsError('usage', `There is no database ${name}.`, {
      details: { database: name, others },
      hint:
        others.length > 0
          ? `There are: ${others.join(', ')}. To make a new one, create it first (createdb ${name}).`
          : `Create it first (createdb ${name}).`,
    });
  }
  if (state === 'empty' && !installs) {
    throw new OpsError('usage', `The database ${name} has no Odoo in it.`, {
      hint: 'Start once with modules to install, for instance `base`.',
    });
  }
}
