import './environment.ts';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Folders for one `describe`, each new and removed at its end. Nothing is shared between tests, so files run in parallel.
 * @returns makes a folder
 */
export function temporaryFolders(): () => string {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-ops-test-')));
  let count = 0;
  after(() => rmSync(base, { recursive: true, force: true, maxRetries: 3 }));
  return () => {
    const folder = join(base, String(++count));
    mkdirSync(folder);
    return folder;
  };
}
