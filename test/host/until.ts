import { setTimeout as delay } from 'node:timers/promises';

export interface Deadline {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** One signal for "somebody aborted" and "took too long". */
export function deadlineSignal({ timeoutMs, signal }: Deadline): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

/**
 * Asks again and again until `probe` answers something other than `undefined`, and returns that.
 * @param what completes "Timed out waiting for …".
 */
export async function until<T>(what: string, probe: () => T | undefined | Promise<T | undefined>, deadline: Deadline): Promise<T> {
  const signal = deadlineSignal(deadline);
  for (;;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    try {
      await delay(50, undefined, { signal });
    } catch (error) {
      const timedOut = (signal.reason as Error | undefined)?.name === 'TimeoutError';
      throw new Error(`${timedOut ? 'Timed out' : 'Aborted'} waiting for ${what}.`, { cause: error });
    }
  }
}
