import * as z from 'zod';
import { buildManifestSchema, buildPlanSchema } from '../build/manifest.ts';
import { canonicalJson } from '../canonical-json.ts';
import { isPlainPath } from '../config/paths.ts';
import { deploymentOutcomeSchema, deploymentPlanSchema } from '../deployment/plan.ts';
import { gateResultSchema } from '../gates/gate.ts';
import { sha256Schema, type Hash, type Sha256 } from '../hash.ts';
import { environmentOutcomeSchema, environmentPlanSchema, sweepOutcomeSchema, sweepPlanSchema } from '../pr-environments/plan.ts';
import { promotionPlanSchema } from '../promotion/plan.ts';
import { pruneOutcomeSchema, prunePlanSchema } from './prune.ts';
import { shaSchema } from '../repository/names.ts';

export const RECORD_FILE = 'record.json';
/** Where the files of a record lie once its folder is compressed. */
export const ARCHIVE_FILE = 'files.tar.gz';

const stepSchema = z.object({
  name: z.string(),
  title: z.string(),
  result: z.enum(['running', 'passed', 'failed', 'cancelled']),
  started_at: z.string(),
  duration_ms: z.int().nullable(),
  message: z.string().nullable(),
});

/** A record may come from another clone: no path in it may lead out of its folder, or into a repository within it. */
const filePathSchema = z
  .string()
  .refine((path) => isPlainPath(path) && path !== ARCHIVE_FILE, 'Expected a path within the folder of the record.');

/** What an act came to, beyond its result. */
const outcomeSchema = z.discriminatedUnion('act', [
  z.object({ act: z.literal('build'), manifest: buildManifestSchema, verified: z.boolean() }),
  z.object({
    act: z.literal('promotion'),
    /** What the target branch holds now; null where it did not move. */
    sha: shaSchema.nullable(),
    /** What it held before: the way back (§6.2). */
    previous_sha: shaSchema,
    gates: z.array(gateResultSchema),
  }),
  deploymentOutcomeSchema,
  pruneOutcomeSchema,
  environmentOutcomeSchema,
  sweepOutcomeSchema,
]);
export type Outcome = z.infer<typeof outcomeSchema>;

/**
 * `record.json` (§6.3). It is written when the act starts, saying `interrupted`, and rewritten as it goes: whatever kills the
 * process, the last word on disk is true. A sealed record has `hash` and is a link of the chain.
 */
export const recordSchema = z.object({
  format: z.literal('odoo-ops-record/1'),
  id: z.uuid(),
  topic: z.string(),
  result: z.enum(['interrupted', 'passed', 'failed', 'refused', 'cancelled']),
  message: z.string().nullable(),
  started_at: z.string(),
  finished_at: z.string().nullable(),
  actor: z.string(),
  process: z.object({ host: z.string(), pid: z.int(), version: z.string() }),
  plan: z.discriminatedUnion('act', [
    buildPlanSchema,
    promotionPlanSchema,
    deploymentPlanSchema,
    prunePlanSchema,
    environmentPlanSchema,
    sweepPlanSchema,
  ]),
  steps: z.array(stepSchema),
  outcome: outcomeSchema.nullable(),
  /** Every other file of the folder; paths from the folder. */
  files: z.array(z.object({ path: filePathSchema, sha256: sha256Schema, bytes: z.int() })),
  /** Hashes of the records that no other record followed when this one was sealed. Several, after clones met. */
  previous: z.array(sha256Schema),
  hash: sha256Schema.nullable(),
});
export type EvidenceRecord = z.infer<typeof recordSchema>;
export type SealedRecord = EvidenceRecord & { hash: Sha256 };

/** A record's hash: over all of it but the hash itself. */
export function recordHash(record: object, hash: Hash): Sha256 {
  return hash(canonicalJson({ ...record, hash: null }));
}

export const isSealed = (record: EvidenceRecord): record is SealedRecord => record.hash !== null;

/** True where a sealed record has the hash that it ought to have. */
export function isUnchanged({ record, content, exact }: { record: EvidenceRecord; content: object; exact: boolean }, hash: Hash): boolean {
  try {
    return exact && isSealed(record) && recordHash(content, hash) === record.hash;
  } catch {
    return false; // values that no record of ours holds, such as fractions
  }
}
