import * as z from 'zod';
import { sha256Schema } from '../hash.ts';
import type { EnvironmentChange } from './environment-changes.ts';
import type { FeatureFlag } from './flags.ts';
import type { Call } from './port.ts';
import type { Rows } from './rows.ts';
import { schemaDescription } from './description.ts';

const idsSchema = z.array(z.uuid());

const recordsSchema = z.record(z.uuid(), sha256Schema);

/** Writes rows, all or none; those that are there already are left alone. Answers the records that are there now, by id, with their hashes. */
export const recordRows = (rows: Rows): Call<typeof recordsSchema> => ({
  name: 'record',
  arguments: { rows },
  json: ['rows'],
  result: recordsSchema,
});

/** Those of some records that the control plane holds. */
export const knownRecords = (client: string, ids: readonly string[]): Call<typeof idsSchema> => ({
  name: 'known',
  arguments: { client, ids },
  result: idsSchema,
});

/** Deletes logs and metrics that are older than a moment and than 30 days (§8.3). Answers how many rows. */
export const pruneLogs = (client: string, before: Date): Call<z.ZodInt> => ({
  name: 'prune_logs',
  arguments: { client, before: before.toISOString() },
  result: z.int(),
});

/** Switches a feature flag, in one environment or everywhere (`*`). @param change its id: sent twice, it is one change */
export const setFeatureFlag = (
  client: string,
  change: string,
  { name, environment, enabled, reason, actor }: Omit<FeatureFlag, 'changed_at'>,
): Call<z.ZodUUID> => ({
  name: 'set_feature_flag',
  arguments: { client, change, flag: name, place: environment, value: enabled, why: reason, who: actor },
  result: z.uuid(),
});

const newsSchema = z.boolean();

/** Says what a PR environment does now. Answers false where something newer is known of it. */
export const setPullRequestEnvironment = (environment: EnvironmentChange): Call<typeof newsSchema> => ({
  name: 'set_pull_request_environment',
  arguments: { environment },
  json: ['environment'],
  result: newsSchema,
});

export const describeSchema = (): Call<typeof schemaDescription> => ({ name: 'describe', arguments: {}, result: schemaDescription });
