import { milliseconds } from '../../core/config/duration.ts';
import { isOpsError } from '../../core/errors.ts';
import { makeRoomFor, type Runner } from '../../core/pr-environments/capacity.ts';
import { findEnvironments, type FoundEnvironment } from './find.ts';
import type { Platform } from './platform.ts';
import { putToSleep } from './sleep.ts';

export interface Running extends Runner {
  found: FoundEnvironment;
}

/** With when each was started, and opened last. */
export async function asRunning(platform: Platform, environments: readonly FoundEnvironment[], signal: AbortSignal): Promise<Running[]> {
  const since = new Date(Date.now() - milliseconds(platform.config.pull_requests.idle_after));
  const identities = environments.map(({ identity }) => identity);
  const visits = await platform.lastVisits(identities, since, signal);
  return Promise.all(
    environments.map(async (found) => ({
      number: found.identity.number,
      startedAt: (await platform.engine.startedAt(found.identity, signal)) ?? new Date(found.thing.stamp.created_at),
      lastVisit: visits.get(found.identity.number) ?? null,
      found,
    })),
  );
}

/** Those of some environments that run. */
export const runningOf = (environments: readonly FoundEnvironment[]): FoundEnvironment[] =>
  environments.filter(({ thing }) => thing.running === true);

/**
 * Makes room for one more environment: where too many run, the longest idle one is put to sleep.
 * @returns false where somebody uses each of them: this one waits
 */
export async function makeRoom(platform: Platform, number: number, signal: AbortSignal): Promise<boolean> {
  const { running: cap } = platform.config.pull_requests;
  const others = runningOf(await findEnvironments(platform, signal)).filter(({ identity }) => identity.number !== number);
  // Who uses them is asked only where it matters.
  if (others.length < cap) return true;
  const stop = makeRoomFor(await asRunning(platform, others, signal), cap, new Date());
  if (stop === null) return false;
  try {
    for (const one of stop) await putToSleep(platform, one.found, signal);
  } catch (error) {
    // Somebody builds it or takes it away right now: whether that makes room, the next look tells.
    if (isOpsError(error, 'locked')) return false;
    throw error;
  }
  return true;
}
