import { joinWishes, type Wish } from './wish.ts';

export interface Runs {
  /** Runs soon; wishes that come together are one run. */
  soon: (wish: Wish) => void;
  /** Runs now, and answers when nothing is left to do. @throws the error of the last run */
  now: (wish: Wish) => Promise<void>;
  /** Waits for what is on its way. */
  settled: () => Promise<void>;
  /** Ends the run, and forgets what was wished for. */
  stop: () => void;
}

const DEBOUNCE_MS = 300;
/** Where changes never end, a build for instance, somebody still wants to see an answer. */
const LONGEST_WAIT_MS = 1_500;
const TIMEOUT_MS = 300_000;
const NEWER = new DOMException('A newer check takes its place.', 'AbortError');

/**
 * One run at a time. A newer wish ends the run of an older one and does its work too; what a person asked for runs to its end.
 * @param run throws the reason of the signal where it was ended
 */
export function createRuns(run: (wish: Wish, signal: AbortSignal) => Promise<void>): Runs {
  let wanted: Wish | undefined;
  let current: { wish: Wish; controller: AbortController } | undefined;
  let running: Promise<void> | undefined;
  let debounce: NodeJS.Timeout | undefined;
  let firstWish: number | undefined;
  /** One that made way is not followed by another that does: else there would never be an answer. */
  let madeWay = false;

  /** @returns the error of a run that failed; one that made way for a newer one has none */
  const runOnce = async (wish: Wish): Promise<unknown> => {
    const controller = new AbortController();
    current = { wish, controller };
    try {
      await run(wish, AbortSignal.any([controller.signal, AbortSignal.timeout(TIMEOUT_MS)]));
      madeWay = false;
      return undefined;
    } catch (error) {
      madeWay = controller.signal.reason === NEWER;
      if (!madeWay) return error;
      wanted = joinWishes(wish, wanted);
      return undefined;
    } finally {
      current = undefined;
    }
  };
  const loop = async (): Promise<void> => {
    let error: unknown;
    for (let wish = wanted; wish; wish = wanted) {
      wanted = undefined;
      error = await runOnce(wish);
    }
    running = undefined;
    if (error instanceof Error) throw error;
  };
  const now = (wish: Wish): Promise<void> => {
    clearTimeout(debounce);
    [debounce, firstWish] = [undefined, undefined];
    wanted = joinWishes(wanted, wish);
    if (current?.wish.thorough !== true && !madeWay) current?.controller.abort(NEWER);
    return (running ??= loop());
  };
  return {
    now,
    soon: (wish) => {
      clearTimeout(debounce);
      wanted = joinWishes(wanted, wish);
      firstWish ??= Date.now();
      const wait = Math.min(DEBOUNCE_MS, Math.max(0, firstWish + LONGEST_WAIT_MS - Date.now()));
      debounce = setTimeout(() => void now({}).catch(() => undefined), wait);
    },
    settled: () => (debounce === undefined ? (running ?? Promise.resolve()) : now({})).catch(() => undefined),
    stop: () => {
      clearTimeout(debounce);
      [debounce, firstWish, wanted] = [undefined, undefined, undefined];
      current?.controller.abort();
    },
  };
}
