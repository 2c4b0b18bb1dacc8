import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { makeSampleRepository } from '../fixtures/sample-repository.ts';
import { requireHost } from './require-host.ts';
import { until } from './until.ts';
import { openWorkbench, type Workbench, type WorkbenchOptions } from './workbench.ts';
import {
  answerInput,
  expandTreeItem,
  hoverUntil,
  notification,
  openViewContainer,
  pressInDialog,
  pressInlineAction,
  quickInput,
  runCommand,
  screenshot,
  treeItem,
} from './workbench-actions.ts';

const root = resolve(import.meta.dirname, '../..');

/** What a team might have done to its repository in a hurry. */
const BREAKAGES: Readonly<Record<string, readonly (readonly [before: string, after: string])[]>> = {
  'deploy/odoo.staging.conf': [
    ['max_cron_threads = 0', 'max_cron_threads = 2'],
    ['smtp_server = mailpit', 'smtp_server = smtp.example.com'],
  ],
  'deploy/odoo.production.conf': [
    ['db_maxconn = 20', 'db_maxconn = 64'],
    ['workers = 4', 'workers = 0'],
  ],
  'deploy/Caddyfile': [['50MB', '10MB']],
  'addons/ipai/ipai_loyalty/models/res_partner.py': [
    ['\n\nclass', '\nLEVELS = {}\n\n\ndef remember(partner):\n    LEVELS[partner.id] = partner\n\n\nclass'],
  ],
};

/** The Policy view and its findings as a person sees them. `SCREENSHOTS=docs/images` keeps the pictures for the documentation. */
describe('the rules in the workbench', function () {
  this.timeout(180_000);
  let folder: string;
  let vsix: string;
  let pictures: string;
  let count = 0;
  let workbench: Workbench | undefined;

  before(function () {
    requireHost(this);
    folder = mkdtempSync(join(tmpdir(), 'odoo-ops-policy-'));
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

  const brokenRepository = (): string => {
    const parent = join(folder, `team-${++count}`);
    mkdirSync(parent);
    const workspace = makeSampleRepository(parent).root;
    for (const [path, changes] of Object.entries(BREAKAGES)) {
      const file = join(workspace, path);
      writeFileSync(
        file,
        changes.reduce(
          (text, [before, after]) => {
            assert.ok(text.includes(before), `${path} has no ${before}`);
            return text.replace(before, after);
          },
          readFileSync(file, 'utf8'),
        ),
      );
    }
    return workspace;
  };
  const open = async (workspace: string, options: Pick<WorkbenchOptions, 'theme' | 'width' | 'height'>) => {
    workbench = await openWorkbench({
      vsix,
      workspace,
      ...options,
      builtins: ['markdown-language-features'],
      env: { GITHUB_TOKEN: undefined },
    });
    const { page } = workbench;
    await openViewContainer(page, 'Odoo Ops');
    return page;
  };
  const picture = (page: Page, name: string) => screenshot(page, join(pictures, `${name}.png`));
  /** Folds the other views, so that all of this one is seen. */
  const onlyPolicy = async (page: Page) => {
    for (const name of ['Environments', 'PR Builds', 'Activity']) {
      const header = page.locator(`.pane-header[aria-label^="${name}"]`).first();
      if ((await header.getAttribute('aria-expanded')) === 'true') await header.click();
    }
  };
  const preview = (page: Page) => page.locator('iframe.webview.ready').last().contentFrame().frameLocator('#active-frame');

  it('shows each rule with its result, what must be mended first, and opens the place after a click', async () => {
    const page = await open(brokenRepository(), { theme: 'dark', width: 1280, height: 800 });
    await treeItem(page, /^staging-neutralised, failed/).waitFor();
    await onlyPolicy(page);
    await treeItem(page, /odoo\.staging\.conf:6/).click();
    await page.locator('.view-line', { hasText: 'max_cron_threads' }).first().waitFor();
    await page.locator('.squiggly-error').first().waitFor();
    await hoverUntil(page, treeItem(page, /^staging-neutralised, failed/), 'Explain staging-neutralised');
    await picture(page, 'policy');
  });

  it('explains a rule beside its findings', async () => {
    const page = await open(brokenRepository(), { theme: 'light', width: 1280, height: 800 });
    await treeItem(page, /^staging-neutralised, failed/).waitFor();
    await onlyPolicy(page);
    await pressInlineAction(page, /^staging-neutralised/, 'Explain Rule');
    await preview(page).getByRole('heading', { name: 'staging-neutralised' }).waitFor({ timeout: 20_000 });
    await picture(page, 'policy-explained');
  });

  it('offers the mechanical fix first, and mends with it', async () => {
    const page = await open(brokenRepository(), { theme: 'light', width: 1280, height: 800 });
    await onlyPolicy(page);
    await treeItem(page, /odoo\.staging\.conf:6/).click();
    await page.locator('.squiggly-error').first().waitFor();
    await until(
      'the quick fixes',
      async () => {
        await page.keyboard.press('Escape'); // a list that came too early
        await page.locator('.view-line', { hasText: 'max_cron_threads' }).first().click();
        await page.keyboard.press('Control+.');
        await page
          .locator('.action-widget')
          .waitFor({ timeout: 3000 })
          .catch(() => undefined);
        const list = page.locator('.action-widget', { hasText: 'Write max_cron_threads = 0' });
        return (await list.isVisible().catch(() => false)) || undefined;
      },
      { timeoutMs: 20_000 },
    );
    await picture(page, 'policy-quick-fix');
    await page.keyboard.press('Enter');
    await page.locator('.view-line', { hasText: 'max_cron_threads' }).filter({ hasText: '0' }).first().waitFor();
    await treeItem(page, /max_cron_threads/).waitFor({ state: 'detached' });
  });

  it('mends all that is mechanical after it has said how much it is, in a narrow window', async () => {
    const workspace = brokenRepository();
    const page = await open(workspace, { theme: 'dark', width: 520, height: 800 });
    await treeItem(page, /^production-limits, failed/).waitFor();
    await picture(page, 'policy-narrow');
    await onlyPolicy(page);
    await runCommand(page, 'Odoo Ops: Mend All Mechanical Findings…');
    await page.locator('.monaco-dialog-box', { hasText: 'Mend 4 findings in 3 files?' }).waitFor();
    await pressInDialog(page, 'Mend');
    await treeItem(page, /^production-limits, passed/).waitFor();
    await treeItem(page, /^staging-neutralised, failed/).waitFor();
  });

  it('lets a finding stand with a reason and a day', async () => {
    const workspace = brokenRepository();
    const page = await open(workspace, { theme: 'dark', width: 1280, height: 800 });
    await onlyPolicy(page);
    await expandTreeItem(page, /^worker-recycling/);
    await pressInlineAction(page, /LEVELS/, 'Let It Stand Until…');
    await quickInput(page).fill('short');
    await page.getByText('at least 10 characters').waitFor();
    await answerInput(page, 'The registry is gone with the next release');
    await page.getByText('until when?').first().waitFor();
    await quickInput(page).press('Enter');
    await page.locator('.view-line', { hasText: 'The registry is gone' }).first().waitFor();
    await treeItem(page, /LEVELS/).waitFor({ state: 'detached' });
    assert.match(readFileSync(join(workspace, 'odoo-ops.yml'), 'utf8'), /rule: worker-recycling/);
    await picture(page, 'policy-let-stand');
  });

  it('says once what came of a check that a person asked for', async () => {
    const page = await open(brokenRepository(), { theme: 'light', width: 1100, height: 800 });
    await runCommand(page, 'Odoo Ops: Check the Repository');
    await notification(page, /\d errors.* in \d+ files\./);
  });
});
