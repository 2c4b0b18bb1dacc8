import type { Suppression } from '../config/policy.ts';
import { matchesPattern } from '../config/patterns.ts';
import { CONFIG_FILE } from '../config/schema.ts';
import { count, plainText, sentence } from '../text.ts';
import { yearAfter } from './let-stand.ts';
import { CHECK_RULES, type Finding, type FindingRule, type Range, type Rule } from './finding.ts';
import type { Suppressed } from './outcome.ts';

export interface SuppressOptions {
  /** `2026-11-25` in the team's time zone. */
  today: string;
  /** Where each entry stands in odoo-ops.yml. */
  ranges: readonly Range[];
  /** Rules that the person asked for: entries for others are none of this run's business. */
  rules: readonly Rule[];
  /** Of them, those that had nothing to look at; an entry for one of them may well match another time. */
  idle?: readonly Rule[];
  /** Only a part of what there is was looked at: an entry that matches nothing says nothing. */
  isPartial: boolean;
}

function matches(finding: Finding, { rule, file, contains }: Suppression): boolean {
  return (
    finding.rule === rule &&
    (file === undefined ? finding.file === null : finding.file !== null && matchesPattern(finding.file, file)) &&
    (contains === undefined || finding.message.includes(contains))
  );
}

/** `no-secrets in docs/**` */
const targetOf = ({ rule, file, contains }: Suppression): string =>
  `${rule}${file === undefined ? '' : ` in ${plainText(file)}`}${contains === undefined ? '' : ` (“${plainText(contains)}”)`}`;

type Problem = Pick<Finding, 'severity' | 'message' | 'fix'>;

function problemOf(entry: Suppression, used: number, { today, isPartial, idle = [] }: SuppressOptions): Problem | undefined {
  const { until, reason, rule } = entry;
  if (until < today) {
    const back =
      used === 0
        ? 'Nothing is left that it would let stand'
        : `${count(used, 'finding')} that it let stand ${used === 1 ? 'is' : 'are'} back`;
    return {
      severity: 'error',
      message: `The suppression of ${targetOf(entry)} ended on ${until}. ${back}. Its reason was: ${sentence(plainText(reason))}`,
      fix:
        used === 0
          ? 'Remove the entry.'
          : 'Mend what it let stand and remove the entry, or give it another day and a reason that holds until then.',
    };
  }
  const isIdle = idle.some((name) => name === rule);
  if (used === 0 && !isPartial && !isIdle) {
    return {
      severity: 'warning',
      message: `The suppression of ${targetOf(entry)} matches no finding.`,
      fix:
        entry.file === undefined
          ? 'Remove it; findings in a file need the key `file`.'
          : 'Remove it, or correct its `file` and `contains`.',
    };
  }
  if (until > yearAfter(today)) {
    return {
      severity: 'warning',
      message: `The suppression of ${targetOf(entry)} holds until ${until}, more than a year ahead.`,
      fix: `Write a day until ${yearAfter(today)}: then somebody looks at it again.`,
    };
  }
  return undefined;
}

/**
 * What the configuration lets stand, and what the check says of those entries themselves: one past its day suppresses nothing.
 * An entry cannot let findings about suppressions stand.
 */
export function suppress(
  findings: readonly Finding[],
  suppressions: readonly Suppression[],
  options: SuppressOptions,
): { standing: Finding[]; suppressed: Suppressed[] } {
  const { today, ranges, rules } = options;
  const asked = new Set<FindingRule>([...rules, ...CHECK_RULES]);
  const used = suppressions.map((entry) => findings.filter((finding) => matches(finding, entry)).length);
  const valid = suppressions.filter(({ until }) => until >= today);
  const standing: Finding[] = [];
  const suppressed: Suppressed[] = [];
  for (const finding of findings) {
    const suppression = valid.find((entry) => matches(finding, entry));
    if (suppression) suppressed.push({ finding, suppression });
    else standing.push(finding);
  }
  suppressions.forEach((entry, index) => {
    const problem = asked.has(entry.rule) ? problemOf(entry, used[index] ?? 0, options) : undefined;
    if (problem) standing.push({ rule: 'suppression', ...problem, file: CONFIG_FILE, range: ranges[index] ?? null, paragraph: '§5.1' });
  });
  return { standing, suppressed };
}
