import { verifyNeutralised } from '../../adapters/postgres/neutralisation.ts';
import type { Config } from '../../core/config/schema.ts';
import { toOpsError } from '../../core/errors.ts';
import type { Expectations, NeutralisationFacts } from '../../core/neutralisation/check.ts';
import { NEUTRALISATION_CHECKS } from '../../core/neutralisation/checks.ts';
import type { Workspace } from '../workspace.ts';

/** Milliseconds for connecting, and for each question: a staging that somebody works in is not held up. */
const TIMEOUT = 10_000;

/** What the configuration tells of a harmless staging that people have worked in. */
export const stagingExpectations = ({ policy, environments }: Config): Expectations => ({
  mail_catchers: policy.mail_catchers,
  base_url: environments.staging.url ?? null,
  production_uuid: null,
  // Odoo's own modules lie in an image: the repository alone does not know them all.
  modules: null,
  parameters: policy.integrations.flatMap(({ name, parameters, test_values }) =>
    parameters.map((key) => ({ key, integration: name, test_values })),
  ),
  is_fresh: false,
});

/**
 * What the database of staging still does; null where `environments.staging.database_url_env` names none, or its variable is not set.
 * One that does not answer is unknown, never passed.
 * @throws OpsError `cancelled`
 */
export async function neutralisationFacts(
  { config, environment, context: { signal } }: Pick<Workspace, 'config' | 'environment' | 'context'>,
  timeout = TIMEOUT,
): Promise<NeutralisationFacts | null> {
  const { database_url_env: variable } = config.environments.staging;
  const url = variable === undefined ? undefined : environment[variable];
  if (url === undefined || url === '') return null;
  try {
    const { database, problems } = await verifyNeutralised({ url, timeout, signal }, NEUTRALISATION_CHECKS, stagingExpectations(config));
    return { database, problems };
  } catch (error) {
    const known = toOpsError(error);
    if (known.code === 'cancelled') throw known;
    return { unknown: known.message };
  }
}
