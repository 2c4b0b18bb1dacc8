import type { Range } from '../finding.ts';

/** What a cron's code calls: `model._cron_run()`, `env['sale.order'].search([])._remind()`. */
export interface CronCall {
  /** null: the cron's own model. */
  model: string | null;
  method: string;
}

/** A record of `ir.cron` in a data file. */
export interface CronRecord {
  /** The external id as it is written. */
  id: string;
  range: Range;
  /** Text of the fields, by name; null where Odoo computes it. */
  fields: Record<string, string | null>;
  /** Of each field, its place. */
  places: Record<string, Range>;
  /** From the field `code`. */
  calls: CronCall[];
  /** Its code itself sleeps. */
  sleeps: boolean;
  /** Its code itself loops without a way out. */
  loops: boolean;
}
