import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until the answer is there. @throws Error, naming what did not happen in time */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  milliseconds = 20_000,
): Promise<T> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false && answer !== null) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${milliseconds} ms.`);
    await sleep(20);
  }
}
