import { milliseconds } from '../../core/config/duration.ts';
import { isOpsError, toOpsError } from '../../core/errors.ts';
import { idleOnes, turns } from '../../core/pr-environments/capacity.ts';
import { say, type Workspace } from '../workspace.ts';
import { drift } from './drift.ts';
import { findEnvironments, type FoundEnvironment } from './find.ts';
import type { Platform } from './platform.ts';
import { tellStopped } from './report.ts';
import { asRunning, runningOf } from './room.ts';
import { putToSleep, wake } from './sleep.ts';

/** An environment that was stopped, and why. */
export interface Stopped {
  number: number;
  reason: string;
}

/**
 * Looks after the environments that run: one that is not harmless any more is stopped, one that nobody uses goes to sleep, one that waits has
 * its turn. What cannot be asked is said, and keeps no other one from its care.
 * @returns those that are not harmless any more
 */
export async function tend(workspace: Workspace, platform: Platform): Promise<Stopped[]> {
  const { context } = workspace;
  const { signal } = context;
  const { running: cap, idle_after: idleAfter } = platform.config.pull_requests;
  const carefully = async (number: number, care: () => Promise<void>): Promise<void> => {
    try {
      await care();
    } catch (error) {
      signal.throwIfAborted();
      // Somebody builds it or takes it away right now.
      if (!isOpsError(error, 'locked')) say(context, `Environment ${number}: ${toOpsError(error).message}`, 'warning');
    }
  };
  const environments = await findEnvironments(platform, signal);
  const awake = new Map(runningOf(environments).map((found) => [found.identity.number, found]));
  const stop = async (found: FoundEnvironment): Promise<boolean> => {
    const isDone = await putToSleep(platform, found, signal);
    awake.delete(found.identity.number);
    return isDone;
  };
  const stopped: Stopped[] = [];
  for (const found of [...awake.values()]) {
    const { number } = found.identity;
    await carefully(number, async () => {
      const problems = await drift(platform, found, signal);
      if (problems.length === 0) return;
      if (!(await stop(found))) return;
      const reason = problems.join(' ');
      stopped.push({ number, reason });
      say(context, `Environment ${number} was stopped: it is not harmless any more. ${reason}`, 'error');
      await tellStopped(workspace, platform, found, reason);
    });
  }
  const running = await asRunning(platform, [...awake.values()], signal);
  for (const { number, found } of idleOnes(running, milliseconds(idleAfter), new Date())) {
    await carefully(number, async () => {
      await stop(found);
    });
  }
  const waiting = await platform.server.waiting(platform.project, signal);
  const queue = environments.flatMap(({ identity: { number }, thing }) =>
    thing.running === false && waiting.has(number) ? [{ number, since: new Date(thing.stamp.created_at) }] : [],
  );
  const used = running.filter(({ number }) => awake.has(number));
  for (const { number } of turns(queue, used, cap, new Date()).start) await carefully(number, () => wake(workspace, platform, number));
  return stopped;
}
