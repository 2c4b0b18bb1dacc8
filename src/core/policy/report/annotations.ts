import { count, plainText } from '../../text.ts';
import type { Finding } from '../finding.ts';

/** GitHub shows this many of each kind for one step of a workflow. */
const SHOWN = 10;

const escaped = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (value: string | number): string => escaped(`${value}`).replaceAll(':', '%3A').replaceAll(',', '%2C');

function command({ severity, file, range, rule, message, fix, paragraph }: Finding): string {
  const place: Record<string, string | number> =
    file === null
      ? {}
      : {
          file,
          line: range?.start.line ?? 1,
          endLine: range?.end.line ?? 1,
          // GitHub takes columns only within one line.
          ...(range && range.start.line === range.end.line ? { col: range.start.column, endColumn: range.end.column } : {}),
        };
  const properties = Object.entries({ ...place, title: `${rule} ${paragraph}` }).map(([name, value]) => `${name}=${property(value)}`);
  return `::${severity} ${properties.join(',')}::${escaped(`${plainText(message)}\n${plainText(fix)}`)}`;
}

/**
 * Findings as workflow commands of GitHub, which shows them in the changes of a pull request: errors first, for it shows
 * ten of each kind. A notice says how many are only in the log.
 */
export function annotations(findings: readonly Finding[]): string {
  const kinds = (['error', 'warning'] as const).map((kind) => findings.filter(({ severity }) => severity === kind));
  const more = kinds.map(({ length }) => Math.max(0, length - SHOWN));
  const hidden = (more[0] ?? 0) + (more[1] ?? 0);
  return [
    ...kinds.flat().map(command),
    ...(hidden > 0
      ? [
          `::notice title=odoo-ops check::${count(hidden, 'finding')} more: GitHub shows ${SHOWN} errors and ${SHOWN} warnings of a step. All are in its log.`,
        ]
      : []),
  ].join('\n');
}
