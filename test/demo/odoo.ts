import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { DemoFailure, run, type Outcome, type Program } from './commands.ts';
import { heading, output, paint, remark, say } from './screen.ts';

/** A statement at the server that PG* names. */
async function sql(statement: string): Promise<void> {
  const client = new pg.Client({ database: 'postgres', connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** As root Odoo runs as another user, who must reach the work tree and write its own files. @returns Odoo's data folder */
function dataFolder(root: string): string {
  const folder = join(dirname(root), 'odoo-data');
  mkdirSync(folder);
  const user = process.env['ODOO_OPS_RUN_AS'];
  if (process.getuid?.() === 0 && user !== undefined) {
    chmodSync(dirname(root), 0o755);
    chownSync(folder, Number(execFileSync('id', ['-u', user], { encoding: 'utf8' })), -1);
  }
  return folder;
}

/** The login page, as a browser gets it. @throws DemoFailure */
async function fetchLogin(url: string): Promise<string> {
  const response = await fetch(`${url}/web/login`, { signal: AbortSignal.timeout(30_000) });
  const page = await response.text();
  const title = /<title>\s*([^<]*?)\s*<\/title>/.exec(page)?.[1] ?? 'no title';
  if (response.status !== 200 || !page.includes('name="password"'))
    throw new DemoFailure(`${url}/web/login answered ${response.status} (${title}), not the login page.`);
  return `GET ${url}/web/login: ${response.status} "${title}", ${(page.length / 1000).toFixed(1)} kB`;
}

/** Why Odoo cannot be served here; null where it can. */
export function whyNoOdoo(): string | null {
  if (!process.env['ODOO_HOME']) return 'ODOO_HOME is not set.';
  if (process.getuid?.() === 0 && !process.env['ODOO_OPS_RUN_AS'])
    return 'Odoo does not run as root: set ODOO_OPS_RUN_AS to an ordinary user.';
  return null;
}

/**
 * Serves Odoo with the sample's addon installed, in a database made for it and dropped afterwards.
 * @returns the outcome, or why there is none
 */
export async function serveOdoo(program: Program, number: number): Promise<Outcome[] | string> {
  const reason = whyNoOdoo();
  if (reason !== null) return reason;
  const database = `odoo_ops_demo_${randomBytes(4).toString('hex')}`;
  let data = '';
  try {
    await sql(`create database ${database} template template0 encoding 'UTF8'`);
  } catch (error) {
    return `A database cannot be made at PostgreSQL ${process.env['PGHOST'] ?? 'localhost'}: ${error instanceof Error ? error.message : String(error)}`;
  }
  try {
    data = dataFolder(program.root);
    heading(number, 'Odoo itself, with hot reload');
    remark('In a database made for this; web and ipai_loyalty are installed first.');
    const args = [
      'dev',
      '--database',
      database,
      '--port',
      String(await freePort()),
      '--init',
      'web,ipai_loyalty',
      '--',
      `--data-dir=${data}`,
    ];
    const answer: { pending: Promise<string> | null } = { pending: null };
    const outcome = await run(program, {
      args,
      fold: { from: /^\d{4}-\d\d-\d\d|^warning: Addons path/, to: /^[✓✗]|^Odoo is ready/, what: "of Odoo's log" },
      onResult: (line, stop) => {
        const url = /^Odoo is ready: (\S+)/.exec(line)?.[1];
        if (url === undefined) return;
        answer.pending = fetchLogin(url).finally(stop);
        answer.pending.then(output, () => undefined);
      },
    });
    if (answer.pending === null) throw new DemoFailure('Odoo ended before it was ready.');
    await answer.pending;
    return [outcome];
  } finally {
    rmSync(data, { recursive: true, force: true });
    await sql(`drop database ${database} with (force)`).catch((error: unknown) =>
      say(paint('red', `   The database ${database} is still there: ${String(error)}`)),
    );
  }
}
