/** What a person does in the window. Every function waits for what it needs, up to the page's default timeout. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { until } from './until.ts';

/** For what something else in the window can undo: one attempt, and all attempts together. */
const ATTEMPT = { timeout: 4_000 };
const ATTEMPTS_TIMEOUT_MS = 40_000;

async function insist(what: string, attempt: () => Promise<void>): Promise<void> {
  const probe = () =>
    attempt().then(
      () => true,
      () => undefined,
    );
  await until(what, probe, { timeoutMs: ATTEMPTS_TIMEOUT_MS });
}

/** Opens the view container with this title from the activity bar (and leaves it open when it is open already). */
export async function openViewContainer(page: Page, title: string): Promise<void> {
  const label = page.locator(`.action-label[aria-label^=${JSON.stringify(title)}]`);
  const item = page.locator('.activitybar .action-item', { has: label }).first();
  await item.waitFor();
  const open = page.locator('.activitybar .action-item.checked', { has: label });
  if ((await open.count()) === 0) await item.click();
  await open.waitFor();
}

/** Folds these views of the side bar, so that another one has room. */
export async function foldViews(page: Page, ...titles: readonly string[]): Promise<void> {
  for (const title of titles) {
    const header = page.locator('.pane-header', { hasText: title }).first();
    if ((await header.getAttribute('aria-expanded')) === 'true') await header.click();
  }
}

/** The tree item whose accessible name contains `name`, or matches it. */
export function treeItem(page: Page, name: string | RegExp): Locator {
  return page.getByRole('treeitem', { name }).first();
}

/** Points at an item until its tooltip says this: a tree that is drawn anew takes a tooltip away. */
export async function hoverUntil(page: Page, item: Locator, text: string): Promise<void> {
  await insist(`a tooltip with ${text}`, async () => {
    await page.mouse.move(0, 0);
    await item.hover(ATTEMPT);
    await page.locator('.monaco-hover', { hasText: text }).first().waitFor(ATTEMPT);
  });
}

/** Unfolds a tree item, when it is folded. */
export async function expandTreeItem(page: Page, name: string | RegExp): Promise<void> {
  const item = treeItem(page, name);
  await item.waitFor();
  if ((await item.getAttribute('aria-expanded')) === 'false') await item.locator('.monaco-tl-twistie').click();
  await page.locator('[role=treeitem][aria-expanded=true]').and(item).waitFor();
}

/** Presses the button that a tree item shows under the pointer. */
export async function pressInlineAction(page: Page, item: string | RegExp, action: string): Promise<void> {
  // Rows that move under the pointer (a banner appears, the tree is refreshed) hide the button again.
  await insist(`the action "${action}" of "${String(item)}"`, async () => {
    await treeItem(page, item).hover(ATTEMPT);
    await treeItem(page, item).getByRole('button', { name: action }).click(ATTEMPT);
  });
}

/** Chooses from a tree item's context menu. */
export async function chooseFromContextMenu(page: Page, item: string | RegExp, entry: string): Promise<void> {
  const choice = page.getByRole('menuitem', { name: entry });
  // A menu takes no click in its first moment, and a tree that is drawn anew closes it.
  await insist(`the entry "${entry}" in the menu of "${String(item)}"`, async () => {
    if ((await choice.count()) === 0) await treeItem(page, item).click({ ...ATTEMPT, button: 'right' });
    await choice.hover(ATTEMPT);
    await choice.click({ ...ATTEMPT, delay: 100 });
    await choice.waitFor({ ...ATTEMPT, state: 'detached' });
  });
}

/** Runs a command by its full title in the palette, such as `Odoo Ops: Deploy`. */
export async function runCommand(page: Page, title: string): Promise<void> {
  // The accessible name goes on with the keybinding, or with "recently used".
  const name = new RegExp(`^${title.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')}(,|$)`);
  const option = page.getByRole('option', { name }).first();
  // An editor that is still being opened takes the focus, which closes the palette: then it is opened again.
  await insist(`the command "${title}"`, async () => {
    await page.keyboard.press('F1');
    await quickInput(page).fill(`>${title}`, ATTEMPT);
    await option.click(ATTEMPT);
  });
}

/** The input of the quick pick, input box or palette that is open. */
export function quickInput(page: Page): Locator {
  return page.locator('.quick-input-widget:visible .quick-input-filter input[type=text]');
}

/** Answers a quick pick. */
export async function pick(page: Page, label: string | RegExp): Promise<void> {
  await page.locator('.quick-input-widget:visible').getByRole('option', { name: label }).first().click();
}

/** Answers a quick pick that takes several: ticks these, and presses OK. */
export async function pickMany(page: Page, labels: readonly (string | RegExp)[]): Promise<void> {
  const widget = page.locator('.quick-input-widget:visible');
  for (const label of labels) await widget.getByRole('checkbox', { name: label }).first().click();
  await widget.getByRole('button', { name: 'OK' }).click();
}

/** Answers an input box. */
export async function answerInput(page: Page, text: string): Promise<void> {
  await quickInput(page).fill(text);
  await quickInput(page).press('Enter');
}

/** The modal dialog that is open. */
export function dialog(page: Page): Locator {
  return page.locator('.monaco-dialog-box');
}

/** Presses a button of the modal dialog, and waits until the dialog is gone. */
export async function pressInDialog(page: Page, button: string): Promise<void> {
  await dialog(page).getByRole('button', { name: button, exact: true }).click();
  await dialog(page).waitFor({ state: 'detached' });
}

/** The notification with this text, once it is shown. */
export async function notification(page: Page, text: string | RegExp, timeout?: number): Promise<Locator> {
  const toast = page.locator('.notification-toast', { hasText: text }).first();
  await toast.waitFor(timeout === undefined ? {} : { timeout });
  return toast;
}

/** Presses a button of a notification. */
export async function pressInNotification(page: Page, text: string | RegExp, button: string): Promise<void> {
  await (await notification(page, text)).getByRole('button', { name: button, exact: true }).click();
}

/** Takes a picture of the window. */
export async function screenshot(page: Page, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
}
