import type { Client } from 'pg';
import { OpsError } from '../../core/errors.ts';
import {
  problemOf,
  type Expectations,
  type NeutralisationCheck,
  type NeutralisationProblem,
  type Offence,
} from '../../core/neutralisation/check.ts';
import { withConnection, type ConnectionOptions } from './connection.ts';

export interface VerifiedDatabase {
  database: string;
  /** Names of the checks that could be asked; the others have no table here, or nothing to compare with. */
  asked: string[];
  problems: NeutralisationProblem[];
}

/** What an error of an Odoo database means for a person; the connection string never stands in it. */
function databaseError(error: unknown): OpsError {
  if (error instanceof OpsError) return error;
  const { code = '', message = '' } = error as { code?: string; message?: string };
  if (code === '42501') {
    return new OpsError('rejected', `The database does not let itself be read: ${message}`, {
      hint: 'Connect as the role that owns it: it only reads.',
      cause: error,
    });
  }
  const reason = message === '' ? (code === '' ? 'no reason given' : code) : message;
  return new OpsError('unreachable', `The database does not answer: ${reason}`, {
    hint: 'Is it running, and is the connection string right?',
    cause: error,
  });
}

type Columns = ReadonlyMap<string, ReadonlySet<string>>;

async function columnsOf(client: Client, tables: readonly string[]): Promise<Columns> {
  const { rows } = await client.query<{ table: string; columns: string[] }>(
    `select class.relname as table, array_agg(attribute.attname::text) as columns
     from pg_catalog.pg_class as class
     join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
     join pg_catalog.pg_attribute as attribute on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
     where namespace.nspname = 'public' and class.relkind in ('r', 'p', 'v', 'm', 'f') and class.relname = any ($1::text[])
     group by class.relname`,
    [tables],
  );
  return new Map(rows.map(({ table, columns }) => [table, new Set(columns)]));
}

/** True where a check can be asked. @throws OpsError `rejected` for a table that is not the one that is meant: its answer would mean nothing */
function canAsk({ name, needs }: NeutralisationCheck, columns: Columns): boolean {
  const [first = ''] = Object.keys(needs);
  if (!columns.has(first)) return false;
  const missing = Object.entries(needs).flatMap(([table, own]) =>
    own.filter((column) => columns.get(table)?.has(column) !== true).map((column) => `${table}.${column}`),
  );
  if (missing.length === 0) return true;
  throw new OpsError('rejected', `The check ${name} cannot be asked: there is no ${missing.join(', ')}.`, {
    hint: 'Is it the database of an Odoo of another version?',
  });
}

/**
 * Asks a database of Odoo whether it is harmless. It only reads: one read-only transaction, in which every statement has its timeout.
 * @throws OpsError `unreachable`, `rejected` (it is no database of Odoo, or may not be read) or `cancelled`
 */
export async function verifyNeutralised(
  options: ConnectionOptions,
  checks: readonly NeutralisationCheck[],
  expected: Expectations,
): Promise<VerifiedDatabase> {
  return withConnection({ ...options, toError: databaseError }, async (client) => {
    await client.query('set default_transaction_read_only = on');
    // One picture of the database for all questions.
    await client.query('begin transaction isolation level repeatable read, read only');
    await client.query('set local search_path = pg_catalog');
    const { rows } = await client.query<{ name: string }>('select current_database() as name');
    const database = rows[0]?.name ?? '';
    const columns = await columnsOf(client, ['ir_module_module', ...checks.flatMap(({ needs }) => Object.keys(needs))]);
    if (!columns.has('ir_module_module')) {
      throw new OpsError('rejected', `${database} is no database of Odoo: it has no table ir_module_module.`, {
        hint: 'Name the database of staging in the connection string.',
      });
    }
    const asked: string[] = [];
    const problems: NeutralisationProblem[] = [];
    for (const check of checks) {
      const values = check.values(expected);
      if (values === null || !canAsk(check, columns)) continue;
      const found = await client.query<Offence>(check.sql, values);
      asked.push(check.name);
      const problem = problemOf(check, found.rows, expected);
      if (problem) problems.push(problem);
    }
    await client.query('rollback');
    return { database, asked, problems };
  });
}
