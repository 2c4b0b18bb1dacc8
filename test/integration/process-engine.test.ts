import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { gitIn } from '../../src/adapters/git/git.ts';
import { checkOutInto } from '../../src/adapters/git/work-tree.ts';
import { processEngine } from '../../src/adapters/odoo/engine/process-engine.ts';
import { stampedProcesses } from '../../src/adapters/odoo/engine/processes.ts';
import { findOdoo, type OdooInstallation } from '../../src/adapters/odoo/find-odoo.ts';
import { resolveRunAs } from '../../src/adapters/odoo/run-as.ts';
import { startEmbedded, stopEmbedded } from '../../src/adapters/postgres/embedded.ts';
import { OpsError } from '../../src/core/errors.ts';
import type { Code, CodeSource, Engine, Place } from '../../src/core/pr-environments/engine.ts';
import type { Attempt } from '../../src/core/pr-environments/identity.ts';
import { rejectsWith } from '../support/rejects.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
const PYTHON = '/usr/bin/python3';
const PASSWORD = 'a-very-secret-password';
const NAME = 'odoo_ops_trial_pr_7';

const MODULE = {
  '__manifest__.py': "{'name': 'Probe', 'version': '1.0', 'depends': ['base'], 'license': 'LGPL-3'}",
  '__init__.py': '',
  'data/neutralize.sql': "UPDATE ir_config_parameter SET value = 'password = harmless' WHERE key = 'ops_probe.key';\n",
};

/** A real Odoo where ODOO_HOME names one, else the stand-in, which needs psycopg2. As root it runs as ODOO_OPS_RUN_AS, or nobody. */
describe('an environment of processes, with Odoo and PostgreSQL', function () {
  this.timeout(300_000);
  const { signal } = new AbortController();
  let base = '';
  let server = { url: '', port: 0 };
  let odoo: OdooInstallation;
  let engine: Engine;
  let attempt: Attempt;
  let source: CodeSource;
  let code: Code;
  let place: Place;
  let conf = '';

  async function sql(statement: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: server.url.replace(/\/postgres$/, `/${database}`) });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows;
    } finally {
      await client.end();
    }
  }

  /** The stand-in in a folder that everybody reaches. */
  async function standIn(): Promise<OdooInstallation> {
    const home = join(base, 'stand-in');
    await cp(fileURLToPath(new URL('../fixtures/odoo-stand-in', import.meta.url)), home, { recursive: true });
    await run('chmod', ['-R', 'a+rX', home]);
    return { home, program: join(home, 'odoo'), python: PYTHON };
  }

  async function repository(): Promise<{ root: string; commit: string }> {
    const root = join(base, 'repository');
    for (const [path, text] of Object.entries(MODULE)) {
      const file = join(root, 'addons', 'ops_probe', path);
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(file, text);
    }
    const git = (...args: string[]) => run('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args], { cwd: root });
    await git('init', '--quiet');
    await git('add', '.');
    await git('commit', '--quiet', '-m', 'Probe');
    return { root, commit: (await git('rev-parse', 'HEAD')).stdout.trim() };
  }

  before(async function () {
    const real = process.env['ODOO_HOME'] !== undefined && process.env['ODOO_HOME'] !== '';
    const ready =
      real ||
      (await run(PYTHON, ['-c', 'import psycopg2']).then(
        () => true,
        () => false,
      ));
    if (!ready) {
      console.log(`      skipped: ODOO_HOME is not set, and ${PYTHON} has no psycopg2 for the stand-in`);
      return this.skip();
    }
    base = await mkdtemp(join(tmpdir(), 'odoo-ops-processes-'));
    await chmod(base, 0o755); // Odoo may run as another user
    odoo = real ? await findOdoo({ env: process.env, repository: process.cwd() }) : await standIn();
    console.log(`      Odoo: ${real ? odoo.home : 'the stand-in'}`);
    server = await startEmbedded(join(base, 'postgres.json'), signal);
    await sql(`create role ${NAME} login password '${PASSWORD}'`);
    await sql(`create database ${NAME} owner ${NAME} template template0 encoding 'UTF8'`);
    const { root, commit } = await repository();
    const runAs = await resolveRunAs({ ODOO_OPS_RUN_AS: process.env['ODOO_OPS_RUN_AS'] ?? 'nobody' });
    const folder = join(base, 'environments');
    engine = processEngine({ folder, odoo, runAs, mail: { host: 'mailpit', port: 1025 }, environment: process.env });
    const [id, created_at] = [randomUUID(), new Date().toISOString()];
    attempt = {
      identity: { project: 'trial', number: 7, host: 'localhost', name: 'odoo-ops-trial-pr-7', database: NAME },
      id,
      commit,
      stamp: { project: 'trial', number: 7, attempt: id, commit, branch: 'probe', engine: 'here', created_at, expires_at: null },
    };
    source = {
      commit,
      committed_at: created_at,
      folders: [{ path: 'addons', tree: commit, files: [] }],
      sizes: () => Promise.resolve([]),
      read: () => Promise.resolve(),
      requirements: null,
      checkout: (target) => checkOutInto(gitIn(root, signal), commit, target),
    };
  });

  after(async () => {
    if (base === '') return;
    for (const kind of ['process', 'work-tree', 'folder']) {
      for (const thing of await engine.things('trial', signal)) if (thing.kind === kind) await engine.remove(thing, signal);
    }
    await stopEmbedded(join(base, 'postgres.json'), true, signal);
    await rm(base, { recursive: true, force: true });
  });

  const job = async (words: readonly string[], within: AbortSignal = signal) => {
    const told = { stdout: [] as string[], stderr: [] as string[] };
    const onLine = (line: string, stream: 'stdout' | 'stderr') => void told[stream].push(line);
    return { told, exit: await engine.runOdoo(attempt, code, { name: 'job', arguments: words, configuration: conf, onLine }, within) };
  };

  /** As the runtime asks it. */
  const ready = () =>
    until(
      'Odoo is ready',
      async () => {
        const health = await engine.ask(attempt.identity, '/web/health?db_server_status=1', signal);
        return health?.status === 200 && (await engine.ask(attempt.identity, '/web/login', signal))?.status === 200;
      },
      60_000,
    );

  const ownProcesses = () => stampedProcesses(join(base, 'environments', 'trial', 'pr-7'));

  /** Odoo itself: its command line names the program, and that of its supervisor too, after the script. */
  async function odooPid(): Promise<number> {
    const { stdout } = await run('ps', ['-o', 'pid=,args=', '-p', (await ownProcesses()).join(',')]);
    const line = stdout.split('\n').find((text) => text.includes(odoo.program) && !text.includes('import ctypes'));
    return Number(line?.trim().split(' ')[0]);
  }

  it('makes code, place and filestore, and knows the modules of both', async () => {
    code = await engine.buildCode(attempt, source, () => undefined, signal);
    [place] = await Promise.all([
      engine.makePlace(attempt, { cpus: 1, memory: 2 ** 30, egress: [] }, { host: '127.0.0.1', port: server.port }, signal),
      engine.makeFilestore(attempt, code, null, signal),
    ]);
    conf = [
      '[options]',
      `addons_path = ${code.addons_path.join(',')}`,
      `db_host = ${place.database.host}`,
      `db_port = ${place.database.port}`,
      `db_user = ${NAME}`,
      `db_password = ${PASSWORD}`,
      `data_dir = ${place.data_dir}`,
      `http_interface = ${place.http.interface}`,
      `http_port = ${place.http.port}`,
      `gevent_port = ${place.gevent.port}`,
      'list_db = False',
      `dbfilter = ^${NAME}$`,
      'max_cron_threads = 0',
      '',
    ].join('\n');
    const modules = await engine.listModules(attempt, code, signal);
    assert.deepEqual(modules.get('ops_probe'), { neutralizes: true });
    assert.deepEqual(modules.get('base'), { neutralizes: true });
  });

  it('installs modules', async () => {
    const { exit, told } = await job(['-i', 'base,ops_probe', '--stop-after-init', '--no-http']);
    assert.equal(exit, 0, told.stderr.slice(-20).join('\n'));
    assert.deepEqual(
      await sql("select name from ir_module_module where name in ('ops_probe', 'web') and state = 'installed' order by 1", NAME),
      [{ name: 'ops_probe' }, { name: 'web' }],
    );
    assert.ok(!told.stderr.join('\n').includes(PASSWORD));
  });

  it('answers its SQL of neutralisation apart from its log, and word for word', async () => {
    const { exit, told } = await job(['neutralize', '--stdout']);
    assert.equal(exit, 0, told.stderr.join('\n'));
    assert.equal(told.stdout.indexOf('BEGIN;'), 0);
    assert.equal(told.stdout.at(-1), 'COMMIT;');
    assert.ok(told.stdout.includes(MODULE['data/neutralize.sql'].trim()), 'a password in it is no secret of ours');
    assert.ok(told.stderr.some((line) => line.includes(' INFO ')) || told.stderr.length === 0);
  });

  it('lets go of the database when it is cancelled', async () => {
    const control = new AbortController();
    const holder = new pg.Client({ connectionString: server.url.replace(/\/postgres$/, `/${NAME}`) });
    await holder.connect();
    try {
      await holder.query('begin; lock table ir_module_module'); // however fast it is, it does not come to its end
      const running = job(['-u', 'base', '--stop-after-init', '--no-http'], control.signal);
      await until(
        'it works in the database',
        async () => (await sql(`select 1 from pg_stat_activity where usename = '${NAME}'`)).length > 0,
      );
      control.abort(new OpsError('moved', 'A newer build began.'));
      await rejectsWith(running, 'moved');
    } finally {
      await holder.end();
    }
    await until('nobody is connected', async () => (await sql(`select 1 from pg_stat_activity where usename = '${NAME}'`)).length === 0);
    assert.deepEqual(await ownProcesses(), []);
    const left = (await readdir(join(base, 'environments', 'trial', 'pr-7'))).filter((name) => name.startsWith('job-'));
    assert.deepEqual(left, []);
  });

  it('starts, is ready, and tells its log', async () => {
    const began = performance.now();
    await engine.start(attempt, code, conf, signal);
    await ready();
    console.log(`      ready after ${Math.round(performance.now() - began)} ms`);
    const lines: string[] = [];
    await engine.logs(attempt.identity, { tail: 1000, follow: false, onLine: (line) => lines.push(line) }, signal);
    assert.ok(
      lines.some((line) => / INFO .*HTTP service/.test(line)),
      lines.join('\n'),
    );
    assert.deepEqual(
      lines.filter((line) => / (?:ERROR|CRITICAL) /.test(line)),
      [],
    );
  });

  it('comes back by itself when it is killed', async () => {
    const killed = await odooPid();
    process.kill(killed, 'SIGKILL');
    await until('another one runs', async () => ((await odooPid()) || killed) !== killed);
    await ready();
    assert.equal(await engine.ended(attempt.identity, signal), null);
  });

  it('stops, and wakes', async () => {
    const began = performance.now();
    await engine.stop(attempt.identity, signal);
    console.log(`      stopped after ${Math.round(performance.now() - began)} ms`);
    assert.equal(await engine.ask(attempt.identity, '/web/health', signal), null);
    assert.deepEqual(await ownProcesses(), []);
    assert.equal(await engine.wake(attempt.identity, signal), true);
    await ready();
  });

  it('keeps its filestore as a template, which the next one gets', async () => {
    await engine.storeTemplate(
      'fresh-trial',
      { ...attempt.stamp, number: null, attempt: null, commit: null, branch: null },
      { environment: attempt.identity },
      signal,
    );
    const other: Attempt = {
      ...attempt,
      identity: { ...attempt.identity, number: 8, database: `${NAME}8` },
      stamp: { ...attempt.stamp, number: 8 },
    };
    const bytes = await engine.makeFilestore(other, code, 'fresh-trial', signal);
    const template = (await engine.things('trial', signal)).find(({ part }) => part === 'template');
    assert.equal(bytes, template?.bytes);
  });

  it('is removed in seconds, and leaves neither process nor file nor connection', async () => {
    const began = performance.now();
    for (const kind of ['process', 'work-tree', 'folder']) {
      for (const thing of await engine.things('trial', signal)) {
        if (thing.kind === kind) assert.equal(await engine.remove(thing, signal), true, thing.name);
      }
    }
    const took = performance.now() - began;
    console.log(`      removed after ${Math.round(took)} ms`);
    assert.ok(took < 5000);
    assert.deepEqual(await readdir(join(base, 'environments', 'trial')), []);
    assert.deepEqual(await ownProcesses(), []);
    await sql(`drop database ${NAME}`); // without force: nobody is connected
  });
});
