import { count, plainText } from '../../text.ts';
import { countFindings, type Finding } from '../finding.ts';
import type { CheckResult, RuleOutcome, Suppressed } from '../outcome.ts';

export type Colour = 'red' | 'yellow' | 'green' | 'gray' | 'bold';
/** Colours a text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

const MARKS: Readonly<Record<RuleOutcome['result'], readonly [mark: string, colour: Colour]>> = {
  passed: ['✓', 'green'],
  warned: ['!', 'yellow'],
  failed: ['✗', 'red'],
  'not-applicable': ['-', 'gray'],
};

/** `compose.yml:4:43`, which terminals make a link. */
const place = ({ file, range }: Finding): string =>
  file === null ? '' : `${plainText(file)}${range ? `:${range.start.line}:${range.start.column}` : ''}`;

function findingLines(finding: Finding, paint: Paint): string[] {
  const { severity, message, rule, paragraph, fix, edits = [] } = finding;
  const where = place(finding);
  const how = edits.length > 0 ? paint('gray', '  (--fix does it)') : '';
  return [
    `  ${where === '' ? '' : `${where}  `}${paint(severity === 'error' ? 'red' : 'yellow', severity)}  ${plainText(message)}  ${paint('gray', `${rule} ${paragraph}`)}`,
    `      ${plainText(fix)}${how}`,
  ];
}

function findingsText(findings: readonly Finding[], paint: Paint): string[] {
  const groups = new Map<string | null, Finding[]>();
  for (const finding of findings) groups.set(finding.file, [...(groups.get(finding.file) ?? []), finding]);
  return [...groups].map(([file, found]) =>
    [
      paint('bold', file === null ? 'The repository as a whole' : plainText(file)),
      ...found.flatMap((finding) => findingLines(finding, paint)),
    ].join('\n'),
  );
}

function outcomesText(outcomes: readonly RuleOutcome[], paint: Paint): string {
  const width = Math.max(...outcomes.map(({ rule }) => rule.length));
  return outcomes
    .map(({ rule, paragraph, result, why }) => {
      const [mark, colour] = MARKS[result];
      const text = `${rule.padEnd(width)}  ${paragraph.padEnd(10)}  ${result === 'not-applicable' ? 'not applicable: ' : ''}${plainText(why)}`;
      return `${paint(colour, mark)} ${result === 'not-applicable' ? paint('gray', text) : text}`;
    })
    .join('\n');
}

function suppressedText(suppressed: readonly Suppressed[], paint: Paint): string {
  const entries = new Map<Suppressed['suppression'], number>();
  for (const { suppression } of suppressed) entries.set(suppression, (entries.get(suppression) ?? 0) + 1);
  const lines = [...entries].map(
    ([{ rule, file, until, reason }, number]) =>
      `  ${rule}${file === undefined ? '' : ` in ${plainText(file)}`}: ${number}, until ${until}: ${plainText(reason)}`,
  );
  return [paint('bold', `Suppressed: ${count(suppressed.length, 'finding')}`), ...lines].join('\n');
}

/** What a check found, for people: findings by file, what became of each rule, what is suppressed, and the sum in the last line. */
export function checkText({ outcomes, findings, suppressed, notices, files }: CheckResult, paint: Paint = (_, text) => text): string {
  return [
    ...findingsText(findings, paint),
    ...(outcomes.length > 0 ? [outcomesText(outcomes, paint)] : []),
    ...(suppressed.length > 0 ? [suppressedText(suppressed, paint)] : []),
    ...(notices.length > 0 ? [notices.map((notice) => `note: ${plainText(notice)}`).join('\n')] : []),
    `${countFindings(findings)} in ${count(files, 'file')}`,
  ].join('\n\n');
}
