import type { Config } from '../config/schema.ts';
import { TASK_KINDS, type TaskKind } from './names.ts';

/** Only a host that has environments can do them. */
const OF_ENVIRONMENTS: readonly TaskKind[] = ['pr-down', 'pr-up', 'sweep'];

/**
 * The kinds that a host can do: what it cannot, waits for one that can. PR environments live where their database server is named, so a
 * build host beside it never takes a sweep and finds nothing.
 */
export function kindsOf(
  { pull_requests: { database } }: Config,
  environment: Readonly<Record<string, string | undefined>>,
): readonly TaskKind[] {
  const named = (environment[database.url_env] ?? '') !== '';
  return named ? TASK_KINDS : TASK_KINDS.filter((kind) => !OF_ENVIRONMENTS.includes(kind));
}
