import { milliseconds } from '../../core/config/duration.ts';
import { makeRoomFor, type Runner } from '../../core/pr-environments/capacity.ts';
import { findEnvironments, type FoundEnvironment } from './find.ts';
import type { Platform } from './platform.ts';
import { putToSleep } from './sleep.ts';
import { lastRequest } from './visits.ts';

export interface Running extends Runner {
  found: FoundEnvironment;
}

/** Environments that run, with the last time that somebody opened each. */
export async function runningEnvironments(platform: Platform, signal: AbortSignal): Promise<Running[]> {
  const since = new Date(Date.now() - milliseconds(platform.config.pull_requests.idle_after));
  const [environments, visits] = await Promise.all([findEnvironments(platform, signal), platform.visits(since, signal)]);
  const running = environments.filter(({ thing }) => thing.running === true);
  return Promise.all(
    running.map(async (found) => ({
      number: found.identity.number,
      startedAt: new Date(found.thing.stamp.created_at),
      lastVisit: visits.get(found.identity.host) ?? (platform.proxy ? null : await lastRequest(platform.engine, found.identity, signal)),
      found,
    })),
  );
}

/**
 * Makes room for one more environment: where too many run, the longest idle one is put to sleep.
 * @returns false where somebody uses each of them: this one waits
 */
export async function makeRoom(platform: Platform, number: number, signal: AbortSignal): Promise<boolean> {
  const running = (await runningEnvironments(platform, signal)).filter((one) => one.number !== number);
  const { running: cap } = platform.config.pull_requests;
  const stop = makeRoomFor(running, cap, new Date());
  if (stop === null) return false;
  for (const one of stop) await putToSleep(platform, one.found, signal);
  return true;
}
