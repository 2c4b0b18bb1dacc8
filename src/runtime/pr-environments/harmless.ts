import { verifyNeutralised } from '../../adapters/postgres/neutralisation.ts';
import { sha256 } from '../../adapters/files/hash.ts';
import { OpsError } from '../../core/errors.ts';
import { NEUTRALISATION_CHECKS } from '../../core/neutralisation/checks.ts';
import { catcherSql } from '../../core/neutralisation/catcher.ts';
import { identitySql } from '../../core/neutralisation/identity.ts';
import { ownLayerSql } from '../../core/neutralisation/layer.ts';
import type { EnvironmentOutcome } from '../../core/pr-environments/plan.ts';
import type { Session } from '../evidence/session.ts';
import { stagingExpectations } from '../policy/neutralisation.ts';
import type { Building } from './building.ts';
import { runOdoo } from './run-odoo.ts';

type Neutralisation = NonNullable<EnvironmentOutcome['neutralisation']>;

/** Milliseconds for one statement. */
const TIMEOUT = 60_000;

/** What stands between Odoo's own BEGIN and COMMIT: we run it in a transaction of ours. An addon may print while it is imported. */
export function statementsOf(output: readonly string[]): string {
  const begin = output.indexOf('BEGIN;');
  const end = output.lastIndexOf('COMMIT;');
  if (begin < 0 || end < begin) {
    throw new OpsError('failed', 'Odoo answered `neutralize --stdout` without SQL.', {
      hint: 'Is it Odoo 16 or newer? Its log is in the evidence.',
    });
  }
  return output.slice(begin + 1, end).join('\n');
}

/**
 * Makes a copy harmless, after the last work on its modules (which switches crons and mail servers on again): an identity of its own,
 * Odoo's neutralisation by the same code and addons path, ours after it, and the one mail server to the catcher (§3.3). All of it runs as
 * the environment's own role: the SQL comes from addons of the branch.
 * @throws OpsError `failed` where Odoo cannot tell its SQL, `rejected` where PostgreSQL does not take it
 */
export async function neutralise(
  building: Building,
  session: Session,
): Promise<Pick<Neutralisation, 'odoo_sql_sha256' | 'own_sql_sha256'>> {
  const { platform, attempt, password, place, url, signal } = building;
  const output = await runOdoo(building, session, { name: 'neutralize', arguments: ['neutralize', '--stdout'] });
  if (output.exitCode !== 0) {
    throw new OpsError('failed', `Odoo could not neutralise: ${output.problem}`, {
      hint: 'Its log is in the evidence: logs/neutralize.log.',
    });
  }
  const odoo = statementsOf(output.stdout);
  const own = [
    // Reports load their styles from Odoo itself, which does not reach its own address from inside.
    identitySql({ baseUrl: url, reportUrl: `http://127.0.0.1:${place.http.port}` }),
    ownLayerSql({ integrations: platform.config.policy.integrations }),
    catcherSql(place.mail),
  ].join('\n');
  await session.attach('neutralize.sql', `${odoo}\n`);
  await session.attach('harmless.sql', own);
  await platform.server.run(attempt.identity, password, odoo, [], signal);
  await platform.server.run(attempt.identity, password, own, [], signal);
  return { odoo_sql_sha256: sha256(`${odoo}\n`), own_sql_sha256: sha256(own) };
}

/** Asks the copy itself, as its own role, whether it is like one that nobody worked in yet has to be. @returns what was asked, and what is wrong */
export async function verify({
  platform,
  attempt,
  password,
  url,
  place,
  modules,
  sourceUuid,
  signal,
}: Building): Promise<Pick<Neutralisation, 'asked' | 'problems'>> {
  const expected = {
    ...stagingExpectations(platform.config),
    mail_catchers: [...platform.config.policy.mail_catchers, place.mail.host],
    base_url: url,
    production_uuid: sourceUuid,
    modules: [...modules.keys()],
    is_fresh: true,
  };
  const connection = { url: platform.server.url(attempt.identity, password), timeout: TIMEOUT, signal };
  const { asked, problems } = await verifyNeutralised(connection, NEUTRALISATION_CHECKS, expected);
  return { asked, problems: problems.map(({ check, message }) => ({ check, message })) };
}
