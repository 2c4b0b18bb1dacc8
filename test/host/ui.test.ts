import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { git, makeSampleRepository } from '../fixtures/sample-repository.ts';
import { requireHost } from './require-host.ts';
import { openWorkbench, type Workbench, type WorkbenchOptions } from './workbench.ts';
import {
  answerInput,
  dialog,
  expandTreeItem,
  notification,
  openViewContainer,
  pressInDialog,
  pressInlineAction,
  pressInNotification,
  runCommand,
  screenshot,
  treeItem,
} from './workbench-actions.ts';

const root = resolve(import.meta.dirname, '../..');

/** What a person clicks, in a window with the packaged extension. `SCREENSHOTS=docs/images` keeps the pictures for the README. */
describe('the workbench', function () {
  this.timeout(120_000);
  let folder: string;
  let vsix: string;
  let pictures: string;
  let workbench: Workbench | undefined;

  const open = async (
    name: string,
    options: Pick<WorkbenchOptions, 'theme' | 'width' | 'height'> & { trust?: boolean },
  ): Promise<{ page: Page; origin: string; workspace: string }> => {
    const parent = join(folder, name);
    mkdirSync(parent);
    const { root: workspace, origin } = makeSampleRepository(parent, new Date(Date.now() - 7_200_000));
    workbench = await openWorkbench({ vsix, workspace, ...options, env: { GITHUB_TOKEN: undefined } });
    await openViewContainer(workbench.page, 'Odoo Ops');
    return { page: workbench.page, origin, workspace };
  };
  const picture = (page: Page, name: string) => screenshot(page, join(pictures, `${name}.png`));

  before(function () {
    requireHost(this);
    folder = mkdtempSync(join(tmpdir(), 'odoo-ops-ui-'));
    pictures = resolve(root, process.env['SCREENSHOTS'] ?? join(folder, 'pictures'));
    vsix = join(folder, 'odoo-ops.vsix');
    execFileSync('npx', ['--no-install', 'vsce', 'package', '--no-dependencies', '--out', vsix], { cwd: root, stdio: 'pipe' });
  });
  afterEach(async () => {
    await workbench?.close();
    workbench = undefined;
  });
  after(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it('promotes a branch from its tree item: plan, dialog, progress, notice, evidence', async () => {
    const { page, origin, workspace } = await open('staging', { theme: 'dark', width: 1280, height: 800 });
    const before = git(origin, ['rev-parse', 'main']);
    await expandTreeItem(page, /^staging/);
    await treeItem(page, /feature\/loyalty-points/).waitFor();
    await picture(page, 'environments');
    await pressInlineAction(page, /feature\/loyalty-points/, 'Promote…');
    await dialog(page).waitFor();
    assert.match(
      await dialog(page).innerText(),
      /Promote feature\/loyalty-points to staging\?[\s\S]*ipai_loyalty 19\.0\.1\.0\.0 → 19\.0\.1\.1\.0/,
    );
    await picture(page, 'promote-dialog');
    await pressInDialog(page, 'Promote');
    await notification(page, /main is at [0-9a-f]{8}/);
    assert.notEqual(git(origin, ['rev-parse', 'main']), before);
    await pressInNotification(page, /main is at/, 'Show Evidence');
    await page.locator('.view-line', { hasText: 'moved from' }).first().waitFor();
    await treeItem(page, /Promoted just now/).waitFor();
    await picture(page, 'evidence');
    assert.ok(existsSync(join(workspace, 'web/docs/evidence')));
    assert.equal(git(workspace, ['status', '--porcelain']), '');
  });

  it('promotes to production from the palette only after its name is typed', async () => {
    const { page, origin } = await open('production', { theme: 'light', width: 1280, height: 800 });
    await treeItem(page, /^production/).waitFor();
    await pressInlineAction(page, /^staging/, 'Promote…');
    await pressInDialog(page, 'Promote');
    await picture(page, 'production-name');
    await answerInput(page, 'production');
    await notification(page, /production is at [0-9a-f]{8}/);
    assert.equal(git(origin, ['rev-parse', 'production']), git(origin, ['rev-parse', 'main']));
    await picture(page, 'environments-light');
  });

  it('says in the notice which gate refused, and moves nothing', async () => {
    const { page, origin } = await open('refused', { theme: 'light', width: 560, height: 760 });
    const before = git(origin, ['rev-parse', 'main']);
    await treeItem(page, /fix\/invoice-rounding/).waitFor();
    await picture(page, 'narrow');
    await pressInlineAction(page, /fix\/invoice-rounding/, 'Promote…');
    await pressInDialog(page, 'Promote');
    await notification(page, /policy: 1 error/);
    await picture(page, 'refused');
    assert.equal(git(origin, ['rev-parse', 'main']), before);
  });

  it('asks for trust before it reads anything', async () => {
    const { page } = await open('restricted', { theme: 'dark', width: 1024, height: 700, trust: false });
    await page.getByText('Trust This Workspace').first().waitFor();
    await picture(page, 'restricted');
  });

  it('offers to write odoo-ops.yml where there is none', async () => {
    const { page, workspace } = await open('initialize', { theme: 'dark', width: 1024, height: 700 });
    rmSync(join(workspace, 'odoo-ops.yml'));
    await runCommand(page, 'Odoo Ops: Refresh');
    await picture(page, 'welcome');
    await page.getByRole('button', { name: 'Initialize Workspace' }).click();
    await page.locator('.view-line', { hasText: 'addons_path' }).first().waitFor();
    assert.ok(readdirSync(workspace).includes('odoo-ops.yml'));
    await treeItem(page, /^production/).waitFor();
  });
});
