import { mkdirSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';

const ENTRY = join(import.meta.dirname, 'suite', 'index.ts');

/**
 * Bundles lie inside the project, so that `require('mocha')` and the packages that a test imports are found in the
 * project's own node_modules. Every folder named dist is ignored by git.
 */
const BUNDLES = join(import.meta.dirname, 'dist');

export interface SuiteBundle {
  /** What VS Code calls as `extensionTestsPath`. */
  entry: string;
  /** Where the suite's console goes, see `suite/index.ts`. */
  logFile: string;
  /** Written by the suite as its last act. */
  summaryFile: string;
  remove: () => Promise<void>;
}

function testFiles(suite: string): string[] {
  if (statSync(suite).isFile()) return [suite];
  return readdirSync(suite, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(suite, name));
}

/**
 * Bundles the host entry and each test file to CommonJS, which is what the extension host loads. The entry finds its
 * tests, and leaves its results, in its own folder: a suite needs no environment variable to run.
 * @param suite a folder (all `*.test.ts` below it) or one test file.
 */
export async function bundleSuite(suite: string): Promise<SuiteBundle> {
  const root = resolve(suite);
  const files = testFiles(root);
  mkdirSync(BUNDLES, { recursive: true });
  const folder = mkdtempSync(join(BUNDLES, 'suite-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const common = {
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    packages: 'external', // `vscode` exists in the host only; the others are loaded from node_modules
    outExtension: { '.js': '.cjs' }, // the nearest package.json says "type": "module"
    sourcemap: true,
    logLevel: 'silent',
  } as const;
  try {
    await build({ ...common, entryPoints: [ENTRY], outdir: folder });
    const base = files.length === 1 && files[0] === root ? dirname(root) : root;
    if (files.length > 0) await build({ ...common, entryPoints: files, outbase: base, outdir: join(folder, 'tests') });
  } catch (error) {
    await remove();
    throw error;
  }
  const inFolder = (name: string) => join(folder, name);
  return { entry: inFolder('index.cjs'), logFile: inFolder('log.txt'), summaryFile: inFolder('summary.json'), remove };
}
