/** An environment that runs, and when somebody opened it last. */
export interface Runner {
  number: number;
  startedAt: Date;
  /** Null where nobody did, as far as the log of the proxy goes back. */
  lastVisit: Date | null;
}

/** How long an environment is left alone after its start or a visit, however many wait, in milliseconds. */
const UNDISTURBED = 10 * 60_000;

const lastUse = ({ startedAt, lastVisit }: Runner): number => Math.max(startedAt.getTime(), lastVisit?.getTime() ?? 0);

/** The longest idle one first; of two that are idle for as long, the lower number. */
const byIdleness = (a: Runner, b: Runner): number => lastUse(a) - lastUse(b) || a.number - b.number;

/**
 * Which environments to put to sleep, so that one more can run.
 * @param cap how many may run at a time
 * @returns none where there is room; null where somebody uses each of those that would have to go: the new one waits
 */
export function makeRoomFor<T extends Runner>(running: readonly T[], cap: number, now: Date): T[] | null {
  const tooMany = running.length + 1 - cap;
  if (tooMany <= 0) return [];
  const free = running.filter((one) => now.getTime() - lastUse(one) >= UNDISTURBED).sort(byIdleness);
  return free.length < tooMany ? null : free.slice(0, tooMany);
}

/** Environments that nobody opened for so long, longest first. @param idleAfter milliseconds */
export const idleOnes = <T extends Runner>(running: readonly T[], idleAfter: number, now: Date): T[] =>
  running.filter((one) => now.getTime() - lastUse(one) >= idleAfter).sort(byIdleness);

/** An environment that is built and waits for its turn. */
export interface Waiter {
  number: number;
  since: Date;
}

/**
 * Whose turn it is, the longest waiting first, and which environments make room for them.
 * @param cap how many may run at a time
 */
export function turns<W extends Waiter, R extends Runner>(
  waiting: readonly W[],
  running: readonly R[],
  cap: number,
  now: Date,
): { start: W[]; stop: R[] } {
  const idle = idleOnes(running, UNDISTURBED, now);
  const places = cap - running.length;
  const started = Math.min(waiting.length, Math.max(0, places + idle.length));
  const queue = [...waiting].sort((a, b) => a.since.getTime() - b.since.getTime() || a.number - b.number);
  return { start: queue.slice(0, started), stop: started === 0 ? [] : idle.slice(0, Math.max(0, started - places)) };
}
