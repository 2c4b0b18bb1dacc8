import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { migrate } from '../../src/adapters/postgres/migrate.ts';
import { migrationsFolder } from '../../src/runtime/control-plane/open.ts';
import { makeSampleRepository } from '../fixtures/sample-repository.ts';
import { cli } from '../support/cli.ts';
import { connection, strangeServer, testDatabase, type TestDatabase } from '../support/database.ts';
import { deployable, weekOfWork } from '../support/history.ts';
import { requireHost } from './require-host.ts';
import { openWorkbench, type Workbench, type WorkbenchOptions } from './workbench.ts';
import {
  foldViews,
  hoverUntil,
  notification,
  openViewContainer,
  pick,
  pressInlineAction,
  runCommand,
  screenshot,
  treeItem,
} from './workbench-actions.ts';

const root = resolve(import.meta.dirname, '../..');

/** The Activity view as a person sees it. `SCREENSHOTS=docs/images` keeps the picture for the documentation. */
describe('the Activity view in the workbench', function () {
  this.timeout(180_000);
  let folder: string;
  let vsix: string;
  let pictures: string;
  let workspace: string;
  let url: string;
  let database: TestDatabase | undefined;
  let workbench: Workbench | undefined;

  before(async function () {
    requireHost(this);
    folder = mkdtempSync(join(tmpdir(), 'odoo-ops-activity-'));
    pictures = resolve(root, process.env['SCREENSHOTS'] ?? join(folder, 'pictures'));
    vsix = join(folder, 'odoo-ops.vsix');
    execFileSync('npx', ['--no-install', 'vsce', 'package', '--no-dependencies', '--out', vsix], { cwd: root, stdio: 'pipe' });
    database = await testDatabase();
    url = await database.create();
    await migrate(connection(url), migrationsFolder());
    mkdirSync(join(folder, 'team'));
    workspace = makeSampleRepository(join(folder, 'team')).root;
    deployable(workspace, { staging: 'echo "image odoo-team:staging pushed"', production: 'echo "image odoo-team:production pushed"' });
    await weekOfWork(workspace, { DATABASE_URL: url });
  });
  afterEach(async () => {
    await workbench?.close();
    workbench = undefined;
  });
  after(async () => {
    await database?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const open = async (
    options: Pick<WorkbenchOptions, 'theme' | 'width' | 'height'>,
    env: Record<string, string | undefined> = { DATABASE_URL: url },
  ) => {
    workbench = await openWorkbench({ vsix, workspace, ...options, env: { GITHUB_TOKEN: undefined, ...env } });
    const { page } = workbench;
    await openViewContainer(page, 'Odoo Ops');
    return page;
  };
  const picture = (page: Page, name: string) => screenshot(page, join(pictures, `${name}.png`));

  it('shows days and acts, the gates of one under the pointer, and its evidence after a click', async () => {
    const page = await open({ theme: 'dark', width: 1280, height: 800 });
    await treeItem(page, /^Today/).waitFor();
    // How far down an act stands depends on the time of the day.
    await foldViews(page, 'Environments', 'PR Builds', 'Policy');
    await hoverUntil(page, treeItem(page, /main → production, passed/), 'linear-history');
    await picture(page, 'activity');
    await treeItem(page, /main → production, passed/).click();
    await page.locator('.view-line', { hasText: 'moved from' }).first().waitFor();
  });

  it('filters, says so, shows logs, and shows what happens in a terminal', async () => {
    const page = await open({ theme: 'light', width: 1280, height: 800 });
    await treeItem(page, /^Today/).waitFor();
    await runCommand(page, 'Odoo Ops: Filter Activity…');
    await pick(page, /Environment/);
    await pick(page, /staging/);
    await treeItem(page, /Build/).waitFor({ state: 'detached' });
    await pressInlineAction(page, /Deploy staging/, 'Show Log');
    await page.locator('.view-line', { hasText: 'image odoo-team:staging pushed' }).first().waitFor();
    await runCommand(page, 'Odoo Ops: Clear Activity Filter');
    await treeItem(page, /Build/).waitFor();
    const { code } = await cli(workspace, ['build', 'origin/production'], { env: { DATABASE_URL: url } });
    assert.equal(code, 0);
    await treeItem(page, /Build production/).waitFor({ timeout: 40_000 });
  });

  it('reads the evidence of the clone where there is no control plane, in a narrow window', async () => {
    const page = await open({ theme: 'dark', width: 520, height: 800 }, { DATABASE_URL: undefined });
    await treeItem(page, /^Today/).waitFor();
    await page.getByText('evidence of this clone').first().waitFor();
  });

  it('keeps what it shows, and says what waits, while the control plane does not answer; then delivers it', async () => {
    const away = await strangeServer(() => undefined);
    away.close();
    assert.equal((await cli(workspace, ['build'], { env: { DATABASE_URL: away.url } })).code, 0);
    const page = await open({ theme: 'light', width: 1100, height: 900 }, { DATABASE_URL: away.url });
    await treeItem(page, /^Today/).waitFor();
    await page
      .getByText(/The control plane does not answer.*Read from the evidence of this clone/)
      .first()
      .waitFor();
    await page.getByText('1 record waits for the control plane.').first().waitFor();
    await workbench?.close();
    const again = await open({ theme: 'light', width: 1100, height: 900 });
    await again.getByText('1 record waits for the control plane.').first().waitFor();
    await runCommand(again, 'Odoo Ops: Deliver Waiting Records');
    await notification(again, 'Delivered 1 record to the control plane.');
    await again.getByText('1 record waits for the control plane.').first().waitFor({ state: 'detached' });
  });
});
