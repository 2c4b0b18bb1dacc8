import * as z from 'zod';
import { shaSchema } from './names.ts';

/** A commit, as a person wants to see it. */
export const commitSchema = z.object({
  sha: shaSchema,
  parents: z.array(shaSchema),
  author: z.string(),
  email: z.string(),
  /** Author time, ISO 8601 with the author's own offset. */
  authored_at: z.string(),
  /** Committer time, ISO 8601 with the committer's own offset: the time of a build. */
  committed_at: z.string(),
  subject: z.string(),
});
export type Commit = z.infer<typeof commitSchema>;

/** One changed file between two trees; line counts are null for binary files. */
export const fileChangeSchema = z.object({
  status: z.enum(['added', 'changed', 'deleted']),
  path: z.string(),
  added: z.int().nullable(),
  removed: z.int().nullable(),
});
export type FileChange = z.infer<typeof fileChangeSchema>;

/** One entry of a commit's tree, with its path from the root. */
export interface TreeEntry {
  /** `100644`, `100755`, `120000` (symbolic link) or `160000` (submodule). */
  mode: string;
  object: string;
  path: string;
}
