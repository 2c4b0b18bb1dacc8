import { existsSync, readFileSync } from 'node:fs';
import type { SuiteBundle } from './bundle-suite.ts';
import { mapSourceLines } from './source-lines.ts';

/** What the suite writes inside the host when it has come to its end. */
export interface SuiteSummary {
  passed: number;
  failed: number;
  skipped: number;
}

export interface SuiteResult extends SuiteSummary {
  /** Everything that was written to the console, mocha's report included. */
  log: string;
}

function readLog({ logFile }: SuiteBundle): string {
  return existsSync(logFile) ? mapSourceLines(readFileSync(logFile, 'utf8')) : '';
}

export function hasEnded({ summaryFile }: SuiteBundle): boolean {
  return existsSync(summaryFile);
}

/** Hands on the suite's complete lines, as they come. Call the returned function now and then, and once at the end. */
export function lineFollower(bundle: SuiteBundle, onLine: (line: string) => void): () => void {
  let seen = 0;
  return () => {
    const lines = readLog(bundle).split('\n').slice(0, -1);
    for (const line of lines.slice(seen)) onLine(line);
    seen = lines.length;
  };
}

/**
 * The result of a run that is over. A killed extension host reports success, and so does a run without tests: only
 * the suite's own end mark counts, and at least one test must have been run.
 * @param why what is known about the end, for the case that the mark is not there.
 */
export function readResult(bundle: SuiteBundle, why: string): SuiteResult {
  const log = readLog(bundle);
  if (!hasEnded(bundle)) {
    throw new Error(`The suite did not come to its end: ${why}\n${log.slice(-4_000)}`);
  }
  const summary = JSON.parse(readFileSync(bundle.summaryFile, 'utf8')) as SuiteSummary;
  if (summary.passed + summary.failed === 0) {
    throw new Error(`No test was run (${summary.skipped} skipped).`);
  }
  return { ...summary, log };
}
