import type * as z from 'zod';
import type { Condition, Query } from './port.ts';
import { TABLES } from './tables.ts';

/** One act, as Activity and `history` show it. */
export const activitySchema = TABLES.evidence.omit({ client_id: true, previous: true });
export type Activity = z.infer<typeof activitySchema>;

/** The place of an act in the order of all: the page after it begins there. */
export interface Cursor {
  finished_at: string;
  id: string;
}

export interface ActivityFilter {
  environment?: string;
  /** An Odoo module that the act changed. */
  module?: string;
  act?: string;
  result?: string;
  /** ISO 8601: not before. */
  since?: string;
  /** ISO 8601: not after. */
  until?: string;
}

const present = (conditions: readonly (Condition | false)[]): Condition[] => conditions.filter((condition) => condition !== false);
const equal = (column: string, value: string | undefined): Condition | false => value !== undefined && { column, is: 'equal', value };

/** What happened, newest first. */
export function activity(filter: ActivityFilter, limit: number, after?: Cursor): Query<typeof activitySchema> {
  const { environment, module, act, result, since, until } = filter;
  return {
    table: module === undefined ? 'evidence' : 'evidence_by_module',
    row: activitySchema,
    where: present([
      equal('environment', environment),
      equal('act', act),
      equal('result', result),
      equal('module', module),
      since !== undefined && { column: 'finished_at', is: 'at-least', value: since },
      until !== undefined && { column: 'finished_at', is: 'at-most', value: until },
    ]),
    order: { columns: ['finished_at', 'id'], direction: 'desc' },
    ...(after && { after: [after.finished_at, after.id] }),
    limit,
  };
}

/** One act by its id. */
export const oneActivity = (id: string): Query<typeof activitySchema> => ({
  ...activity({}, 1),
  where: [{ column: 'id', is: 'equal', value: id }],
});

export const promotionRow = TABLES.promotions.omit({ client_id: true });
export type PromotionRow = z.infer<typeof promotionRow>;
export const deploymentRow = TABLES.deployments.omit({ client_id: true });
export type DeploymentRow = z.infer<typeof deploymentRow>;

/** Acts whose id begins with some hexadecimal digits; two are enough to see that it is not clear which one is meant. */
export function activityById(beginning: string): Query<typeof activitySchema> {
  const whole = (digit: string) => `${beginning}${'00000000-0000-0000-0000-000000000000'.replaceAll('0', digit).slice(beginning.length)}`;
  return {
    ...activity({}, 2),
    where: [
      { column: 'id', is: 'at-least', value: whole('0') },
      { column: 'id', is: 'at-most', value: whole('f') },
    ],
  };
}

/** Acts with one of some evidence folders. */
export const activityByFolder = (folders: readonly string[]): Query<typeof activitySchema> => ({
  ...activity({}, 2),
  where: [{ column: 'folder', is: 'one-of', value: folders }],
});

/** Passed promotions into an environment, newest first. @param until ISO 8601: not after */
export const promotionsInto = (
  environment: string,
  { since, until, limit = 1, after }: { since?: string; until?: string; limit?: number; after?: Cursor } = {},
): Query<typeof promotionRow> => ({
  table: 'promotions',
  row: promotionRow,
  where: present([
    equal('environment', environment),
    equal('result', 'passed'),
    since !== undefined && { column: 'finished_at', is: 'at-least', value: since },
    until !== undefined && { column: 'finished_at', is: 'at-most', value: until },
  ]),
  order: { columns: ['finished_at', 'id'], direction: 'desc' },
  ...(after && { after: [after.finished_at, after.id] }),
  limit,
});

export const gateRow = TABLES.gate_results.omit({ client_id: true });
export type GateRow = z.infer<typeof gateRow>;

/** What each gate of a promotion said, in the order in which they began. */
export const gatesOfPromotion = (id: string): Query<typeof gateRow> => ({
  table: 'gate_results',
  row: gateRow,
  where: [{ column: 'promotion_id', is: 'equal', value: id }],
  order: { columns: ['started_at', 'name'], direction: 'asc' },
  limit: 1000,
});

/** Deployments, newest first. */
export const deployments = (
  filter: { environment?: string; result?: string; since?: string; until?: string },
  limit: number,
  after?: { deployed_at: string; id: string },
): Query<typeof deploymentRow> => ({
  table: 'deployments',
  row: deploymentRow,
  where: present([
    equal('environment', filter.environment),
    equal('result', filter.result),
    filter.since !== undefined && { column: 'deployed_at', is: 'at-least', value: filter.since },
    filter.until !== undefined && { column: 'deployed_at', is: 'at-most', value: filter.until },
  ]),
  order: { columns: ['deployed_at', 'id'], direction: 'desc' },
  ...(after && { after: [after.deployed_at, after.id] }),
  limit,
});

const logRow = TABLES.logs.pick({ name: true, part: true, content: true });

/** Parts of an act's logs, in order. @param name of one log; all of them without it */
export const logsOf = (evidenceId: string, limit: number, after?: { name: string; part: number }, name?: string): Query<typeof logRow> => ({
  table: 'logs',
  row: logRow,
  where: present([{ column: 'evidence_id', is: 'equal', value: evidenceId }, equal('name', name)]),
  order: { columns: ['name', 'part'], direction: 'asc' },
  ...(after && { after: [after.name, after.part] }),
  limit,
});

const fileRow = TABLES.evidence_files.omit({ client_id: true });

/** Files of an act's evidence folder. */
export const filesOf = (evidenceId: string): Query<typeof fileRow> => ({
  table: 'evidence_files',
  row: fileRow,
  where: [{ column: 'evidence_id', is: 'equal', value: evidenceId }],
  order: { columns: ['path'], direction: 'asc' },
  limit: 1000,
});
