import { resolve } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { bundleSuite } from './bundle-suite.ts';
import type { SuiteOptions } from './run-suite.ts';
import { lineFollower, readResult, type SuiteResult } from './suite-results.ts';
import { deadlineSignal } from './until.ts';

export interface DesktopOptions extends Omit<SuiteOptions, 'trust' | 'settings' | 'builtins'> {
  /** Such as `1.105.0`, `stable` or `insiders`; downloaded when it is not there yet. */
  version?: string;
  /** A VS Code that is installed already, instead of a download. */
  vscodeExecutablePath?: string;
}

/**
 * Runs the same suite as `runSuite`, unchanged, in desktop VS Code. Needs a display (`xvfb-run -a` on a server).
 * Restricted Mode cannot be had: test-electron always adds `--disable-workspace-trust`.
 */
export async function runSuiteOnDesktop(options: DesktopOptions): Promise<SuiteResult> {
  const bundle = await bundleSuite(options.suite);
  const followLines = lineFollower(bundle, options.onLine ?? ((line) => process.stdout.write(`${line}\n`)));
  const signal = deadlineSignal(options);
  try {
    const run = runTests({
      ...(options.version === undefined ? {} : { version: options.version }),
      ...(options.vscodeExecutablePath === undefined ? {} : { vscodeExecutablePath: options.vscodeExecutablePath }),
      extensionDevelopmentPath: resolve(options.extensionPath),
      extensionTestsPath: bundle.entry,
      extensionTestsEnv: options.env ?? {},
      launchArgs: [resolve(options.workspace), '--disable-extensions'],
    });
    // test-electron takes no signal: what it started ends with this process.
    const aborted = new Promise<string>((resolve) =>
      signal.addEventListener('abort', () => resolve(String(signal.reason)), { once: true }),
    );
    const why = await Promise.race([run.then((code) => `exit code ${code}`), aborted]).catch(String);
    followLines();
    return readResult(bundle, why);
  } finally {
    await bundle.remove();
  }
}
