import type { Stage } from '../config/schema.ts';
import type { Finding, Range } from './finding.ts';

const STAGES: readonly string[] = ['development', 'staging', 'production'] satisfies Stage[];

/** A file that starts Odoo, and what it says of `ODOO_STAGE`. */
export interface StageStatement {
  file: string;
  /** The Odoo service or the variable. */
  range: Range;
  /** Name of the service, or of the file where there is but one. */
  service: string;
  /** The value, after `${VAR:-default}`; null where the variable is not set; undefined where it comes from outside. */
  value: string | null | undefined;
  /** The stage that the file is for, by its name; null where the name does not tell. */
  expected: Stage | null;
}

/** §3.2: each environment sets `ODOO_STAGE`, to its own stage. */
export function checkOdooStage(statements: readonly StageStatement[]): Finding[] {
  return statements.flatMap(({ file, range, service, value, expected }): Finding[] => {
    const finding = (message: string, stage: string): Finding => ({
      rule: 'odoo-stage',
      severity: 'error',
      file,
      range,
      message,
      fix: `Set ODOO_STAGE: ${stage}`,
      paragraph: '§3.2',
    });
    const stage = expected ?? 'development, staging or production';
    if (value === undefined) return [];
    if (value === null) return [finding(`${service} starts Odoo without ODOO_STAGE.`, stage)];
    if (!STAGES.includes(value)) return [finding(`ODOO_STAGE is ${JSON.stringify(value)}, which is no stage.`, stage)];
    if (expected !== null && value !== expected) {
      return [finding(`ODOO_STAGE is ${value} in a file for ${expected}.`, expected)];
    }
    return [];
  });
}
