import { verifyNeutralised } from '../../adapters/postgres/neutralisation.ts';
import { milliseconds } from '../../core/config/duration.ts';
import { toOpsError } from '../../core/errors.ts';
import { NEUTRALISATION_CHECKS } from '../../core/neutralisation/checks.ts';
import { idleOnes, turns } from '../../core/pr-environments/capacity.ts';
import { stagingExpectations } from '../policy/neutralisation.ts';
import { say, type Workspace } from '../workspace.ts';
import type { FoundEnvironment } from './find.ts';
import { environmentUrl, listEnvironments } from './list.ts';
import type { Platform } from './platform.ts';
import { runningEnvironments } from './room.ts';
import { putToSleep, wake } from './sleep.ts';

const TIMEOUT = 15_000;

/** The role's password, from the odoo.conf that the environment runs with: nobody else keeps it. */
const passwordIn = (configuration: string | null): string | null => /^db_password = (.*)$/m.exec(configuration ?? '')?.[1] ?? null;

/** What an environment that people work in does that it must not; asked as its own role: what is in its database is not to be trusted. */
async function drift(platform: Platform, { identity }: FoundEnvironment, signal: AbortSignal): Promise<string[]> {
  const configuration = await platform.engine.configuration(identity, signal);
  const password = passwordIn(configuration);
  if (password === null) return [];
  const host = /^smtp_server = (.*)$/m.exec(configuration ?? '')?.[1];
  const expected = {
    ...stagingExpectations(platform.config),
    mail_catchers: [...platform.config.policy.mail_catchers, ...(host === undefined ? [] : [host])],
    base_url: environmentUrl(platform, identity),
  };
  const { problems } = await verifyNeutralised(
    { url: platform.server.url(identity, password), timeout: TIMEOUT, signal },
    NEUTRALISATION_CHECKS,
    expected,
  );
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
  let running = await runningEnvironments(platform, signal);
  const stopped = new Set<number>();
  const stop = async (found: FoundEnvironment): Promise<void> => {
    await putToSleep(platform, found, signal);
    stopped.add(found.identity.number);
  };
  for (const { number, found } of running) {
    await carefully(number, async () => {
      const [problem] = await drift(platform, found, signal);
      if (problem === undefined) return;
      await stop(found);
      say(context, `Environment ${number} was stopped: it is not harmless any more. ${problem}`, 'error');
    });
  }
  running = running.filter(({ number }) => !stopped.has(number));
  for (const { number, found } of idleOnes(running, milliseconds(idleAfter), new Date())) await carefully(number, () => stop(found));
  running = running.filter(({ number }) => !stopped.has(number));
  const waiting = (await listEnvironments(workspace, { gitHubToken: null }))
    .filter(({ state, created_at: since }) => state === 'waiting' && since !== null)
    .map(({ number, created_at: since }) => ({ number, since: new Date(since ?? 0) }));
  if (waiting.length === 0) return;
  for (const { number } of turns(waiting, running, cap, new Date()).start) await carefully(number, () => wake(platform, number, signal));
}
