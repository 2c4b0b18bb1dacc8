import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOdoo, type OdooInstallation } from '../../src/adapters/odoo/find-odoo.ts';
import { resolveRunAs } from '../../src/adapters/odoo/run-as.ts';
import { databaseServer } from '../../src/adapters/postgres/environments/server.ts';
import type { DatabaseServer } from '../../src/core/pr-environments/database-server.ts';
import { MODULE_ROWS_SQL, moduleArguments, moduleRowSchema, type AskedModule } from '../../src/core/pr-environments/modules.ts';
import { environmentConf } from '../../src/core/pr-environments/odoo-conf.ts';
import { judge, type Judgement } from '../../src/core/pr-environments/verdict.ts';
import { attemptOf, PASSWORD } from '../support/pr-database.ts';
import { testServer } from '../support/postgres.ts';

const { signal } = new AbortController();

const MODEL = `from odoo import fields, models\n\nclass Shop(models.Model):\n    _name = "shop.shop"\n    _description = "Shop"\n    name = fields.Char()\n`;
const TEST = (expected: number) =>
  `from odoo.tests import TransactionCase, tagged\n\n@tagged("post_install", "-at_install")\nclass TestShop(TransactionCase):\n    def test_sum(self):\n        self.assertEqual(1 + 1, ${expected})\n`;

/** Needs ODOO_HOME, and as root ODOO_OPS_RUN_AS. */
describe('the verdict on what a real Odoo does', function () {
  this.timeout(300_000);
  const stops: (() => Promise<void>)[] = [];
  const attempt = attemptOf(1);
  let odoo: OdooInstallation;
  let pr: DatabaseServer;
  let root: string;

  const write = async (module: string, files: Record<string, string>): Promise<void> => {
    for (const [path, text] of Object.entries(files)) {
      const file = join(root, 'addons', module, path);
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(file, text);
    }
  };
  const module = (name: string, version: string, more: Record<string, string> = {}, data: string[] = []): Promise<void> =>
    write(name, {
      '__init__.py': '',
      '__manifest__.py': JSON.stringify({ name, version, author: 'Odoo Ops', license: 'LGPL-3', data }),
      ...more,
    });

  /** Runs Odoo with the configuration of an environment. */
  async function odooBin(words: readonly string[]): Promise<{ exitCode: number | null; log: string[] }> {
    const runAs = await resolveRunAs(process.env);
    const { identity } = attempt;
    const conf = join(root, 'odoo.conf');
    const running = spawn(odoo.python, [odoo.program, ...words, '-c', conf, '-d', identity.database], {
      env: { PATH: process.env['PATH'], HOME: runAs?.home ?? root },
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(runAs && { uid: runAs.uid, gid: runAs.gid }),
    });
    let said = '';
    running.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const exitCode = await new Promise<number | null>((resolve, reject) => running.on('close', resolve).on('error', reject));
    return { exitCode, log: said.split('\n') };
  }
  async function verdict(
    words: readonly string[],
    asked: AskedModule[] = [],
    tests = false,
  ): Promise<Judgement & { exitCode: number | null }> {
    const done = await odooBin(words);
    const rows = (await pr.run(attempt.identity, PASSWORD, MODULE_ROWS_SQL, [], signal)).map((row) => moduleRowSchema.parse(row));
    return { ...judge({ ...done, asked, rows, tests }, 'yellow'), exitCode: done.exitCode };
  }
  const install = (name: string, version: string) => verdict(moduleArguments({ install: [name], update: [] }), [{ module: name, version }]);
  const update = (name: string, version: string) => verdict(moduleArguments({ install: [], update: [name] }), [{ module: name, version }]);
  const tested = (tags: string) => verdict(['-u', 'shop', '--test-tags', tags, '--workers=0', '--stop-after-init'], [], true);

  before(async function () {
    if (!process.env['ODOO_HOME']) {
      console.log('      skipped: ODOO_HOME is not set');
      return this.skip();
    }
    odoo = await findOdoo({ env: process.env, repository: process.cwd() });
    const server = await testServer(18);
    stops.push(server.stop);
    root = await mkdtemp(join(tmpdir(), 'odoo-verdict-'));
    stops.push(() => rm(root, { recursive: true, force: true }));
    await chmod(root, 0o777); // Odoo may run as another user
    await module('shop', '1.0');
    pr = databaseServer({ url: server.maker, timeout: 10_000 });
    await pr.createDatabase(attempt, { from: null, password: PASSWORD, stamp: attempt.stamp }, signal);
    const { hostname, port } = new URL(server.url);
    const place = {
      database: { host: hostname, port: Number(port) },
      mail: { host: 'invalid', port: 1025 },
      data_dir: join(root, 'data'),
      http: { interface: '127.0.0.1', port: 8069 },
      gevent: { port: 8072 },
    };
    const text = environmentConf({ identity: attempt.identity, place, password: PASSWORD, addonsPath: [join(root, 'addons')] });
    await writeFile(join(root, 'odoo.conf'), text);
    assert.deepEqual(await verdict(moduleArguments({ install: ['base'], update: [] })), { verdict: 'green', lines: [], exitCode: 0 });
  });
  after(() => Promise.all(stops.reverse().map((stop) => stop())));

  it('is green for a module that installs, at the version of its manifest', async () => {
    assert.deepEqual(await install('shop', '1.0'), { verdict: 'green', lines: [], exitCode: 0 });
  });

  it('is red for an exit code of 0 where Odoo does not know the module', async () => {
    const { exitCode, verdict: is, lines } = await install('not_there', '1.0');
    assert.deepEqual(
      [exitCode, is, lines],
      [0, 'red', ['Module not_there is not in the database: Odoo does not find it on its addons path.']],
    );
  });

  it('is red for an exit code of 0 where a module was not brought to its version', async () => {
    const { exitCode, lines } = await verdict(moduleArguments({ install: ['shop'], update: [] }), [{ module: 'shop', version: '1.1' }]);
    assert.deepEqual([exitCode, lines], [0, ['Module shop is at 19.0.1.0, and its manifest says 19.0.1.1.']]);
    await module('shop', '1.1');
    assert.equal((await update('shop', '1.1')).verdict, 'green');
  });

  it('is yellow where the log warns, with the warning', async () => {
    await module('shop', '1.2', { '__init__.py': 'from . import models\n', 'models.py': MODEL });
    const { verdict: is, lines, exitCode } = await update('shop', '1.2');
    assert.deepEqual([exitCode, is], [0, 'yellow'], lines.join('\n'));
    assert.match(lines.join('\n'), /WARNING .*\n.*shop\.shop|WARNING .*shop\.shop/);
  });

  it('is red where a view is wrong, and says which', async () => {
    await module('broken', '1.0', { 'view.xml': '<odoo><record id="x" model="no.such.model"/></odoo>' }, ['view.xml']);
    const { verdict: is, lines, exitCode } = await install('broken', '1.0');
    assert.deepEqual([is, exitCode], ['red', 255]);
    assert.match(lines.join('\n'), /while parsing .*view\.xml/);
    await rm(join(root, 'addons', 'broken'), { recursive: true });
  });

  it('is red for an exit code of 0 where no test ran, and for tests that fail', async () => {
    assert.deepEqual((await tested('/shop:NoSuchTest')).lines.slice(0, 1), ['No test ran, though tests were asked for.']);
    await write('shop', { 'tests/__init__.py': 'from . import test_shop\n', 'tests/test_shop.py': TEST(2) });
    const good = await tested('/shop');
    assert.notEqual(good.verdict, 'red', good.lines.join('\n'));
    await write('shop', { 'tests/test_shop.py': TEST(3) });
    const bad = await tested('/shop');
    assert.deepEqual([bad.verdict, bad.exitCode], ['red', 1]);
    assert.match(bad.lines.join('\n'), /1 of 1 tests failed\.[\s\S]*AssertionError: 2 != 3/);
  });

  it('is red for an exit code of 0 where an installed module lost its files', async () => {
    await rename(join(root, 'addons', 'shop'), join(root, 'gone'));
    await module('other', '1.0');
    const { verdict: is, exitCode, lines } = await install('other', '1.0');
    assert.deepEqual([is, exitCode], ['red', 0]);
    assert.match(lines.join('\n'), /ERROR .*shop/);
  });
});
