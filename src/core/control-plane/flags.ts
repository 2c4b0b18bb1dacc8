import * as z from 'zod';
import type { Query } from './port.ts';

/** Where a flag holds that has no row for the environment that is asked for. */
export const EVERYWHERE = '*';

export const featureFlagSchema = z.object({
  name: z.string(),
  /** An environment, or `*`. */
  environment: z.string(),
  enabled: z.boolean(),
  reason: z.string(),
  actor: z.string(),
  changed_at: z.string(),
});
/** A change of a feature flag (§2.2). */
export type FeatureFlag = z.infer<typeof featureFlagSchema>;

const flagRow = featureFlagSchema.extend({ id: z.uuid() });
export type FlagRow = z.infer<typeof flagRow>;

/** Changes of feature flags, newest first. */
export const flagChanges = (limit: number, after?: { changed_at: string; id: string }): Query<typeof flagRow> => ({
  table: 'feature_flags',
  row: flagRow,
  where: [],
  order: { columns: ['changed_at', 'id'], direction: 'desc' },
  ...(after && { after: [after.changed_at, after.id] }),
  limit,
});

/** What holds now: of each name and environment the newest change. @param changes newest first @returns by name, `*` first */
export function currentFlags(changes: readonly FeatureFlag[]): FeatureFlag[] {
  const newest = new Map<string, FeatureFlag>();
  for (const change of changes) {
    const key = JSON.stringify([change.name, change.environment]);
    if (!newest.has(key)) newest.set(key, change);
  }
  const order = ({ name, environment }: FeatureFlag) => `${name}\0${environment === EVERYWHERE ? '' : environment}`;
  return [...newest.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** Whether a flag is on in an environment: by its own row, else by that of everywhere, else it is off. */
export function isEnabled(flags: readonly FeatureFlag[], name: string, environment: string): boolean {
  const find = (place: string) => flags.find((flag) => flag.name === name && flag.environment === place);
  return (find(environment) ?? find(EVERYWHERE))?.enabled ?? false;
}
