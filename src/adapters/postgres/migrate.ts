import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import * as z from 'zod';
import { OpsError } from '../../core/errors.ts';
import { withConnection, type ConnectionOptions } from './connection.ts';

/** One of our migrations, and what a database says of it. */
export interface MigrationStatus {
  name: string;
  /** `elsewhere`: by another tool, such as the Supabase CLI, which keeps no hash. */
  state: 'applied' | 'elsewhere' | 'pending' | 'changed' | 'unknown';
  applied_at: string | null;
}

const appliedSchema = z.array(z.object({ name: z.string(), sha256: z.string().nullable(), applied_at: z.date() }));

// Any number that is ours: two processes that migrate wait for each other.
const LOCK = 1_330_663_543;
/** Milliseconds: an index on a large table, or another process that migrates, may take longer than an ordinary question. */
const TIMEOUT = 120_000;

/** A file of the folder. */
export interface Migration {
  name: string;
  sql: string;
  sha256: string;
}

/** The migrations of a folder, in order. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), 'utf8');
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function readStatus(client: Client, migrations: readonly Migration[]): Promise<MigrationStatus[]> {
  const { rows: found } = await client.query("select to_regclass('ops.schema_migrations') is not null as there");
  const there = z.array(z.object({ there: z.boolean() })).parse(found)[0]?.there ?? false;
  const { rows } = there ? await client.query('select name, sha256, applied_at from ops.schema_migrations') : { rows: [] };
  const applied = new Map(appliedSchema.parse(rows).map((row) => [row.name, row]));
  const ours = migrations.map(({ name, sha256 }): MigrationStatus => {
    const row = applied.get(name);
    applied.delete(name);
    if (!row) return { name, state: 'pending', applied_at: null };
    const state = row.sha256 === null ? 'elsewhere' : row.sha256 === sha256 ? 'applied' : 'changed';
    return { name, state, applied_at: row.applied_at.toISOString() };
  });
  const unknown = [...applied.values()].map(({ name, applied_at }): MigrationStatus => ({
    name,
    state: 'unknown',
    applied_at: applied_at.toISOString(),
  }));
  return [...ours, ...unknown];
}

/** What the database has of our migrations, and what it has that we do not know. @throws OpsError `unreachable` */
export async function migrationStatus(options: ConnectionOptions, folder: string): Promise<MigrationStatus[]> {
  const migrations = await readMigrations(folder);
  return withConnection(options, (client) => readStatus(client, migrations));
}

function refuse(status: readonly MigrationStatus[]): void {
  const changed = status.find(({ state }) => state === 'changed');
  if (changed) {
    throw new OpsError('failed', `Migration ${changed.name} was changed after it was applied.`, {
      hint: 'Migrations are never edited: add a new one.',
    });
  }
  const unknown = status.filter(({ state }) => state === 'unknown').map(({ name }) => name);
  if (unknown.length > 0) {
    throw new OpsError('failed', `The schema has migrations that this odoo-ops does not know: ${unknown.join(', ')}.`, {
      hint: 'It is newer: update odoo-ops. If it is from before the first release: move it away (alter schema ops rename to ops_old), migrate, and run `odoo-ops evidence sync`, which fills it again.',
    });
  }
}

/** What the migrations need of the user that applies them. */
const RIGHTS =
  'The user needs CREATE on the database, and CREATEROLE unless an administrator has made the roles: create role anon; create role authenticated; create role service_role bypassrls;';

async function apply(client: Client, { name, sql, sha256 }: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('update ops.schema_migrations set sha256 = $2 where name = $1', [name, sha256]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw new OpsError('failed', `Migration ${name} cannot be applied: ${error instanceof Error ? error.message : String(error)}`, {
      hint: `Nothing of it was kept. ${(error as { code?: string }).code === '42501' ? RIGHTS : ''}`.trim(),
      cause: error,
    });
  }
}

/**
 * Where the Supabase CLI keeps its history, it learns what is applied: `supabase db push` would apply it a second time. Each time, for the
 * history may have come later than the schema.
 */
async function tellSupabase(client: Client, names: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>(
    "select to_regclass('supabase_migrations.schema_migrations') is not null as there",
  );
  if (rows[0]?.there !== true) return;
  for (const name of names) {
    const [, version = '', title = ''] = /^(\d+)_(.*)\.sql$/.exec(name) ?? [];
    await client.query('insert into supabase_migrations.schema_migrations (version, name) values ($1, $2) on conflict do nothing', [
      version,
      title,
    ]);
  }
}

/**
 * Brings schema `ops` up to date, each file in a transaction, two processes never at once.
 * @param folder holds the `.sql` files, in the order of their names; each names itself in `ops.schema_migrations`
 * @returns names of the migrations that were applied now
 * @throws OpsError `failed` where an applied file was edited since, or the schema is not ours or newer
 */
export async function migrate(options: ConnectionOptions, folder: string): Promise<string[]> {
  const migrations = await readMigrations(folder);
  return withConnection({ ...options, timeout: TIMEOUT }, async (client) => {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    const status = await readStatus(client, migrations);
    refuse(status);
    const pending = migrations.filter((_, index) => status[index]?.state === 'pending');
    for (const migration of pending) await apply(client, migration);
    await tellSupabase(
      client,
      migrations.map(({ name }) => name),
    );
    // PostgREST learns of new functions and columns.
    if (pending.length > 0) await client.query("notify pgrst, 'reload schema'");
    return pending.map(({ name }) => name);
  });
}
