import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../fixtures/odoo/fake.ts';
import { makeSampleRepository } from '../fixtures/sample-repository.ts';
import { requireHost } from '../host/require-host.ts';
import { notification, openViewContainer, pressInNotification, quickInput, runCommand, screenshot } from '../host/workbench-actions.ts';
import { openWorkbench, type Workbench } from '../host/workbench.ts';
import { until } from '../support/until.ts';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** The sample's addon, into an empty database. */
async function install(workspace: string): Promise<void> {
  const args = [join(root, 'dist/cli.cjs'), 'dev', '--init', 'web,ipai_loyalty', '--json'];
  const server = spawn(process.execPath, args, { cwd: workspace, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(server, 'exit');
  let output = '';
  server.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await until('Odoo with the addon', () => output.includes('"ready"'), 180_000);
  server.kill('SIGINT');
  assert.deepEqual(await ended, [0, null]);
}

/** What a person sees of hot reload. Needs what `odoo.test.ts` and `test/host` need; `SCREENSHOTS=docs/images` keeps the pictures. */
describe('hot reload in the workbench', function () {
  this.timeout(300_000);
  const database = `odoo_ops_test_${randomBytes(4).toString('hex')}`;
  let folder: string | undefined;
  let workbench: Workbench | undefined;

  before(function () {
    if (!process.env['ODOO_HOME']) {
      console.log('      skipped: ODOO_HOME is not set');
      this.skip();
    }
    requireHost(this);
  });
  after(async () => {
    await workbench?.close();
    if (folder === undefined) return;
    rmSync(folder, { recursive: true, force: true });
    await run('dropdb', ['--force', '--if-exists', database]);
  });

  it('shows how long a reload took, what is broken, and which module needs an update', async () => {
    folder = mkdtempSync(join(tmpdir(), 'odoo-ops-reload-ui-'));
    chmodSync(folder, 0o755); // Odoo may run as another user
    const pictures = resolve(root, process.env['SCREENSHOTS'] ?? join(folder, 'pictures'));
    const parent = join(folder, 'sample');
    mkdirSync(parent);
    const workspace = makeSampleRepository(parent).root;
    const config = join(workspace, 'odoo-ops.yml');
    writeFileSync(
      config,
      readFileSync(config, 'utf8').replace('odoo:', `odoo:\n  http_port: ${await freePort()}\n  database: ${database}`),
    );
    await run('createdb', [database]);
    await install(workspace);
    const vsix = join(folder, 'odoo-ops.vsix');
    execFileSync('npx', ['--no-install', 'vsce', 'package', '--no-dependencies', '--out', vsix], { cwd: root, stdio: 'pipe' });
    workbench = await openWorkbench({ vsix, workspace, theme: 'dark', width: 1280, height: 760 });
    const { page } = workbench;
    await openViewContainer(page, 'Odoo Ops');
    const status = page.locator('.statusbar-item', { hasText: /Odoo/ }).first();
    const file = join(workspace, 'addons/ipai/ipai_loyalty/models/res_partner.py');
    const text = readFileSync(file, 'utf8');

    await page.keyboard.press('Control+P');
    await quickInput(page).fill('res_partner.py');
    await page
      .getByRole('option', { name: /res_partner\.py/ })
      .first()
      .click();
    await runCommand(page, 'Odoo Ops: Start Odoo');
    await page.locator('.statusbar-item', { hasText: /Odoo/ }).locator('.codicon-check').waitFor({ timeout: 60_000 });

    writeFileSync(file, text.replace('>= 100', '>= 50'));
    await page.locator('.statusbar-item', { hasText: /Odoo 0\.\d\d s/ }).waitFor();
    await screenshot(page, join(pictures, 'reload.png'));

    writeFileSync(file, text.replace('default=0)', 'default=0'));
    await page.locator('.statusbar-item .codicon-error', { hasNotText: '0' }).first().waitFor();
    await page.locator('.squiggly-error').first().waitFor();
    await screenshot(page, join(pictures, 'reload-error.png'));

    writeFileSync(file, text.replace('    loyalty_level', '    loyalty_since = fields.Date()\n    loyalty_level'));
    await notification(page, /ipai_loyalty needs an update: new field/);
    await screenshot(page, join(pictures, 'reload-update.png'));
    await pressInNotification(page, /ipai_loyalty needs an update/, 'Update ipai_loyalty');
    await page.locator('.statusbar-item', { hasText: /Odoo \d/ }).waitFor({ timeout: 60_000 });
    assert.match((await status.textContent()) ?? '', /Odoo/);
    await runCommand(page, 'Odoo Ops: Stop Odoo');
  });
});
