import { spawnSync } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI, inTurn, median, medianRatio, PACKAGE, timeProcess, type Report } from './measure.ts';

const ROUNDS = 11;
const EXTENSION = join(PACKAGE, 'dist', 'extension.cjs');

/** Anything that is asked of `vscode` while the bundle is loaded answers with itself: called, constructed or looked into. */
const LOADER = `
const Module = require('node:module');
const stub = new Proxy(function () {}, { get: (_, key) => (key === Symbol.toPrimitive ? () => '' : stub), apply: () => stub, construct: () => stub });
const load = Module._load;
Module._load = (request, ...rest) => (request === 'vscode' ? stub : load(request, ...rest));
const begin = performance.now();
require(process.argv[2]);
console.log(performance.now() - begin);
process.exit(0);`;

/** What everybody waits for: the start of the command line, the size of the bundles, the load time of the extension. */
export async function benchCli(folder: string, report: Report): Promise<void> {
  const [version, bare] = (await inTurn(
    ROUNDS,
    () => timeProcess(process.execPath, [CLI, '--version']),
    () => timeProcess(process.execPath, ['-e', '0']),
  )) as [number[], number[]];
  report({
    figure: 'odoo-ops --version',
    value: median(version),
    unit: 'ms',
    target: 120,
    ratio: medianRatio(version, bare),
    compared_with: `node -e 0: ${median(bare).toFixed(0)} ms`,
  });
  for (const bundle of [CLI, EXTENSION].filter((file) => existsSync(file))) {
    report({ figure: `size of ${bundle.slice(PACKAGE.length + 1)}`, value: statSync(bundle).size / 1000, unit: 'kB', target: 700 });
  }
  if (!existsSync(EXTENSION)) return;
  const loader = join(folder, 'load.cjs');
  writeFileSync(loader, LOADER);
  const loads = Array.from({ length: ROUNDS }, () => Number(spawnSync(process.execPath, [loader, EXTENSION], { encoding: 'utf8' }).stdout));
  report({ figure: 'load of dist/extension.cjs with a stub for vscode', value: median(loads), unit: 'ms', target: 40 });
}
