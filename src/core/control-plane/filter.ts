import { OpsError } from '../errors.ts';
import { parseMoment } from '../moment.ts';
import type { ActivityFilter } from './questions.ts';
import { TABLES } from './tables.ts';

export const ACTS = ['promotion', 'deployment', 'build', 'pr-environment', 'sweep', 'prune'] as const;
export const RESULTS = TABLES.evidence.shape.result.options;
/** Environments that acts are recorded for; PR environments are `pr-<number>`. */
export const RECORDED_ENVIRONMENTS = ['staging', 'production'] as const;

function oneOf(what: string, word: string | undefined, known: readonly string[], also = ''): void {
  if (word === undefined || known.includes(word)) return;
  throw new OpsError('usage', `${JSON.stringify(word)} is no ${what}.`, { hint: `Expected ${known.join(', ')}${also}.` });
}

interface Words {
  env?: string;
  module?: string;
  act?: string;
  result?: string;
  since?: string;
  until?: string;
}

/** What a person filters by, checked: a word that is spelled wrong would find nothing and look like the truth. @throws OpsError `usage` */
export function checkedFilter(
  { env, module, act, result, since, until }: Words,
  { now, timeZone }: { now: Date; timeZone: string },
): ActivityFilter {
  if (env === undefined || !/^pr-\d+$/.test(env)) oneOf('environment', env, RECORDED_ENVIRONMENTS, ' or pr-<number>');
  oneOf('act', act, ACTS);
  oneOf('result', result, RESULTS);
  const from = since === undefined ? undefined : parseMoment(since, { now, timeZone, edge: 'start' });
  const to = until === undefined ? undefined : parseMoment(until, { now, timeZone, edge: 'end' });
  if (from && to && from > to) throw new OpsError('usage', '--since is after --until.');
  return {
    ...(env !== undefined && { environment: env }),
    ...(module !== undefined && { module }),
    ...(act !== undefined && { act }),
    ...(result !== undefined && { result }),
    ...(from && { since: from.toISOString() }),
    ...(to && { until: to.toISOString() }),
  };
}
