import type { Context } from 'mocha';
import { missingForHostTests } from './vscode-server.ts';

/** Skips, with the reason, where no VS Code can be run; fails there in CI, which installs all of it. */
export function requireHost(test: Context): void {
  const missing = missingForHostTests();
  if (missing === undefined) return;
  if (process.env['CI'] === 'true') throw new Error(missing);
  console.log(`    skipped: ${missing}`);
  test.skip();
}
