import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { git, makeSampleRepository } from '../fixtures/sample-repository.ts';
import { makePrWorld, missingForPrWorld, type PrWorld } from './pr-world.ts';
import { requireHost } from './require-host.ts';
import { openWorkbench, type Workbench, type WorkbenchOptions } from './workbench.ts';
import {
  chooseFromContextMenu,
  dialog,
  expandTreeItem,
  foldViews,
  hoverUntil,
  notification,
  openViewContainer,
  pressInDialog,
  pressInlineAction,
  pressInNotification,
  screenshot,
  treeItem,
} from './workbench-actions.ts';

const root = resolve(import.meta.dirname, '../..');
/** So that what a terminal shows can be read. */
const SETTINGS = { 'terminal.integrated.gpuAcceleration': 'off' };
const BUILD_MS = 60_000;
/** An environment of processes has a port of its own. */
const ADDRESS = /^localhost:\d+/;

/** Pull requests and their environments as a person sees them. `SCREENSHOTS=docs/images` keeps the pictures for the documentation. */
describe('pull requests in the workbench', function () {
  this.timeout(180_000);
  let folder: string | undefined;
  let vsix: string;
  let pictures: string;
  let world: PrWorld | undefined;
  let workbench: Workbench | undefined;

  before(async function () {
    requireHost(this);
    const missing = await missingForPrWorld();
    if (missing !== undefined) {
      console.log(`    skipped: ${missing}`);
      return this.skip();
    }
    folder = mkdtempSync('/var/tmp/odoo-ops-ui-pr-'); // others than root have to reach it
    pictures = resolve(root, process.env['SCREENSHOTS'] ?? join(folder, 'pictures'));
    vsix = join(folder, 'odoo-ops.vsix');
    execFileSync('npx', ['--no-install', 'vsce', 'package', '--no-dependencies', '--out', vsix], { cwd: root, stdio: 'pipe' });
    world = await makePrWorld(folder);
  });
  afterEach(async () => {
    await workbench?.close();
    workbench = undefined;
  });
  after(async () => {
    await world?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const open = async (options: Pick<WorkbenchOptions, 'theme' | 'width' | 'height'>, given: Partial<WorkbenchOptions> = {}) => {
    assert.ok(world);
    workbench = await openWorkbench({ vsix, workspace: world.workspace, env: world.env, settings: SETTINGS, ...options, ...given });
    const { page } = workbench;
    await openViewContainer(page, 'Odoo Ops');
    return page;
  };
  const picture = (page: Page, name: string) => screenshot(page, join(pictures, `${name}.png`));

  const start = async (page: Page, name: RegExp) => {
    await treeItem(page, name).waitFor();
    await foldViews(page, 'Environments', 'Policy', 'Activity');
    await pressInlineAction(page, name, 'Start Environment…');
    await dialog(page).waitFor();
    return dialog(page).innerText();
  };

  it('starts an environment from its pull request: plan, progress, address, sleep', async () => {
    const page = await open({ theme: 'dark', width: 1280, height: 800 });
    const plan = await start(page, /^#1 Loyalty/);
    assert.match(plan, /Start environment 1\?[\s\S]*#1 Loyalty: points expire after a year[\s\S]*Modules: ipai_loyalty/);
    assert.match(plan, /processes of this machine cannot give:[\s\S]*nothing keeps its code from the network/);
    await picture(page, 'pr-plan');
    await pressInDialog(page, 'Start');
    await treeItem(page, /^#1 Loyalty.*building/).waitFor();
    await expandTreeItem(page, /^#1 Loyalty/);
    await notification(page, 'Environment 1 is up', BUILD_MS);
    await treeItem(page, /^#1 Loyalty.*running/).waitFor();
    await treeItem(page, /^Not locked in/).waitFor();
    await hoverUntil(page, treeItem(page, /^#1 Loyalty/), 'built');
    await picture(page, 'pr-environments');
    await pressInlineAction(page, ADDRESS, 'Stop Environment');
    await treeItem(page, /^#1 Loyalty.*sleeping/).waitFor();
    await treeItem(page, /^Asleep/).click();
    await notification(page, 'Environment 1 is awake.', BUILD_MS);
    // A stranger's title is shown as it is, and nothing in it can be clicked; also where there is little room.
    await page.setViewportSize({ width: 520, height: 800 });
    await hoverUntil(page, treeItem(page, /^#4 Win a/), 'from a fork');
    const hover = page.locator('.monaco-hover:visible').first();
    assert.match(
      await hover.innerText(),
      /Win a \*\*prize\*\* \[now\]\(command:workbench\.action\.quit\) <img src=x> https:\/\/evil\.example/,
    );
    assert.equal(await hover.locator('a, img').count(), 0);
    await page.mouse.move(400, 700);
    await hover.waitFor({ state: 'detached' });
    await picture(page, 'pr-narrow');
  });

  it('says why one is red, in the notice, in the tree, as a document, and with its log; asks before it is taken down', async () => {
    const page = await open({ theme: 'light', width: 1280, height: 800 });
    await start(page, /^#2 Invoice/);
    await pressInDialog(page, 'Start');
    await treeItem(page, /^#2 Invoice.*building/).waitFor();
    await chooseFromContextMenu(page, /^#2 Invoice/, 'Follow Log of Environment');
    const terminal = page.locator('.xterm-rows').first();
    await terminal
      .filter({ hasText: /updating modules list|Loading module ipai_rounding|data\/rounding\.sql/ })
      .waitFor({ timeout: BUILD_MS });
    await notification(page, 'Environment 2 is up, and red.', BUILD_MS);
    await pressInNotification(page, 'Environment 2 is up, and red.', 'Why?');
    await page.locator('.view-line', { hasText: 'account_move' }).first().waitFor();
    await expandTreeItem(page, /^#2 Invoice/);
    await expandTreeItem(page, /^Why it is red/);
    await pressInlineAction(page, ADDRESS, 'Follow Log of Environment');
    await page.getByRole('tab', { name: 'Terminal' }).waitFor();
    await picture(page, 'pr-red');
    await chooseFromContextMenu(page, /^#2 Invoice/, 'Take Environment Down…');
    await dialog(page).waitFor();
    assert.match(await dialog(page).innerText(), /Take environment 2 down\?[\s\S]*with all that was typed into it/);
    await pressInDialog(page, 'Take Down');
    await notification(page, /Environment 2 is gone: \d+ things removed, nothing is left\./, BUILD_MS);
    await treeItem(page, /^#2 Invoice.*no environment/).waitFor();
  });

  it('says what is missing where there is nothing to show', async () => {
    assert.ok(folder !== undefined);
    mkdirSync(join(folder, 'empty'));
    const { root: workspace, origin } = makeSampleRepository(join(folder, 'empty'));
    for (const branch of ['feature/loyalty-points', 'fix/invoice-rounding']) git(origin, ['branch', '-D', branch]);
    git(workspace, ['fetch', '--quiet', '--prune', 'origin']);
    const env = { GITHUB_TOKEN: undefined, ODOO_OPS_PR_DATABASE_URL: undefined };
    const page = await open({ theme: 'dark', width: 1024, height: 760 }, { workspace, env });
    await foldViews(page, 'Environments', 'Policy', 'Activity');
    await page.getByText('PR environments need a PostgreSQL server').waitFor();
    await page.getByRole('button', { name: 'Sign In to GitHub' }).waitFor();
    await picture(page, 'pr-welcome');
    await page.getByRole('button', { name: 'What Is Missing?' }).click();
    await page.locator('.view-line', { hasText: 'control plane' }).first().waitFor();
  });
});
