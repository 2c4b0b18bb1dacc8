import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startDevServer, type DevServer } from '../../src/adapters/odoo/dev-server.ts';
import { findOdoo } from '../../src/adapters/odoo/find-odoo.ts';
import { groupLives } from '../../src/adapters/odoo/process-group.ts';
import type { DevEvent } from '../../src/core/devserver/events.ts';
import { parseDevServerOptions } from '../../src/core/devserver/options.ts';
import { eventually, freePort } from '../fixtures/odoo/fake.ts';

const run = promisify(execFile);

const page = (answer: string, before = ''): string =>
  `from odoo import fields, http, models\n${before}\n\nclass Thing(models.Model):\n    _name = 'ops.thing'\n    _description = 'Thing'\n` +
  `    name = fields.Char()\n\n\nclass Main(http.Controller):\n    @http.route('/ops/answer', auth='public')\n    def answer(self):\n        return ${answer}\n`;

/** Needs ODOO_HOME, PG* for a role that may create databases, and as root ODOO_OPS_RUN_AS. `test/devserver` has the many cases. */
describe('the fast reloader on a real Odoo', function () {
  this.timeout(240_000);
  const database = `odoo_ops_test_${randomBytes(4).toString('hex')}`;
  const events: DevEvent[] = [];
  let addons = '';
  let file = '';
  let server: DevServer | undefined;

  async function next<Type extends DevEvent['type']>(type: Type): Promise<Extract<DevEvent, { type: Type }>> {
    let found: DevEvent | undefined;
    await eventually(
      `the event ${type}`,
      () => {
        const at = events.findIndex((event) => event.type === type);
        if (at >= 0) found = events.splice(0, at + 1).at(-1);
        return found !== undefined;
      },
      90_000,
    );
    return found as Extract<DevEvent, { type: Type }>;
  }

  const answer = async (): Promise<string> => (await fetch(`${server!.url}/ops/answer`)).text();

  before(async function () {
    if (!process.env['ODOO_HOME']) {
      console.log('      skipped: ODOO_HOME is not set');
      return this.skip();
    }
    addons = await mkdtemp(join(tmpdir(), 'odoo-addons-'));
    await chmod(addons, 0o755); // Odoo may run as another user
    const folder = join(addons, 'ops_thing');
    await mkdir(folder);
    await writeFile(join(folder, '__manifest__.py'), "{'name': 'Thing', 'author': 'x', 'depends': ['web'], 'license': 'LGPL-3'}");
    await writeFile(join(folder, '__init__.py'), 'from . import main\n');
    file = join(folder, 'main.py');
    await writeFile(file, page("'one'"));
    await run('createdb', [database]);
    const odoo = await findOdoo({ env: process.env, repository: process.cwd() });
    const options = parseDevServerOptions({
      odooHome: odoo.home,
      program: odoo.program,
      python: odoo.python,
      addonsPath: [addons],
      database,
      init: ['ops_thing'],
      httpPort: await freePort(),
      fast: { folder: resolve(import.meta.dirname, '../../src/devserver'), live: [addons] },
    });
    const context = { signal: new AbortController().signal, report: () => undefined };
    server = await startDevServer(options, context, { onEvent: (event) => events.push(event) });
    await server.ready;
    await next('ready');
  });

  after(async () => {
    if (!process.env['ODOO_HOME']) return;
    await server?.stop();
    await rm(addons, { recursive: true, force: true });
    await run('dropdb', ['--force', '--if-exists', database]);
  });

  it('installs the module into an empty database, and answers', async () => {
    assert.equal(await answer(), 'one');
  });

  it('answers a changed method from the same process', async () => {
    await writeFile(file, page("'two'"));
    const { kind, ms } = await next('reloaded');
    console.log(`      patched after ${ms} ms`);
    assert.deepEqual([kind, await answer()], ['patch', 'two']);
  });

  it('answers any other change from a fresh process', async () => {
    await writeFile(file, page('WORD', "WORD = 'three'"));
    const { kind, ms } = await next('reloaded');
    console.log(`      forked after ${ms} ms`);
    assert.deepEqual([kind, await answer()], ['fork', 'three']);
  });

  it('keeps the last good code where the new one does not parse', async () => {
    await writeFile(file, page("'four", "WORD = 'three'"));
    const { line, file: place, serving } = await next('failed');
    assert.deepEqual([place, line, serving, await answer()], [file, 13, true, 'three']);
  });

  it('names a new field as a reason to update, and updates', async () => {
    await writeFile(
      file,
      page("str(list(http.request.env['ops.thing'].sudo().search([]).mapped('more')))", '').replace('name = fields', 'more = fields'),
    );
    const needs = await next('needs-update');
    assert.deepEqual(needs.reasons, { ops_thing: ['new field ops.thing.more'] });
    server!.send({ command: 'update', modules: ['ops_thing'] });
    assert.equal((await next('reloaded')).kind, 'update');
    assert.deepEqual((await next('needs-update')).modules, []);
    assert.equal(await answer(), '[]');
  });

  it('leaves no process', async () => {
    await server!.stop();
    assert.deepEqual(await server!.exited, { code: 0, signal: null });
    assert.ok(!groupLives(server!.pid!));
  });
});
