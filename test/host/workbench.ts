import type { Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import type { Theme } from './user-settings.ts';
import { startVscodeServer } from './vscode-server.ts';
import { workbenchUrl } from './workbench-url.ts';

const OPEN_TIMEOUT_MS = 30_000;
/** How long one click or one look may take, until it is a failure. */
const ACTION_TIMEOUT_MS = 10_000;

export interface WorkbenchOptions {
  /** The packaged extension, as `vsce package` makes it. */
  vsix: string;
  /** Opened as it is: give each run a copy of its own. A folder, or a `.code-workspace` file. */
  workspace: string;
  theme: Theme;
  width: number;
  height: number;
  env?: Record<string, string | undefined>;
  /** `false`: Restricted Mode. */
  trust?: boolean;
  settings?: Record<string, unknown>;
  builtins?: readonly string[];
  signal?: AbortSignal;
}

export interface Workbench {
  page: Page;
  /** VS Code's logs and output channels, until `close`. */
  logsFolder: string;
  close: () => Promise<void>;
}

/**
 * Waits for what VS Code shows last. Before that the layout still moves: the banner of Restricted Mode pushes
 * everything down, away from the pointer.
 */
async function untilRestored(page: Page, trusted: boolean): Promise<void> {
  const wait = { state: 'attached', timeout: OPEN_TIMEOUT_MS } as const;
  await page.locator('.activitybar .action-label').first().waitFor(wait);
  await page.locator('.statusbar-item[id="status.problems"]').waitFor(wait);
  if (!trusted) await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor(wait);
}

/** Opens a real VS Code window with the packaged extension installed, as a person would have it. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const server = await startVscodeServer(options);
  let closeBrowser: (() => Promise<void>) | undefined;
  const close = async () => {
    await closeBrowser?.();
    await server.stop();
  };
  try {
    const browser = await launchChromium();
    closeBrowser = () => browser.close();
    options.signal?.throwIfAborted();
    options.signal?.addEventListener('abort', () => void close(), { once: true });
    const context = await browser.newContext({
      viewport: { width: options.width, height: options.height },
      colorScheme: options.theme === 'light' ? 'light' : 'dark',
      reducedMotion: 'reduce',
      locale: 'en-US',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    context.setDefaultTimeout(ACTION_TIMEOUT_MS);
    const page = await context.newPage();
    await page.goto(workbenchUrl(server.authority, options.workspace), { timeout: OPEN_TIMEOUT_MS });
    await untilRestored(page, options.trust !== false);
    return { page, logsFolder: server.logsFolder, close };
  } catch (error) {
    await close();
    throw error;
  }
}
