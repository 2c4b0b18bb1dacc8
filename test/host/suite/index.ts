/**
 * Runs inside the extension host: VS Code calls `run`. All test files of the bundle lie in `tests/`, next to this one.
 */
import { Console } from 'node:console';
import { appendFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { SuiteSummary } from '../suite-results.ts';

const TEST_TIMEOUT_MS = 30_000;

/** VS Code pins the methods of its console, so the whole object is replaced. Written at once: a killed host leaves its last line. */
function consoleTo(file: string): Console {
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      appendFileSync(file, chunk);
      done();
    },
  });
  return new Console({ stdout: stream, stderr: stream, colorMode: false });
}

/** The end mark. Renamed into place, so that nobody reads half of it. */
function writeSummary(summary: SuiteSummary): void {
  const file = join(__dirname, 'summary.json');
  writeFileSync(`${file}.part`, JSON.stringify(summary));
  renameSync(`${file}.part`, file);
}

function testFiles(): string[] {
  return readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.cjs'))
    .sort()
    .map((name) => join(__dirname, name));
}

export async function run(): Promise<void> {
  globalThis.console = consoleTo(join(__dirname, 'log.txt'));
  // Loaded late: mocha's reporters take hold of the console as soon as they are loaded.
  const { default: Mocha } = await import('mocha');
  const mocha = new Mocha({
    ui: 'bdd',
    reporter: 'spec',
    color: false,
    timeout: TEST_TIMEOUT_MS,
    forbidOnly: process.env['CI'] !== undefined,
  });
  for (const file of testFiles()) mocha.addFile(file);

  const summary = await new Promise<SuiteSummary>((resolve) => {
    let passed = 0;
    let skipped = 0;
    const runner = mocha.run((failed) => resolve({ passed, failed, skipped }));
    runner.on('pass', () => (passed += 1));
    runner.on('pending', () => (skipped += 1));
  });
  writeSummary(summary);
  if (summary.failed > 0) throw new Error(`${summary.failed} failed`);
  if (summary.passed === 0) throw new Error('No test was run.');
}
