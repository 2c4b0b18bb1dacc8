import type { EnvironmentOutcome, Verdict } from '../../core/pr-environments/plan.ts';
import { judge, MOST_LINES } from '../../core/pr-environments/verdict.ts';
import type { Session } from '../evidence/session.ts';
import { withoutPassword, type Building } from './building.ts';
import { moduleRows, type Installed } from './install.ts';
import { requireAsPlanned } from './pull-request.ts';
import { awaitReady } from './ready.ts';
import { makeRoom } from './room.ts';
import { leadTo } from './route.ts';

/** Lines of the running Odoo's log that go into the evidence and are judged. */
const LOG_LINES = 2000;
const WORSE: readonly Verdict[] = ['green', 'yellow', 'red'];

export type Started = Pick<EnvironmentOutcome, 'state' | 'verdict' | 'lines'>;

/** What Odoo wrote since it was started; it goes to `logs/odoo.log`. */
async function readLog(building: Building, session: Session): Promise<string[]> {
  const { platform, attempt, signal } = building;
  const write = session.log('odoo.log');
  const log: string[] = [];
  const onLine = (text: string) => {
    const line = withoutPassword(building, text);
    log.push(line);
    write(line);
  };
  await platform.engine.logs(attempt.identity, { tail: LOG_LINES, follow: false, onLine }, signal);
  return log;
}

/**
 * Starts the Odoo of a database that is proven harmless, waits until it is ready, and opens its address. Where all places are taken by
 * environments that somebody uses, it goes to sleep at once and has its turn later.
 * @throws OpsError `refused` where the pull request was closed meanwhile, `moved` where it has a new commit, `failed`, `timeout`
 */
export async function startOdoo(building: Building, session: Session, installed: Installed): Promise<Started> {
  const { platform, attempt, plan, code, configuration, signal } = building;
  const { engine } = platform;
  const { identity } = attempt;
  await session.step('start', 'Start Odoo', () => engine.start(attempt, code, configuration, signal));
  const start = await session.step('ready', 'Wait until it is ready', async () => {
    try {
      await awaitReady(engine, identity, signal);
    } catch (error) {
      if (!signal.aborted) await readLog(building, session).catch(() => undefined);
      throw error;
    }
    const { warnings_are: warningsAre } = platform.config.pull_requests;
    const [log, rows] = await Promise.all([readLog(building, session), moduleRows(building)]);
    return judge({ exitCode: 0, log, asked: installed.asked, rows, tests: false }, warningsAre);
  });
  await session.step('still-open', `Is pull request ${plan.number} still open?`, () => requireAsPlanned(platform, plan, signal));
  const hasRoom = await makeRoom(platform, plan.number, signal);
  await session.step('route', hasRoom ? `Open ${building.url}` : 'Let it sleep until it is its turn', async () => {
    await leadTo(platform, attempt, hasRoom ? 'awake' : 'asleep', signal);
    if (hasRoom) return;
    await engine.stop(identity, signal);
    await platform.server.setWaiting(identity, true, signal);
  });
  const verdict = WORSE[Math.max(WORSE.indexOf(installed.verdict), WORSE.indexOf(start.verdict))] ?? 'red';
  return { state: hasRoom ? 'running' : 'waiting', verdict, lines: [...installed.lines, ...start.lines].slice(0, MOST_LINES) };
}
