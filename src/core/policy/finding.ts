import { count } from '../text.ts';
import type { Position } from '../config/parse.ts';
import type { Stage } from '../config/schema.ts';

/** The constitution as eleven rules: one file each in this folder, one page each in docs/policy. */
export const RULES = [
  'addons-path-order',
  'odoo-stage',
  'staging-neutralised',
  'linear-promotion',
  'reproducible-build',
  'no-secrets',
  'row-level-security',
  'worker-recycling',
  'cron-limits',
  'production-limits',
  'no-shadow-ledger',
] as const;
export type Rule = (typeof RULES)[number];

/** What the check says of itself: a file that it cannot read, a suppression that is past its day. */
export const CHECK_RULES = ['unreadable-file', 'suppression'] as const;
export type FindingRule = Rule | (typeof CHECK_RULES)[number];

export interface Range {
  start: Position;
  end: Position;
}

/** A change of text that mends a finding without thinking. */
export interface Edit {
  file: string;
  range: Range;
  text: string;
}

/** What a check reports: which rule, where, what is wrong and how to mend it. */
export interface Finding {
  rule: FindingRule;
  severity: 'error' | 'warning';
  /** Path from the root of the repository; null where the finding is about history or the repository as a whole. */
  file: string | null;
  range: Range | null;
  message: string;
  fix: string;
  /** All of them together mend it; none where a person has to think. */
  edits?: readonly Edit[];
  /** Paragraph of the constitution. */
  paragraph: string;
  /** The stage whose configuration it is about; left out where it is about all of them. */
  stage?: Stage;
}

export const hasErrors = (findings: readonly Finding[]): boolean => findings.some(({ severity }) => severity === 'error');

/** `2 errors, 1 warning` */
export function countFindings(findings: readonly Finding[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  return [errors > 0 || warnings === 0 ? count(errors, 'error') : '', warnings > 0 ? count(warnings, 'warning') : '']
    .filter((text) => text !== '')
    .join(', ');
}
