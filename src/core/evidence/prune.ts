import * as z from 'zod';
import { sha256Schema } from '../hash.ts';

/**
 * What stays of a record that was removed by age: its link of the chain. It stands in the plan of a prune record, so it is sealed
 * with that one and can be changed as little (docs/decisions/0008-tombstones-in-the-chain.md).
 */
export const tombstoneSchema = z.object({
  id: z.uuid(),
  folder: z.string(),
  hash: sha256Schema,
  previous: z.array(sha256Schema),
  started_at: z.string(),
});
export type Tombstone = z.infer<typeof tombstoneSchema>;

const placeSchema = z.object({ id: z.uuid(), folder: z.string() });

/** What becomes of old evidence (§8.3). Folders are named from the evidence root. */
export const prunePlanSchema = z.object({
  act: z.literal('prune'),
  compress: z.array(placeSchema),
  /** In force once the act has passed; the folders go after that, so that no crash leaves a gap. */
  remove: z.array(tombstoneSchema),
  /** What is old enough, and stays as it is all the same. */
  keep: z.array(placeSchema.extend({ why: z.string() })),
  compress_after_days: z.int(),
  remove_after_days: z.int(),
  /** Logs in the control plane from before this time go. */
  logs_before: z.string(),
});
export type PrunePlan = z.infer<typeof prunePlanSchema>;

export const pruneOutcomeSchema = z.object({
  act: z.literal('prune'),
  compressed: z.int(),
  /** Records whose tombstones are in force. */
  removed: z.int(),
  /** Of the folders in the plan, on disk. */
  bytes_before: z.int(),
  bytes_after: z.int(),
  /** Null where no control plane was reached. */
  logs_deleted: z.int().nullable(),
});
export type PruneOutcome = z.infer<typeof pruneOutcomeSchema>;
