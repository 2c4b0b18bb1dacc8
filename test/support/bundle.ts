import './environment.ts';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const PACKAGE_ROOT = resolve(import.meta.dirname, '..', '..');

/** A name that changes with any source file: test processes that run at the same time share one bundle, and never an old one. */
function sourcesHash(): string {
  const hash = createHash('sha256').update(PACKAGE_ROOT);
  const files = readdirSync(join(PACKAGE_ROOT, 'src'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const file of files.map((entry) => join(entry.parentPath, entry.name)).sort()) hash.update(file).update(readFileSync(file));
  return hash
    .update(readFileSync(join(PACKAGE_ROOT, 'package.json')))
    .update(readFileSync(join(PACKAGE_ROOT, 'esbuild.config.js')))
    .digest('hex')
    .slice(0, 16);
}

/** Those of sources that are no more; a run that still uses one is younger than an hour. */
function removeOldBundles(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith('odoo-ops-test-cli-'))) {
    const folder = join(tmpdir(), name);
    if (Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 3_600_000)
      rmSync(folder, { recursive: true, force: true });
  }
}

let bundle: string | undefined;

/** The command line as one file, built as `npm run build` builds it; the first process that asks makes it for all. */
export function cliBundle(): string {
  if (bundle !== undefined) return bundle;
  const target = join(tmpdir(), `odoo-ops-test-cli-${sourcesHash()}`);
  if (!existsSync(target)) {
    removeOldBundles();
    const folder = mkdtempSync(join(tmpdir(), 'odoo-ops-test-cli-'));
    mkdirSync(join(folder, 'dist'));
    copyFileSync(join(PACKAGE_ROOT, 'package.json'), join(folder, 'package.json'));
    for (const name of ['src', 'docs', 'node_modules']) symlinkSync(join(PACKAGE_ROOT, name), join(folder, name));
    execFileSync(process.execPath, [join(PACKAGE_ROOT, 'esbuild.config.js'), join(folder, 'dist')]);
    try {
      renameSync(folder, target);
    } catch {
      rmSync(folder, { recursive: true, force: true }); // another process was faster
    }
  }
  bundle = join(target, 'dist/cli.cjs');
  return bundle;
}
