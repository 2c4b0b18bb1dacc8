import * as z from 'zod';
import type { Query } from './port.ts';
import { TABLES } from './tables.ts';

/** A PR environment as the control plane knows it: one life of it, from the first that is told of it to its removal. */
export const environmentRow = TABLES.pull_request_environments.omit({ client_id: true }).required().extend({
  created_at: z.string(),
  removed_at: z.string().nullable(),
});

/** Environments that are there, newest first: one a pull request. */
export const environmentsAlive = (limit: number, after?: { created_at: string; id: string }): Query<typeof environmentRow> => ({
  table: 'pull_request_environments',
  row: environmentRow,
  where: [{ column: 'removed_at', is: 'null' }],
  order: { columns: ['created_at', 'id'], direction: 'desc' },
  ...(after && { after: [after.created_at, after.id] }),
  limit,
});

/** The lives of one pull request's environment, newest first. */
export const environmentLives = (number: number, limit = 1): Query<typeof environmentRow> => ({
  ...environmentsAlive(limit),
  where: [{ column: 'number', is: 'equal', value: number }],
});

/** The environment of which an act told last; an act that others followed is found no more. */
export const environmentOfAct = (id: string): Query<typeof environmentRow> => ({
  ...environmentsAlive(1),
  where: [{ column: 'evidence_id', is: 'equal', value: id }],
});
