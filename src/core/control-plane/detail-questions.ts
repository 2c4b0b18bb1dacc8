import type * as z from 'zod';
import type { Query } from './port.ts';
import type { deploymentRow, promotionRow } from './questions.ts';
import { deployments, promotionsInto, type DeploymentRow } from './questions.ts';
import { TABLES } from './tables.ts';

/** The first passed promotions into an environment that ended at a time or later. */
export const promotionsFrom = (environment: string, since: string): Query<typeof promotionRow> => ({
  ...promotionsInto(environment, { limit: 2 }),
  where: [
    { column: 'environment', is: 'equal', value: environment },
    { column: 'result', is: 'equal', value: 'passed' },
    { column: 'finished_at', is: 'at-least', value: since },
  ],
  order: { columns: ['finished_at', 'id'], direction: 'asc' },
});

export const onePromotion = (id: string): Query<typeof promotionRow> => ({
  ...promotionsInto(''),
  where: [{ column: 'id', is: 'equal', value: id }],
});

/** The first deployments of an environment that ended at a time or later, whatever they came to. */
export const deploymentsFrom = (environment: string, since: string, limit: number): Query<typeof deploymentRow> => ({
  ...deployments({ environment, since }, limit),
  order: { columns: ['deployed_at', 'id'], direction: 'asc' },
});

/** The promotions that had brought a commit to the branch of an environment by some time, newest first. */
export const promotionsOfCommit = (environment: string, sha: string, until: string): Query<typeof promotionRow> => ({
  ...promotionsInto(environment, { until }),
  where: [...promotionsInto(environment, { until }).where, { column: 'sha', is: 'equal', value: sha }],
});

export const oneDeployment = (id: string): Query<typeof deploymentRow> => ({
  ...deployments({}, 1),
  where: [{ column: 'id', is: 'equal', value: id }],
});

const healthRow = TABLES.health_checks.omit({ client_id: true });
export type HealthRow = z.infer<typeof healthRow>;

/** What Odoo answered after a deployment. */
export const healthOf = ({ id, environment, started_at, deployed_at }: DeploymentRow): Query<typeof healthRow> => ({
  table: 'health_checks',
  row: healthRow,
  where: [
    { column: 'environment', is: 'equal', value: environment },
    { column: 'checked_at', is: 'at-least', value: started_at },
    { column: 'checked_at', is: 'at-most', value: deployed_at },
    { column: 'deployment_id', is: 'equal', value: id },
  ],
  order: { columns: ['checked_at', 'name'], direction: 'asc' },
  limit: 100,
});

const migrationRow = TABLES.migrations.omit({ client_id: true });
export type MigrationRow = z.infer<typeof migrationRow>;

/** The module upgrades of a deployment, in their order. */
export const migrationsOf = (deploymentId: string): Query<typeof migrationRow> => ({
  table: 'migrations',
  row: migrationRow,
  where: [{ column: 'deployment_id', is: 'equal', value: deploymentId }],
  order: { columns: ['position'], direction: 'asc' },
  limit: 1000,
});

// Without the manifest, which is large.
const buildRow = TABLES.builds.omit({ client_id: true, manifest: true, dependencies: true });
export type BuildRow = z.infer<typeof buildRow>;

export const oneBuild = (id: string): Query<typeof buildRow> => ({
  table: 'builds',
  row: buildRow,
  where: [{ column: 'id', is: 'equal', value: id }],
  order: { columns: ['id'], direction: 'asc' },
  limit: 1,
});
