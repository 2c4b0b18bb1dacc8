import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * `npm test`: types, lint, and every mocha suite, with one line at the end that counts them all. What a machine lacks is skipped by
 * the test itself, with its reason.
 */
interface Counts {
  passes: number;
  failures: number;
  pending: number;
}

const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'odoo-ops-test-'));

function run(title: string, command: string, args: readonly string[], env: Record<string, string> = {}): number {
  console.log(`\n── ${title}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  return status ?? 1;
}

const bin = (name: string) => join(root, 'node_modules', '.bin', name);

/** A tool that only says yes or no counts as one test. */
function tool(title: string, name: string, args: readonly string[]): Counts {
  const failed = run(title, bin(name), args) !== 0;
  return { passes: failed ? 0 : 1, failures: failed ? 1 : 0, pending: 0 };
}

/** A tool that writes its counts into the file that `TEST_COUNTS` names. */
function suite(title: string, command: string, args: readonly string[]): Counts {
  const file = join(folder, `${title}.jsonl`);
  const status = run(title, command, args, { TEST_COUNTS: file });
  try {
    const counts = JSON.parse(readFileSync(file, 'utf8').trim()) as Counts;
    // A crash after the last test, or no test at all, is a failure too.
    const broken = (status !== 0 && counts.failures === 0) || counts.passes + counts.pending === 0;
    return broken ? { ...counts, failures: counts.failures + 1 } : counts;
  } catch {
    return { passes: 0, failures: 1, pending: 0 };
  }
}

const mocha = (title: string, args: readonly string[]) =>
  suite(title, bin('mocha'), ['--reporter', join(root, 'test/reporter.ts'), ...args]);

/** The development server needs Linux, and Python as new as Odoo 19 has it on Debian. */
function python(title: string, script: string): Counts {
  const recent = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))']).status === 0;
  if (recent && process.platform === 'linux') return suite(title, 'python3', [script]);
  console.log(`\n── ${title}\nSkipped: it needs Linux with a python3 that is 3.11 or newer.`);
  return { passes: 0, failures: 0, pending: 1 };
}

const results = [
  tool('types', 'tsc', ['-p', '.']),
  tool('lint', 'eslint', ['--max-warnings', '0', '.']),
  tool('format', 'prettier', ['--check', '--log-level', 'warn', 'src/**/*.ts', 'test/**/*.ts', '*.config.js']),
  mocha('library, command line, documentation', [
    '--parallel',
    // By itself mocha leaves one core to nobody; most of what these tests do is to wait for other processes.
    '--jobs',
    String(Math.max(2, availableParallelism())),
    'test/{core,adapters,runtime,cli,extension,devcontainer,docs,demo}/**/*.test.ts',
    'test/*.test.ts',
  ]),
  python('development server (Python)', join(root, 'test/devserver/run.py')),
  mocha('real Docker', ['--parallel', '--jobs', '2', 'test/docker/**/*.test.ts']),
  mocha('real Odoo', ['test/integration/**/*.test.ts']),
  mocha('in VS Code', ['test/host/*.test.ts']),
];
rmSync(folder, { recursive: true, force: true });

const sum = (key: keyof Counts) => results.reduce((total, counts) => total + counts[key], 0);
console.log(`\n${sum('passes')} passed, ${sum('failures')} failed, ${sum('pending')} skipped`);
process.exitCode = sum('failures') === 0 ? 0 : 1;
