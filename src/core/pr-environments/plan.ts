import * as z from 'zod';
import { moduleChangeSchema } from '../repository/module.ts';
import { shaSchema } from '../repository/names.ts';
import { PARTS, THING_KINDS } from './thing.ts';

/** What will be built for a pull request, or taken away: a pure value, before anything happens (§4.3). */
export const environmentPlanSchema = z.object({
  act: z.literal('pr-environment'),
  action: z.enum(['up', 'down']),
  stage: z.literal('staging'),
  number: z.int().positive(),
  title: z.string(),
  /** Of the pull request; null where it was not asked (`down` of one that nobody knows). */
  pull_request_url: z.string().nullable(),
  branch: z.string(),
  /** Of the pull request's head; null for `down`. */
  sha: shaSchema.nullable(),
  /** True for code from another repository: `approved_by` says who let this commit run. */
  fork: z.boolean(),
  approved_by: z.string().nullable(),
  host: z.string(),
  url: z.string(),
  name: z.string(),
  database: z.string(),
  engine: z.enum(['docker', 'process']),
  /** What this engine cannot give. */
  lacks: z.array(z.string()),
  /** What the database is copied from; null for a fresh one that no template serves yet. */
  template: z.object({ name: z.string(), database: z.string(), sha: shaSchema.nullable() }).nullable(),
  modules: z.array(moduleChangeSchema),
  egress: z.array(z.string()),
  access: z.enum(['basic', 'forward', 'public', 'local']),
  /** The commit that the environment runs now; null where there is none. */
  replaces_sha: shaSchema.nullable(),
});
export type EnvironmentPlan = z.infer<typeof environmentPlanSchema>;

/** green; yellow: its log warns; red: error lines, failed tests, modules not installed. */
export const verdictSchema = z.enum(['green', 'yellow', 'red']);
export type Verdict = z.infer<typeof verdictSchema>;

const thingNoteSchema = z.object({ kind: z.enum(THING_KINDS), part: z.enum(PARTS), name: z.string(), reason: z.string() });
export type ThingNote = z.infer<typeof thingNoteSchema>;

export const environmentOutcomeSchema = z.object({
  act: z.literal('pr-environment'),
  /** `waiting`: others run, and it has its turn later; `failed`: nothing of it runs. */
  state: z.enum(['running', 'waiting', 'failed', 'removed']),
  /** Where people open it: of a process its port was found while it was built. */
  url: z.string().optional(),
  verdict: verdictSchema.nullable(),
  /** Why it is yellow or red: lines of its log, at most 50. */
  lines: z.array(z.string()),
  /** True where the modules could not be installed, and a database with `base` alone is shown instead. */
  fallback: z.boolean(),
  image: z.object({ id: z.string(), base: z.string().nullable() }).nullable(),
  database: z.object({ strategy: z.string(), bytes: z.int() }).nullable(),
  /** The exact SQL that made it harmless: Odoo's own, and ours after it. Both are files of the record. */
  neutralisation: z
    .object({
      odoo_sql_sha256: z.string(),
      own_sql_sha256: z.string(),
      asked: z.array(z.string()),
      problems: z.array(z.object({ check: z.string(), message: z.string() })),
    })
    .nullable(),
  /** Installed modules that send or hold credentials, and that no neutralisation covers. */
  uncovered: z.array(z.object({ module: z.string(), reason: z.string() })),
  /** What was taken away. */
  removed: z.array(thingNoteSchema),
  /** When it goes in any case (ISO 8601); null where nothing of it runs. */
  expires_at: z.string().nullable(),
});
export type EnvironmentOutcome = z.infer<typeof environmentOutcomeSchema>;

/** What a sweep takes away, and why (§4.3: within one hour of closing nothing is left). */
export const sweepPlanSchema = z.object({
  act: z.literal('sweep'),
  project: z.string(),
  /** Numbers of the pull requests that were open. */
  open: z.array(z.int()),
  reclaim: z.array(thingNoteSchema),
});
export type SweepPlan = z.infer<typeof sweepPlanSchema>;

export const sweepOutcomeSchema = z.object({
  act: z.literal('sweep'),
  removed: z.array(thingNoteSchema),
  /** What changed since it was listed, or is being built: the next sweep looks again. */
  kept: z.array(thingNoteSchema),
  /** What could not be taken away: somebody has to look. */
  failed: z.array(thingNoteSchema).optional(),
  /** Numbers of the environments of which nothing is left. */
  gone: z.array(z.int()),
});
export type SweepOutcome = z.infer<typeof sweepOutcomeSchema>;
