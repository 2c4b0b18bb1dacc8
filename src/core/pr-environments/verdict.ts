import { inShort, logRecords, type LogRecord } from './log-records.ts';
import { seriesOf, versionIn, type AskedModule, type ModuleRow } from './modules.ts';
import type { Verdict } from './plan.ts';

/** What came of Odoo's work on the modules of a copy. */
export interface RunFacts {
  /** Null where a signal ended it. */
  exitCode: number | null;
  /** Odoo's log as it wrote it. */
  log: readonly string[];
  /** Modules that were to be installed or updated. */
  asked: readonly AskedModule[];
  /** `ir_module_module` afterwards. */
  rows: readonly ModuleRow[];
  /** Whether tests were to run: that none did is a failure then. */
  tests: boolean;
}

export interface Judgement {
  verdict: Verdict;
  /** Why it is not green: sentences of ours, then lines of the log; at most `MOST_LINES`. */
  lines: string[];
}

export const MOST_LINES = 50;
export const LONGEST_LINE = 400;

/** Of several modules with the same trouble, so many are told by name. */
const NAMED = 8;
const TESTS = /(\d+) failed, (\d+) error\(s\) of (\d+) tests when loading database/;

function modulesText(names: readonly string[], trouble: string): string[] {
  if (names.length <= NAMED) return names.map((name) => `Module ${name} ${trouble}.`);
  return [`${names.length} modules: each ${trouble}: ${names.slice(0, NAMED).join(', ')} and others.`];
}

function moduleProblems({ asked, rows }: RunFacts): string[] {
  const byName = new Map(rows.map((row) => [row.name, row]));
  const series = seriesOf(rows);
  const own = asked.flatMap(({ module, version }): string[] => {
    const row = byName.get(module);
    if (!row) return [`Module ${module} is not in the database: Odoo does not find it on its addons path.`];
    if (row.state?.startsWith('to ')) return []; // told below, with the others
    if (row.state !== 'installed') return [`Module ${module} is ${row.state ?? 'nothing'}, not installed.`];
    const expected = versionIn(series, version);
    if (row.latest_version === expected) return [];
    return [`Module ${module} is at ${row.latest_version ?? 'no version'}, and its manifest says ${expected}.`];
  });
  const stuck = new Map<string, string[]>();
  for (const { name, state } of rows) if (state?.startsWith('to ')) stuck.set(state, [...(stuck.get(state) ?? []), name]);
  return [...own, ...[...stuck].flatMap(([state, names]) => modulesText(names, `is left as ${JSON.stringify(state)}`))];
}

/** Counts of each run of tests that the log tells. */
function testProblems({ tests }: RunFacts, records: readonly LogRecord[]): string[] {
  const runs = records.flatMap(({ lines: [line = ''] }) => {
    const [, failed, errors, all] = TESTS.exec(line) ?? [];
    return all === undefined ? [] : [{ bad: Number(failed) + Number(errors), all: Number(all) }];
  });
  const sum = (key: 'bad' | 'all'): number => runs.reduce((total, run) => total + run[key], 0);
  if (sum('bad') > 0) return [`${sum('bad')} of ${sum('all')} tests failed.`];
  return tests && sum('all') === 0 ? ['No test ran, though tests were asked for.'] : [];
}

const exitProblems = ({ exitCode }: RunFacts): string[] =>
  exitCode === 0 ? [] : [exitCode === null ? 'Odoo was ended by a signal.' : `Odoo ended with exit code ${exitCode}.`];

const isError = ({ level }: LogRecord): boolean => level === 'ERROR' || level === 'CRITICAL';
const isWarning = ({ level }: LogRecord): boolean => level === 'WARNING';

const cut = (line: string): string => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE - 1)}…` : line);

function atMost(lines: readonly string[]): string[] {
  if (lines.length <= MOST_LINES) return lines.map(cut);
  return [...lines.slice(0, MOST_LINES - 1).map(cut), `… ${lines.length - MOST_LINES + 1} more lines; all of them are in the evidence.`];
}

/** The same warning again and again (a deprecation, in each module) is told once. */
function withoutRepeats(records: readonly LogRecord[]): LogRecord[] {
  const messageOf = ({ lines }: LogRecord): string => lines.join('\n').replace(/^\S+ \S+ \d+ /, '');
  const seen = new Set<string>();
  return records.filter((record) => !seen.has(messageOf(record)) && seen.add(messageOf(record)));
}

/**
 * Green, yellow or red. That Odoo's exit code is 0 says little: it is so too where a module was not found, could not be updated, or where no
 * test matched.
 * @param warningsAre what a log with warnings makes of it
 */
export function judge(facts: RunFacts, warningsAre: 'yellow' | 'green'): Judgement {
  const records = logRecords(facts.log);
  const errors = records.filter(isError);
  const problems = [...exitProblems(facts), ...moduleProblems(facts), ...testProblems(facts, records)];
  if (problems.length > 0 || errors.length > 0) {
    // What goes wrong before Odoo has a log is in no record of its own; its last words say it.
    const last = errors.length === 0 && facts.exitCode !== 0 ? lastWords(records) : [];
    return { verdict: 'red', lines: atMost([...problems, ...withoutRepeats(errors).flatMap(inShort), ...last]) };
  }
  const warnings = withoutRepeats(records.filter(isWarning));
  if (warnings.length === 0 || warningsAre === 'green') return { verdict: 'green', lines: [] };
  return { verdict: 'yellow', lines: atMost(warnings.flatMap(inShort)) };
}

const lastWords = (records: readonly LogRecord[]): string[] =>
  records.flatMap(({ lines }) => lines.filter((line) => line !== '')).slice(-10);
