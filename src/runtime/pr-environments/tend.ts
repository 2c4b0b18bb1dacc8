import { verifyNeutralised } from '../../adapters/postgres/neutralisation.ts';
import { milliseconds } from '../../core/config/duration.ts';
import { parseOdooConf } from '../../core/devserver/odoo-conf.ts';
import { toOpsError } from '../../core/errors.ts';
import { NEUTRALISATION_CHECKS } from '../../core/neutralisation/checks.ts';
import { idleOnes, turns } from '../../core/pr-environments/capacity.ts';
import { stagingExpectations } from '../policy/neutralisation.ts';
import { say, type Workspace } from '../workspace.ts';
import { findEnvironments, type FoundEnvironment } from './find.ts';
import { environmentUrl, waitingEnvironments } from './list.ts';
import type { Platform } from './platform.ts';
import { asRunning, runningOf } from './room.ts';
import { putToSleep, wake } from './sleep.ts';

const TIMEOUT = 15_000;

/** What an environment that people work in does that it must not; asked as its own role: what is in its database is not to be trusted. */
async function drift(platform: Platform, { identity }: FoundEnvironment, signal: AbortSignal): Promise<string[]> {
  // Nobody else keeps the role's password.
  const options = parseOdooConf((await platform.engine.configuration(identity, signal)) ?? '');
  const [password, catcher] = [options.get('db_password'), options.get('smtp_server')];
  if (password === undefined) return [];
  const expected = {
    ...stagingExpectations(platform.config),
    mail_catchers: [...platform.config.policy.mail_catchers, ...(catcher === undefined ? [] : [catcher])],
    base_url: environmentUrl(platform, identity),
  };
  const connection = { url: platform.server.url(identity, password), timeout: TIMEOUT, signal };
  const { problems } = await verifyNeutralised(connection, NEUTRALISATION_CHECKS, expected);
  return problems.map(({ message }) => message);
}

/**
 * Looks after the environments that run: one that is not harmless any more is stopped, one that nobody uses goes to sleep, one that waits has
 * its turn. What cannot be asked is said, and keeps no other one from its care.
 */
export async function tend(workspace: Workspace, platform: Platform): Promise<void> {
  const { context } = workspace;
  const { signal } = context;
  const { running: cap, idle_after: idleAfter } = platform.config.pull_requests;
  const carefully = async (number: number, care: () => Promise<void>): Promise<void> => {
    try {
      await care();
    } catch (error) {
      signal.throwIfAborted();
      say(context, `Environment ${number}: ${toOpsError(error).message}`, 'warning');
    }
  };
  const awake = new Map(runningOf(await findEnvironments(platform, signal)).map((found) => [found.identity.number, found]));
  const stop = async (found: FoundEnvironment): Promise<void> => {
    await putToSleep(platform, found, signal);
    awake.delete(found.identity.number);
  };
  for (const found of [...awake.values()]) {
    const { number } = found.identity;
    await carefully(number, async () => {
      const [problem] = await drift(platform, found, signal);
      if (problem === undefined) return;
      await stop(found);
      say(context, `Environment ${number} was stopped: it is not harmless any more. ${problem}`, 'error');
    });
  }
  const running = await asRunning(platform, [...awake.values()], signal);
  for (const { number, found } of idleOnes(running, milliseconds(idleAfter), new Date())) await carefully(number, () => stop(found));
  const waiting = await waitingEnvironments(workspace, platform);
  if (waiting.length === 0) return;
  const queue = waiting.map(({ identity, thing }) => ({ number: identity.number, since: new Date(thing.stamp.created_at) }));
  const used = running.filter(({ number }) => awake.has(number));
  for (const { number } of turns(queue, used, cap, new Date()).start) await carefully(number, () => wake(platform, number, signal));
}
