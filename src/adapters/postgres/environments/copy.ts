import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { OpsError } from '../../../core/errors.ts';
import type { CopyStrategy } from '../../../core/pr-environments/database-server.ts';
import { ourRoles } from './inventory.ts';
import { identifier } from './sql.ts';

/**
 * Bytes from which copying files is faster than copying pages through the log. Measured on two cores and ext4, in milliseconds,
 * `WAL_LOG` / `FILE_COPY` / `FILE_COPY` with clone, which is `copy_file_range` (no reflink there, where it would take no time at all):
 *
 * |         | PostgreSQL 15 | PostgreSQL 18      |
 * |---------|---------------|--------------------|
 * | 31 MB   | 340 / 500     | 490 / 540 / 640    |
 * | 80 MB   | 430 / 510     | 600 / 490 / 670    |
 * | 314 MB  | 850 / 640     | 1150 / 670 / 870   |
 * | 2 GB    | 4650 / 3900   | 6430 / 4250 / 1980 |
 *
 * A file copy begins and ends with a checkpoint, so that in a busy server it also costs others something: small ones go through the log.
 */
const LARGE = 128 * 2 ** 20;
const TRIES = 5;
/** Milliseconds until the next try; the server itself waits five seconds in each. */
const RETRY = 300;

export interface CopyOptions {
  name: string;
  owner: string;
  /** A database; null for an empty one. */
  from: string | null;
}

async function strategyOf(client: Client, from: string | null): Promise<CopyStrategy> {
  if (from === null) return 'empty';
  const { rows } = await client.query<{ large: boolean; clones: boolean }>(
    `select pg_database_size($1::name) > $2 as large,
       exists (select from pg_settings where name = 'file_copy_method' and 'clone' = any (enumvals)) as clones`,
    [from, LARGE],
  );
  if (rows[0]?.large !== true) return 'wal_log';
  return rows[0].clones ? 'file_copy_clone' : 'file_copy';
}

const HOW: Record<Exclude<CopyStrategy, 'empty'>, string> = { wal_log: 'wal_log', file_copy: 'file_copy', file_copy_clone: 'file_copy' };

async function create(client: Client, { name, owner, from }: CopyOptions, strategy: CopyStrategy): Promise<void> {
  // As Odoo makes its own: bytes in the order of their values.
  const source =
    strategy === 'empty' || from === null
      ? `template template0 encoding 'UTF8' lc_collate 'C'`
      : `template ${identifier(from)} strategy ${HOW[strategy]}`;
  if (strategy === 'file_copy_clone') await client.query('set file_copy_method = clone');
  // Closed until nobody but its owner may come in.
  await client.query(`create database ${identifier(name)} owner ${identifier(owner)} ${source} allow_connections false`);
}

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? '';

/** Ends what our own roles and jobs still do in a database. @returns who else works in it, for people */
async function endOurSessions(client: Client, database: string): Promise<string[]> {
  const ours = (await ourRoles(client)).map(({ name }) => name);
  const { rows } = await client.query<{ who: string; ours: boolean; pid: number }>(
    `select pid, usename || case when application_name = '' then '' else ' (' || application_name || ')' end as who,
       usename = any ($2) or usename = current_user and starts_with(application_name, 'odoo-ops') as ours
     from pg_stat_activity where datname = $1 and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    [database, ours],
  );
  for (const { pid } of rows.filter((row) => row.ours)) await client.query('select pg_terminate_backend($1, 2000)', [pid]);
  return rows.filter((row) => !row.ours).map(({ who }) => who);
}

/**
 * Copies a database; it stays closed. What is in it keeps its owners.
 * @throws OpsError `rejected` where others go on working in what is copied
 */
export async function copyDatabase(client: Client, options: CopyOptions, tries = TRIES): Promise<CopyStrategy> {
  let strategy = await strategyOf(client, options.from);
  if (options.from !== null) await endOurSessions(client, options.from);
  for (let attempt = 1; ; attempt++) {
    try {
      await create(client, options, strategy);
      return strategy;
    } catch (error) {
      // 55006: somebody works in what is copied. 58030, 0A000: the file system (or the kernel) cannot clone.
      if (codeOf(error) !== '55006' && strategy === 'file_copy_clone') strategy = 'file_copy';
      else if (codeOf(error) !== '55006' || options.from === null) throw error;
      else {
        const others = await endOurSessions(client, options.from);
        if (attempt >= tries) throw inUse(options.from, others, error);
        await sleep(RETRY);
      }
    }
  }
}

const inUse = (database: string, others: readonly string[], cause: unknown): OpsError =>
  new OpsError(
    'rejected',
    `${database} cannot be copied while others work in it: ${[...new Set(others)].join(', ') || 'nobody knows who'}.`,
    {
      hint: 'End those sessions, or wait for them. Templates are closed: somebody opened this one.',
      cause,
      details: { database, sessions: others.length },
    },
  );
