import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { isOpsError } from '../../../src/core/errors.ts';
import { findChromium } from '../../host/chromium.ts';
import { PACKAGE } from '../measure.ts';
import { ADDON, writeAddons } from './addon.ts';
import { PROBE } from './browser.ts';
import { baseDatabase, copyDatabase, install, moduleCount, postgresVersion, sql } from './databases.ts';
import { giveToOdoo, Missing, prepareGround, progress, type Ground } from './ground.ts';
import { growth } from './growth.ts';
import { load } from './load.ts';
import { js, scss } from './pages.ts';
import { body, cold, idle, python, view, type Part, type Stands } from './parts.ts';
import { SIDES, type Side, type Stand } from './server.ts';
import { table, type Row } from './table.ts';

const PARTS: Readonly<Record<string, Part>> = { body, python, view, scss, js, cold, idle, growth, load };

/** One database and one folder of addons for each server. */
async function makeStands(ground: Ground): Promise<Stands> {
  const base = await baseDatabase(ground);
  const run = `odoo_ops_bench_run_${randomBytes(3).toString('hex')}`;
  progress('Installing the sample addon in a copy of the database …');
  const stands = Object.fromEntries(
    SIDES.map((side): [Side, Stand] => [side, { side, database: `${run}_${side}`, addons: join(ground.folder, side) }]),
  ) as Stands;
  for (const { addons } of Object.values(stands)) {
    mkdirSync(addons);
    writeAddons(addons);
    giveToOdoo(ground, addons);
  }
  const { plain, ours } = stands;
  await copyDatabase(ground, base, plain.database);
  await install(ground, plain.database, [plain.addons], [ADDON, PROBE]);
  // The jobs of a new database are all due at once, and would run in the middle of what is measured.
  await sql(plain.database, "update ir_cron set nextcall = now() at time zone 'utc' + interval '1 day'");
  await copyDatabase(ground, plain.database, ours.database);
  return stands;
}

function head(ground: Ground, postgres: string, modules: number): string {
  const said = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8' }).trim();
  const odoo = said(
    ground.odoo.python,
    '-c',
    `import sys; sys.path.insert(0, ${JSON.stringify(ground.odoo.home)}); import odoo.release as r; print(r.version)`,
  );
  const commit = said('git', '-C', PACKAGE, 'describe', '--always', '--dirty');
  return [
    `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB; Linux ${said('uname', '-r')}`,
    `Odoo ${odoo}, ${said(ground.odoo.python, '--version')}, PostgreSQL ${postgres}, Node ${process.version}, Odoo Ops ${commit}`,
    `${modules} modules installed, two of them the custom addons that are edited. Median (worst).`,
  ].join('\n');
}

async function main(names: readonly string[], atEnd: Ground['atEnd']): Promise<void> {
  const unknown = names.filter((name) => !(name in PARTS));
  if (unknown.length > 0) throw new Missing(`There is no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}.`);
  let parts = Object.entries(PARTS).filter(([name]) => names.length === 0 || names.includes(name));
  if (findChromium() === undefined && parts.some(([name]) => name === 'scss' || name === 'js')) {
    progress('No Chromium on PATH: scss and js are left out.');
    parts = parts.filter(([name]) => name !== 'scss' && name !== 'js');
  }
  const ground = await prepareGround(atEnd);
  const postgres = await postgresVersion();
  const stands = await makeStands(ground);
  const title = head(ground, postgres, await moduleCount(stands.ours.database));
  const rows: Row[] = [];
  for (const [name, part] of parts) {
    progress(name);
    try {
      rows.push(...(await part(ground, stands)));
    } catch (error) {
      progress(String((error as Error).stack));
      rows.push({ figure: name, ours: `failed: ${(error as Error).message.split('\n')[0]}`, met: false });
    }
  }
  process.stdout.write(`\n${title}\n\n${table(rows)}\n`);
}

const endings: (() => Promise<void> | void)[] = [];
async function cleanUp(): Promise<void> {
  for (let ending = endings.pop(); ending !== undefined; ending = endings.pop()) {
    try {
      await ending();
    } catch (error) {
      progress(`Not cleaned up: ${(error as Error).message}`);
    }
  }
}
// Ctrl-C reaches us from the terminal and from tsx. Whoever asks second waits for the first.
let ended: Promise<void> | undefined;
const end = (): Promise<void> => (ended ??= cleanUp());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    progress('Stopping …');
    void end().then(() => process.exit(130));
  });
}

// `npm run bench:reload -- body python` runs these parts. A missed target is a verdict, not an exit code: the machine may be busy.
try {
  await main(process.argv.slice(2), (ending) => endings.push(ending));
} catch (error) {
  if (!(error instanceof Missing) && !isOpsError(error)) throw error;
  progress(`bench:reload needs a real Odoo and PostgreSQL. ${error.message}`);
  process.exitCode = 1;
} finally {
  await end();
}
