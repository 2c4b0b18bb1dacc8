import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeSampleRepository } from '../fixtures/sample-repository.ts';
import { runSuiteOnDesktop } from './electron.ts';

// `npm run test:desktop`: the suite of the extension in desktop VS Code, on a machine that can download it and has a display.
const folder = mkdtempSync(join(tmpdir(), 'odoo-ops-desktop-'));
try {
  const { passed, failed, skipped, log } = await runSuiteOnDesktop({
    extensionPath: resolve(import.meta.dirname, '../..'),
    suite: join(import.meta.dirname, 'suite/trusted'),
    workspace: makeSampleRepository(folder).root,
    version: process.argv[2] ?? 'stable',
    timeoutMs: 300_000,
  });
  console.log(`${log}\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
