import { count } from '../text.ts';
import type { Position } from '../config/parse.ts';

export const RULES = ['addons-path-order', 'odoo-stage', 'linear-promotion', 'reproducible-build', 'row-level-security'] as const;
export type Rule = (typeof RULES)[number];

export interface Range {
  start: Position;
  end: Position;
}

/** What a check reports: which rule, where, what is wrong and how to mend it. */
export interface Finding {
  rule: Rule;
  severity: 'error' | 'warning';
  /** Path from the root of the repository; null where the finding is about history or the repository as a whole. */
  file: string | null;
  range: Range | null;
  message: string;
  fix: string;
  /** Paragraph of the constitution. */
  paragraph: string;
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
