import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { asOdoo, Missing, progress, type Ground } from './ground.ts';

/** A shop with a website: they and what they bring along are some 110 modules. */
const MODULES = ['sale_management', 'crm', 'stock', 'purchase', 'project', 'website', 'website_sale'];
const BASE = `odoo_ops_bench_${createHash('sha256').update(MODULES.join()).digest('hex').slice(0, 8)}`;

export async function sql(database: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ database });
  await client.connect().catch((cause: unknown) => {
    throw new Missing(`PostgreSQL does not let us in (${(cause as Error).message}): set PGHOST, PGUSER, PGPASSWORD …`);
  });
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

export async function postgresVersion(): Promise<string> {
  const [row] = await sql('postgres', "select current_setting('server_version') as version, current_user as role");
  if (row?.['role'] === 'postgres')
    throw new Missing('Odoo refuses the role postgres: name another in PGUSER, one that may create databases.');
  return String(row?.['version']).split(' ')[0]!;
}

const exists = async (database: string): Promise<boolean> =>
  (await sql('postgres', `select 1 from pg_database where datname = '${database}'`)).length > 0;
const filestore = ({ dataFolder }: Ground, database: string): string => join(dataFolder, 'filestore', database);

export const odooArguments = ({ odoo, dataFolder }: Ground, database: string, addons: readonly string[]): string[] => [
  odoo.program,
  `--database=${database}`,
  `--addons-path=${[join(odoo.home, 'addons'), ...addons].join(',')}`,
  `--data-dir=${dataFolder}`,
];

/** Installs modules by Odoo itself. Exit code 0 is no proof, so they are looked up. */
export async function install(ground: Ground, database: string, addons: readonly string[], modules: readonly string[]): Promise<void> {
  await asOdoo(ground, ground.odoo.python, [
    ...odooArguments(ground, database, addons),
    ...[`--init=${modules.join(',')}`, '--stop-after-init', '--no-http', '--max-cron-threads=0'],
  ]);
  const names = modules.map((name) => `'${name}'`).join(',');
  const found = await sql(database, `select name from ir_module_module where state = 'installed' and name in (${names})`);
  if (found.length !== modules.length) throw new Error(`Of ${modules.join(', ')}, only ${found.length} were installed.`);
}

export async function dropDatabase(ground: Ground, database: string): Promise<void> {
  await sql('postgres', `drop database if exists "${database}" with (force)`);
  await asOdoo(ground, 'rm', ['-rf', filestore(ground, database)]);
}

export async function copyDatabase(ground: Ground, from: string, to: string): Promise<void> {
  ground.atEnd(() => dropDatabase(ground, to));
  await sql('postgres', `create database "${to}" template "${from}"`);
  await asOdoo(ground, 'cp', ['-a', filestore(ground, from), filestore(ground, to)]);
}

/** The name of the database with the modules, and nothing of ours. Made where it is not there yet. */
export async function baseDatabase(ground: Ground): Promise<string> {
  if (await exists(BASE)) {
    if (existsSync(filestore(ground, BASE))) return BASE;
    await dropDatabase(ground, BASE);
  }
  progress(`Making the database ${BASE}, once: it takes some minutes …`);
  const making = `${BASE}_making`;
  await dropDatabase(ground, making);
  await asOdoo(ground, 'mkdir', ['-p', ground.dataFolder]);
  await sql('postgres', `create database "${making}" template template0 encoding 'UTF8' lc_collate 'C'`);
  await install(ground, making, [], MODULES);
  await asOdoo(ground, 'mv', [filestore(ground, making), filestore(ground, BASE)]);
  await sql('postgres', `alter database "${making}" rename to "${BASE}"`);
  return BASE;
}

export async function moduleCount(database: string): Promise<number> {
  const [row] = await sql(database, "select count(*)::int as count from ir_module_module where state = 'installed'");
  return Number(row?.['count']);
}
