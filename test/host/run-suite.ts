import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { bundleSuite } from './bundle-suite.ts';
import { launchChromium } from './chromium.ts';
import { hasEnded, lineFollower, readResult, type SuiteResult } from './suite-results.ts';
import { deadlineSignal, until } from './until.ts';
import { startVscodeServer, type VscodeServer } from './vscode-server.ts';
import { workbenchUrl } from './workbench-url.ts';

export interface SuiteOptions {
  /** The extension's folder: the one with its package.json. */
  extensionPath: string;
  /** A folder with `*.test.ts` files, or one such file. */
  suite: string;
  /** Opened as it is: give each run a copy of its own. A folder, or a `.code-workspace` file. */
  workspace: string;
  env?: Record<string, string | undefined>;
  /** `false`: Restricted Mode. */
  trust?: boolean;
  settings?: Record<string, unknown>;
  /** Built-in extensions that the suite needs beyond the usual few, such as `git`. */
  builtins?: readonly string[];
  timeoutMs: number;
  signal?: AbortSignal;
  /** Gets each line that the suite writes, as it comes. Standard output when left out. */
  onLine?: (line: string) => void;
}

/** How the run came to its end, as far as it can be seen from outside. */
interface HostWatch {
  ending: () => string | undefined;
  /** What the workbench itself complained about. */
  complaints: () => string;
}

async function watchHost(page: Page, server: VscodeServer): Promise<HostWatch> {
  let ending: string | undefined;
  const complaints: string[] = [];
  await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
    const text = args.map(String).join(' ');
    // This build of VS Code has no service worker, and says so each time.
    if (type === 'error' && !text.includes('[Service Worker]')) complaints.push(text.split('\n').slice(0, 3).join('\n'));
  });
  await page.exposeFunction('codeAutomationExit', (code: number) => {
    ending ??= `the extension host ended (code ${code}).`;
  });
  page.once('crash', () => (ending ??= 'the window crashed.'));
  page.once('close', () => (ending ??= 'the window was closed.'));
  void server.exited.then((code) => (ending ??= `the VS Code server ended (${code}).`));
  return { ending: () => ending, complaints: () => complaints.slice(-10).join('\n') };
}

/**
 * Runs a mocha suite in the extension host of a real VS Code, with the extension loaded from its folder.
 * Failing tests are in the result; a run that did not come to its end, or ran no test, throws.
 */
export async function runSuite(options: SuiteOptions): Promise<SuiteResult> {
  const { timeoutMs, signal } = options;
  const stopSignal = deadlineSignal({ timeoutMs, signal });
  const bundle = await bundleSuite(options.suite);
  const followLines = lineFollower(bundle, options.onLine ?? ((line) => process.stdout.write(`${line}\n`)));
  let server: VscodeServer | undefined;
  let closeBrowser: (() => Promise<void>) | undefined;
  try {
    server = await startVscodeServer({ ...options, smokeTestDriver: true, signal: stopSignal });
    const browser = await launchChromium();
    closeBrowser = () => browser.close();
    const page = await browser.newPage();
    const host = await watchHost(page, server);
    await page.goto(
      workbenchUrl(server.authority, options.workspace, {
        extensionDevelopmentPath: resolve(options.extensionPath),
        extensionTestsPath: bundle.entry,
      }),
    );
    const why = await until(
      'the end of the suite',
      () => {
        followLines();
        return hasEnded(bundle) ? 'done' : host.ending();
      },
      { timeoutMs, signal: stopSignal },
    ).catch((error: unknown) => (error as Error).message);
    followLines();
    return readResult(bundle, `${why}\n${host.complaints()}`);
  } finally {
    await closeBrowser?.();
    await server?.stop();
    await bundle.remove();
  }
}
