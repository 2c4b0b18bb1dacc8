import { setTimeout as sleep } from 'node:timers/promises';
import { backOff } from '../../core/control-plane/back-off.ts';

/** Milliseconds between tries. Of a refresh Supabase Auth gives the same answer again; the code of a sign-in is taken once. */
const BACK_OFF = { base: 200, factor: 2, max: 1000 };
const TRIES = 3;

/** A failure in the shape of a refusal. `status_0` is the network, `status_503` what a service said that is away. */
const refusal = (status: number, message: string): Response =>
  Response.json({ error_code: `status_${status}`, msg: message }, { status: 400 });

/**
 * `fetch` for supabase-js's auth, which never throws. By itself the library prints network errors on the console, and goes on trying for
 * half a minute, whatever the signal says.
 */
export const quietFetch =
  (signal: () => AbortSignal): typeof fetch =>
  async (input, init) => {
    const until = signal();
    let last = refusal(0, 'no answer');
    const tries = String(input instanceof Request ? input.url : input).includes('grant_type=pkce') ? 1 : TRIES;
    for (let attempt = 1; attempt <= tries && !until.aborted; attempt++) {
      try {
        const answer = await fetch(input, { ...init, signal: until });
        if (answer.status < 500) return answer;
        await answer.body?.cancel();
        last = refusal(answer.status, answer.statusText);
      } catch (error) {
        last = refusal(0, error instanceof Error ? error.message : String(error));
      }
      if (attempt < tries) await sleep(backOff(attempt, Math.random(), BACK_OFF), undefined, { signal: until }).catch(() => undefined);
    }
    return last;
  };
