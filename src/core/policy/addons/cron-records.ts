import type { CronRecord } from './cron-facts.ts';
import type { Finding } from '../finding.ts';

export interface CronWithAddon extends CronRecord {
  file: string;
  /** The name of its addon. */
  addon: string;
}

/** As Odoo 19 has them (`ir.cron`). */
const INTERVAL_TYPES = ['minutes', 'hours', 'days', 'weeks', 'months'];

/** A record that changes a cron which is there already: of another addon, or written before. It may leave out what it keeps. */
function isOverride({ id, addon, fields }: CronWithAddon): boolean {
  const prefix = id.includes('.') ? id.slice(0, id.indexOf('.')) : addon;
  return prefix !== addon || !('name' in fields || 'model_id' in fields || 'code' in fields || 'ir_actions_server_id' in fields);
}

function problemOf(cron: CronWithAddon, option: 'interval_number' | 'interval_type'): Pick<Finding, 'message' | 'fix' | 'range'> | null {
  const { fields, places, range } = cron;
  const name = cron.id === '' ? 'A scheduled action without an id' : `Scheduled action ${cron.id}`;
  const value = fields[option];
  if (value === null) return null;
  if (option === 'interval_number') {
    const fix = 'Write <field name="interval_number">1</field>, with the number of units between two runs.';
    if (value === undefined)
      return isOverride(cron) ? null : { message: `${name} does not set interval_number: Odoo takes 1.`, fix, range };
    if (/^\d+$/.test(value) && Number(value) > 0) return null;
    return {
      message: `${name} has interval_number ${JSON.stringify(value)}: Odoo takes whole numbers above 0.`,
      fix,
      range: places[option] ?? range,
    };
  }
  const fix = `Write <field name="interval_type">days</field>, or another one of ${INTERVAL_TYPES.join(', ')}.`;
  if (value === undefined)
    return isOverride(cron) ? null : { message: `${name} does not set interval_type: Odoo runs it once a month.`, fix, range };
  if (INTERVAL_TYPES.includes(value)) return null;
  return {
    message: `${name} has interval_type ${JSON.stringify(value)}, which Odoo 19 does not know.`,
    fix,
    range: places[option] ?? range,
  };
}

/** §8.2: each scheduled action says how often it runs. */
export const recordFindings = (crons: readonly CronWithAddon[]): Finding[] =>
  crons.flatMap((cron) =>
    (['interval_number', 'interval_type'] as const).flatMap((option): Finding[] => {
      const problem = problemOf(cron, option);
      return problem ? [{ rule: 'cron-limits', severity: 'error', file: cron.file, paragraph: '§8.2', ...problem }] : [];
    }),
  );
