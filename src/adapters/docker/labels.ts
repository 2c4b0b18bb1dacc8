import * as z from 'zod';
import { shaSchema } from '../../core/repository/names.ts';
import { PARTS, type Part, type Stamp } from '../../core/pr-environments/thing.ts';

const PREFIX = 'odoo-ops.';

/** What a filter of the engine finds all things of a project by. */
export const projectLabel = (project: string): string => `${PREFIX}project=${project}`;

/** Our stamp as labels: `odoo-ops.<key>`, and `odoo-ops.part`. What is null has no label. */
export function labelsOf(part: Part, stamp: Stamp): Record<string, string> {
  const words = Object.entries({ part, ...stamp }).filter((entry): entry is [string, string | number] => entry[1] !== null);
  return Object.fromEntries(words.map(([key, value]) => [`${PREFIX}${key}`, String(value)]));
}

const labelSchema = z.object({
  part: z.enum(PARTS),
  project: z.string().min(1),
  number: z.coerce.number().int().positive().nullable(),
  attempt: z.string().nullable(),
  commit: shaSchema.nullable(),
  branch: z.string().nullable(),
  engine: z.string().nullable(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable(),
});

/** Part and stamp; null for what is not ours, or bears a stamp that we did not write. */
export function readLabels(labels: Readonly<Record<string, string>> | null | undefined): { part: Part; stamp: Stamp } | null {
  if (!labels) return null;
  const words = Object.keys(labelSchema.shape).map((key) => [key, labels[`${PREFIX}${key}`] ?? null]);
  const parsed = labelSchema.safeParse(Object.fromEntries(words));
  if (!parsed.success) return null;
  const { part, ...stamp } = parsed.data;
  return { part, stamp };
}

/** Whether a thing still bears exactly this stamp. */
export function bears(labels: Readonly<Record<string, string>> | null | undefined, part: Part, stamp: Stamp): boolean {
  const read = readLabels(labels);
  if (read?.part !== part) return false;
  return (Object.keys(stamp) as (keyof Stamp)[]).every((key) => read.stamp[key] === stamp[key]);
}
