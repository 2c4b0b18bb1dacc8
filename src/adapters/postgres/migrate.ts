import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { OpsError } from '../../core/errors.ts';
import { withConnection, type ConnectionOptions } from './connection.ts';

const appliedSchema = z.array(z.object({ name: z.string(), sha256: z.string() }));

// Any number that is ours: two processes that migrate wait for each other.
const LOCK = 1_330_663_543;

/**
 * Brings schema `ops` up to date, each file in a transaction, two processes never at once.
 * @param folder holds the `.sql` files, in the order of their names
 * @returns names of the migrations that were applied now
 * @throws OpsError `failed` where an applied file was edited since
 */
export async function migrate(options: ConnectionOptions, folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return withConnection(options, async (client) => {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query('create schema if not exists ops');
    await client.query(
      'create table if not exists ops.schema_migrations (name text primary key, sha256 text not null, applied_at timestamptz not null default now())',
    );
    const { rows } = await client.query('select name, sha256 from ops.schema_migrations');
    const applied = new Map(appliedSchema.parse(rows).map(({ name, sha256 }) => [name, sha256]));
    const done: string[] = [];
    for (const name of names) {
      const sql = await readFile(join(folder, name), 'utf8');
      const sha256 = createHash('sha256').update(sql).digest('hex');
      const before = applied.get(name);
      if (before === sha256) continue;
      if (before !== undefined) {
        throw new OpsError('failed', `Migration ${name} was changed after it was applied.`, {
          hint: 'Migrations are never edited: add a new one.',
        });
      }
      await client.query('begin');
      await client.query(sql).catch((error: unknown) => {
        throw new OpsError('failed', `Migration ${name} cannot be applied: ${error instanceof Error ? error.message : String(error)}`, {
          hint: 'Nothing of it was kept.',
          cause: error,
        });
      });
      await client.query('insert into ops.schema_migrations (name, sha256) values ($1, $2)', [name, sha256]);
      await client.query('commit');
      done.push(name);
    }
    return done;
  });
}
