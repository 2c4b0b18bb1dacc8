import * as z from 'zod';
import { stageSchema } from '../config/schema.ts';
import { commitSchema } from '../repository/commit.ts';
import { moduleChangeSchema } from '../repository/module.ts';
import { branchNameSchema, shaSchema } from '../repository/names.ts';

/** A module that the deployment brings to another version, and the script that Odoo runs for it (§6.2). */
export const migrationPlanSchema = z.object({
  module: z.string(),
  /** Null where the module is new. */
  old_version: z.string().nullable(),
  new_version: z.string(),
  /** `migrations/19.0.1.1.0/pre-rename.py` from the module's folder; null for an upgrade without a script. */
  script: z.string().nullable(),
});
export type MigrationPlan = z.infer<typeof migrationPlanSchema>;

/** What will be put into an environment: the commit that its branch holds. */
export const deploymentPlanSchema = z.object({
  act: z.literal('deployment'),
  environment: z.enum(['staging', 'production']),
  stage: stageSchema,
  remote: z.string(),
  branch: branchNameSchema,
  sha: shaSchema,
  /** What the last passed deployment put there: the way back (§6.2). Null where none is known. */
  previous_sha: shaSchema.nullable(),
  /** What it runs now, by the last deployment that got to its command; null where nobody can say. */
  running_sha: shaSchema.nullable(),
  /** True where an earlier deployment already ran this commit or a later one. */
  rollback: z.boolean(),
  /** Commits that what runs now lacks, newest first; where nobody knows that, those that `previous_sha` lacks. */
  commits: z.array(commitSchema),
  modules: z.array(moduleChangeSchema),
  migrations: z.array(migrationPlanSchema),
  url: z.string().nullable(),
  timeout_ms: z.int(),
});
export type DeploymentPlan = z.infer<typeof deploymentPlanSchema>;

export const migrationResultSchema = migrationPlanSchema.extend({
  /** Time that Odoo's log gives; null where it gives none. */
  duration_ms: z.int().nullable(),
});
export type MigrationResult = z.infer<typeof migrationResultSchema>;

/** One question to the running Odoo (§6.2: HTTP 200, database connectivity). */
export const healthCheckSchema = z.object({
  name: z.string(),
  result: z.enum(['passed', 'failed', 'inconclusive']),
  message: z.string(),
  checked_at: z.string(),
  duration_ms: z.int(),
});
export type HealthCheck = z.infer<typeof healthCheckSchema>;

export const deploymentOutcomeSchema = z.object({
  act: z.literal('deployment'),
  /** What the environment runs now; null where that cannot be said. */
  sha: shaSchema.nullable(),
  previous_sha: shaSchema.nullable(),
  migrations: z.array(migrationResultSchema),
  health: z.array(healthCheckSchema),
});
export type DeploymentOutcome = z.infer<typeof deploymentOutcomeSchema>;
