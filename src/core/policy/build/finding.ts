import type { Finding, Range } from '../finding.ts';

const BEGINNING: Range = { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };

/** What keeps a build from being made again; one without a file is about the repository. */
export const buildFinding = (
  severity: Finding['severity'],
  file: string | null,
  range: Range | null,
  message: string,
  fix: string,
): Finding => ({
  ...{ rule: 'reproducible-build', severity, file, message, fix, paragraph: '§5.1' },
  range: file === null ? null : (range ?? BEGINNING),
});
