import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inspectDatabase, readDatabaseConnection } from '../../src/adapters/odoo/database.ts';
import { startDevServer } from '../../src/adapters/odoo/dev-server.ts';
import type { DevServer } from '../../src/adapters/odoo/dev-server.ts';
import { findOdoo } from '../../src/adapters/odoo/find-odoo.ts';
import type { OdooInstallation } from '../../src/adapters/odoo/find-odoo.ts';
import { groupLives } from '../../src/adapters/odoo/process-group.ts';
import { resolveRunAs } from '../../src/adapters/odoo/run-as.ts';
import type { LogLine } from '../../src/core/devserver/log-line.ts';
import { parseDevServerOptions } from '../../src/core/devserver/options.ts';
import type { DevServerInput } from '../../src/core/devserver/options.ts';
import { isOpsError } from '../../src/core/errors.ts';
import { eventually, freePort } from '../fixtures/odoo/fake.ts';

const run = promisify(execFile);

/** Needs ODOO_HOME, PG* for a role that may create databases, and as root ODOO_OPS_RUN_AS. */
describe('a real Odoo', function () {
  this.timeout(180_000);

  const database = `odoo_ops_test_${randomBytes(4).toString('hex')}`;
  const lines: LogLine[] = [];
  let odoo: OdooInstallation;
  let addons: string;
  let server: DevServer | undefined;

  const context = { signal: new AbortController().signal, report: () => undefined };

  async function sql(statement: string): Promise<unknown[]> {
    const { Client } = await import('pg');
    const client = new Client({ database: 'postgres' });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows;
    } finally {
      await client.end();
    }
  }

  async function start(more: Partial<DevServerInput> = {}): Promise<DevServer> {
    const options = {
      odooHome: odoo.home,
      program: odoo.program,
      python: odoo.python,
      addonsPath: [addons],
      database,
      httpPort: await freePort(),
      ...more,
    };
    server = await startDevServer(parseDevServerOptions(options), context, { onLine: (line) => lines.push(line) });
    return server;
  }

  const said = (pattern: RegExp): LogLine | undefined => lines.find(({ message }) => pattern.test(message));

  before(async function () {
    if (!process.env['ODOO_HOME']) {
      console.log('      skipped: ODOO_HOME is not set');
      return this.skip();
    }
    odoo = await findOdoo({ env: process.env, repository: process.cwd() });
    addons = await mkdtemp(join(tmpdir(), 'odoo-addons-'));
    await chmod(addons, 0o755); // Odoo may run as another user
    await mkdir(join(addons, 'ops_probe'));
    await writeFile(join(addons, 'ops_probe', '__manifest__.py'), "{'name': 'Probe', 'depends': ['base'], 'license': 'LGPL-3'}");
    await writeFile(join(addons, 'ops_probe', '__init__.py'), '');
    const runAs = await resolveRunAs(process.env);
    await run(
      odoo.python,
      [odoo.program, `--database=${database}`, `--addons-path=${addons}`, '--init=web,ops_probe', '--stop-after-init'],
      {
        env: { ...process.env, ...(runAs && { HOME: runAs.home }) },
        maxBuffer: 64 * 2 ** 20,
        ...(runAs && { uid: runAs.uid, gid: runAs.gid }),
      },
    );
  });

  afterEach(async () => {
    await server?.stop();
    server = undefined;
    lines.length = 0;
  });

  after(async () => {
    if (!process.env['ODOO_HOME']) return;
    await rm(addons, { recursive: true, force: true });
    await sql(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  });

  it('is ready when its login page answers, logs with levels, and leaves no process', async () => {
    const started = await start();
    const from = performance.now();
    await started.ready;
    console.log(`      ready after ${Math.round(performance.now() - from)} ms`);
    assert.equal((await fetch(`${started.url}/web/login`)).status, 200);
    await eventually('the request is logged', () => said(/GET \/web\/login/) !== undefined);
    const loaded = said(/^Registry loaded in/);
    assert.equal(loaded?.level, 'INFO');
    assert.equal(loaded.database, database);
    assert.equal(loaded.pid, started.pid);
    assert.ok(Math.abs(Date.parse(loaded.time ?? '') - Date.now()) < 60_000, 'its clock is UTC');
    assert.deepEqual(
      lines.filter(({ level }) => level === 'ERROR' || level === 'CRITICAL'),
      [],
    );

    const stopping = performance.now();
    await started.stop();
    console.log(`      stopped after ${Math.round(performance.now() - stopping)} ms`);
    assert.deepEqual(await started.exited, { code: 0, signal: null });
    assert.ok(!groupLives(started.pid!));
  });

  it('does not run as root', async function () {
    if (process.platform !== 'linux') return this.skip();
    const started = await start();
    await started.ready;
    const { stdout } = await run('ps', ['-o', 'uid=', '-p', String(started.pid)]);
    assert.notEqual(stdout.trim(), '0');
  });

  it('keeps its process when it reloads changed Python code, and stays ours to stop', async () => {
    const started = await start();
    await started.ready;
    await eventually('it watches the folder', () => said(/AutoReload watcher running/) !== undefined);
    lines.length = 0;
    await writeFile(join(addons, 'ops_probe', '__init__.py'), 'CHANGED = True\n');
    await eventually('it has loaded again', () => said(/^Registry loaded in/) !== undefined, 30_000);
    assert.equal(said(/^Registry loaded in/)?.pid, started.pid);
    await started.stop();
    assert.ok(!groupLives(started.pid!));
  });

  it('refuses a database that does not exist, and creates nothing', async () => {
    const typo = `${database}_typo`;
    await assert.rejects(
      start({ database: typo }),
      (error) => isOpsError(error, 'usage') && error.message.includes(typo) && error.hint?.includes(database) === true,
    );
    assert.deepEqual(await sql(`SELECT 1 FROM pg_database WHERE datname = '${typo}'`), []);
  });

  it('refuses an empty database, unless modules are to be installed', async () => {
    const empty = `${database}_empty`;
    await sql(`CREATE DATABASE ${empty} TEMPLATE template0`);
    try {
      assert.equal(await inspectDatabase(await readDatabaseConnection(process.env), empty), 'empty');
      await assert.rejects(start({ database: empty }), (error) => isOpsError(error, 'usage'));
    } finally {
      await sql(`DROP DATABASE ${empty}`);
    }
  });

  it('says which role PostgreSQL refuses', async () => {
    await assert.rejects(
      start({ env: { PGUSER: 'nobody_we_know' } }),
      (error) => isOpsError(error, 'unreachable') && error.hint?.includes('PGUSER') === true,
    );
  });

  it('gives the exception of an addon that cannot be imported, and comes back when it is mended', async () => {
    const file = join(addons, 'ops_probe', '__init__.py');
    await writeFile(file, "raise ValueError('probe is broken')\n");
    try {
      const started = await start();
      await assert.rejects(started.ready, (error) => isOpsError(error, 'failed') && error.message.includes('ValueError: probe is broken'));
      await writeFile(file, '');
      await eventually(
        'it answers again',
        async () => (await fetch(`${started.url}/web/login`).catch(() => undefined))?.status === 200,
        30_000,
      );
    } finally {
      await writeFile(file, '');
    }
  });

  it('ends with the last words of an Odoo that does not know an argument', async () => {
    const started = await start({ extraArguments: ['--bogus'] });
    await assert.rejects(started.ready, (error) => isOpsError(error, 'failed') && error.message.includes('no such option: --bogus'));
  });

  it('is not started on a port that another server holds', async () => {
    const first = await start();
    await first.ready;
    try {
      await assert.rejects(
        start({ httpPort: Number(new URL(first.url).port) }),
        (error) => isOpsError(error, 'usage') && error.details['pid'] === first.pid,
      );
    } finally {
      await first.stop();
    }
  });
});
