import { verifyNeutralised } from '../../adapters/postgres/neutralisation.ts';
import { parseOdooConf } from '../../core/devserver/odoo-conf.ts';
import { toOpsError } from '../../core/errors.ts';
import { NEUTRALISATION_CHECKS } from '../../core/neutralisation/checks.ts';
import { stagingExpectations } from '../policy/neutralisation.ts';
import type { FoundEnvironment } from './find.ts';
import { environmentUrl, type Platform } from './platform.ts';

/** Milliseconds for a question: who installs an app in an environment locks tables for a while. */
const TIMEOUT = 60_000;

/** Jobs wait for ever in an environment, which has no runner: that somebody who works in it makes some is no harm. */
const CHECKS = NEUTRALISATION_CHECKS.filter(({ name }) => name !== 'queued-jobs');

/**
 * Why an environment is not harmless any more (§3.3), asked as its own role: what is in its database is not to be trusted. What keeps that from
 * being asked is an answer too: only a server that is away is not.
 * @throws OpsError `unreachable`, `cancelled`
 */
export async function drift(platform: Platform, { identity }: FoundEnvironment, signal: AbortSignal): Promise<string[]> {
  try {
    // Nobody else keeps the role's password.
    const options = parseOdooConf((await platform.engine.configuration(identity, signal)) ?? '');
    const [password, catcher] = [options.get('db_password'), options.get('smtp_server')];
    if (password === undefined) return ['Its configuration does not say how its database is asked.'];
    const expected = {
      ...stagingExpectations(platform.config),
      mail_catchers: [...platform.config.policy.mail_catchers, ...(catcher === undefined ? [] : [catcher])],
      base_url: environmentUrl(platform, identity),
    };
    const connection = { url: platform.server.url(identity, password), timeout: TIMEOUT, signal };
    const { problems } = await verifyNeutralised(connection, CHECKS, expected);
    return problems.map(({ message }) => message);
  } catch (error) {
    signal.throwIfAborted();
    // Where the server answers, it is this one database that does not: its code may have changed the password, or holds a lock for ever.
    await platform.server.describe(signal);
    return [toOpsError(error).message];
  }
}
