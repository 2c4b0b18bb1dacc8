import * as z from 'zod';
import type { Stamp } from '../../../core/pr-environments/thing.ts';
import { shaSchema } from '../../../core/repository/names.ts';

const MARK = 'odoo-ops ';

const stampSchema = z.object({
  project: z.string(),
  number: z.int().positive().nullable(),
  attempt: z.string().nullable(),
  commit: shaSchema.nullable(),
  branch: z.string().nullable(),
  engine: z.string().nullable().default(null),
  created_at: z.string(),
  expires_at: z.string().nullable(),
});

/** Our mark as the comment of a role or of a database. */
const commentSchema = stampSchema.extend({
  /** Of a template that is complete: by what people and plans call it. */
  template: z.string().nullable().default(null),
  /** Of a role: its environment was built, and waits for its turn. */
  waiting: z.boolean().default(false),
});
export type Comment = z.infer<typeof commentSchema>;

export const commentText = (stamp: Stamp, more: Partial<Pick<Comment, 'template' | 'waiting'>> = {}): string =>
  MARK + JSON.stringify(commentSchema.parse({ ...stamp, ...more }));

/** Null for what is not ours: no comment, one of a person, or one that is not as we write it. */
export function parseComment(text: string | null): Comment | null {
  if (text?.startsWith(MARK) !== true) return null;
  try {
    return commentSchema.parse(JSON.parse(text.slice(MARK.length)));
  } catch {
    return null;
  }
}

export const stampOf = (comment: Comment): Stamp => stampSchema.parse(comment);

export const isSameStamp = (a: Stamp, b: Stamp): boolean => JSON.stringify(stampSchema.parse(a)) === JSON.stringify(stampSchema.parse(b));
