import { spawnSync, type SpawnSyncOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainGitEnvironment } from '../fixtures/sample-repository.ts';

export const PACKAGE = join(import.meta.dirname, '..', '..');
export const CLI = join(PACKAGE, 'dist', 'cli.cjs');

export interface Figure {
  figure: string;
  value: number;
  unit: 'ms' | 'MB' | 'kB' | 'x';
  /** The value may not be larger; null for what is only there to compare with. */
  target: number | null;
  /** Value by value of what it is compared with; the median of pairs where both ran in turn. */
  ratio?: number;
  compared_with?: string;
}

export type Report = (figure: Figure) => void;

const round = (value: number): number => Math.round(value * 100) / 100;

/** Prints one JSON line a figure. */
export function reporter(bench: string): Report {
  return ({ figure, value, unit, target, ratio, compared_with }) => {
    const line = {
      bench,
      figure,
      value: round(value),
      unit,
      target,
      ...(ratio === undefined ? {} : { ratio: round(ratio) }),
      compared_with,
      ok: target === null || value <= target,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value that so many of a hundred do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** Nothing of this machine's git, and no real control plane. */
export const environment = (more: Record<string, string> = {}): Record<string, string | undefined> => ({
  ...plainGitEnvironment(),
  DATABASE_URL: undefined,
  GITHUB_TOKEN: undefined,
  ...more,
});

/** Wall time of a process in milliseconds. @throws Error where it ends with another code than 0 */
export function timeProcess(program: string, args: readonly string[], options: SpawnSyncOptions = {}): number {
  const begin = performance.now();
  const { status, stderr, error } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: environment(), ...options });
  const ms = performance.now() - begin;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status ?? 'a signal'}: ${error?.message ?? String(stderr)}`);
  return ms;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** Runs each in turn, `times` rounds, so that a busy moment of the machine hits all of them. @returns the values of each */
export async function inTurn(times: number, ...runs: readonly (() => number | Promise<number>)[]): Promise<number[][]> {
  const values = runs.map((): number[] => []);
  for (let round = 0; round < times; round++) {
    for (const [index, run] of runs.entries()) values[index]!.push(await run());
  }
  return values;
}

export const medianRatio = (values: readonly number[], others: readonly number[]): number =>
  median(values.map((value, index) => value / others[index]!));

// VmHWM, not ru_maxrss: Linux counts the parent's memory into the latter (vfork).
const PEAK = `
const { readFileSync, writeFileSync } = require('node:fs');
process.on('exit', () => {
  let kilobytes = process.resourceUsage().maxRSS;
  try { kilobytes = Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]); } catch {}
  writeFileSync(process.env.PEAK_FILE, String(kilobytes));
});`;

/** Peak memory in MB of one Node process, without the processes that it starts. */
export function peakMemory(args: readonly string[], folder: string, cwd: string): number {
  const file = join(folder, 'peak');
  const hook = `data:text/javascript,import{createRequire}from'node:module';const require=createRequire('file:///');${encodeURIComponent(PEAK)}`;
  timeProcess(process.execPath, ['--import', hook, ...args], { cwd, env: environment({ PEAK_FILE: file }) });
  return Number(readFileSync(file, 'utf8')) / 1000;
}
