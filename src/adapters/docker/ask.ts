import { setTimeout as sleep } from 'node:timers/promises';
import { OpsError } from '../../core/errors.ts';
import { engineError, statusOf, wordsOf } from './engine-error.ts';

/** Milliseconds for a question that the engine answers from what it knows. */
export const TIMEOUT = 60_000;

const AMBIGUOUS_TRIES = 25;
const AMBIGUOUS_PAUSE = 200;

/** Options of something that is created, said in the body alone: the client would write all of it into the address too. */
export const queryless = <T extends object>(body: T, query: object = {}): T => ({ _query: query, _body: body }) as unknown as T;

/**
 * One call to the engine, bounded by the signal and by time.
 * @param what the step, for the message of its failure: `Create the network odoo-ops-x-pr-1`
 * @throws OpsError `unreachable`, `failed` with the engine's words, `cancelled`, `timeout`
 */
export async function ask<T>(
  what: string,
  signal: AbortSignal,
  call: (aborting: { abortSignal: AbortSignal }) => Promise<T>,
  timeout = TIMEOUT,
): Promise<T> {
  const late = AbortSignal.timeout(timeout);
  const abortSignal = AbortSignal.any([signal, late]);
  try {
    abortSignal.throwIfAborted();
    return await orAborted(unambiguous(call, abortSignal), abortSignal);
  } catch (error) {
    if (signal.aborted) throw cancelled(signal);
    if (late.aborted)
      throw new OpsError('timeout', `${what}: the Docker engine did not answer within ${timeout / 1000} s.`, { cause: error });
    throw engineError(what, error);
  }
}

/** Two networks that were made at one moment have one name, until who made the later takes it away again; what was refused was not done. */
async function unambiguous<T>(call: (aborting: { abortSignal: AbortSignal }) => Promise<T>, abortSignal: AbortSignal): Promise<T> {
  for (let left = AMBIGUOUS_TRIES; ; left--) {
    try {
      return await call({ abortSignal });
    } catch (error) {
      if (left === 0 || !wordsOf(error).includes('is ambiguous')) throw error;
    }
    await sleep(AMBIGUOUS_PAUSE, undefined, { signal: abortSignal });
  }
}

/** The client never answers where the engine went away in the middle of an answer; the signal then has the last word. */
function orAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('Aborted.'));
    signal.addEventListener('abort', end, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}

/** Why a signal ended something: its own reason where that says more than that it did. */
export function cancelled(signal: AbortSignal): OpsError {
  return signal.reason instanceof OpsError ? signal.reason : new OpsError('cancelled', 'Cancelled.', { cause: signal.reason });
}

/** The same, with null for what is not there. */
export async function askWhether<T>(
  what: string,
  signal: AbortSignal,
  call: (aborting: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<T | null> {
  return ask(what, signal, async (aborting) => {
    try {
      return await call(aborting);
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  });
}

/**
 * The same for a flow that stays open: time bounds its beginning only, the signal all of it.
 * @throws OpsError as `ask`
 */
export async function openStream<T extends NodeJS.EventEmitter>(
  what: string,
  signal: AbortSignal,
  call: (aborting: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  let stream: T | null = null;
  const end = (): void => {
    ending.abort(signal.reason);
    (stream as { destroy?: () => void } | null)?.destroy?.();
  };
  signal.addEventListener('abort', end, { once: true });
  const forget = (): void => signal.removeEventListener('abort', end);
  const late = setTimeout(() => ending.abort(), TIMEOUT);
  try {
    signal.throwIfAborted();
    stream = await orAborted(call({ abortSignal: ending.signal }), ending.signal);
    stream.once('close', forget);
    return stream;
  } catch (error) {
    forget();
    if (signal.aborted) throw cancelled(signal);
    if (ending.signal.aborted)
      throw new OpsError('timeout', `${what}: the Docker engine did not answer within ${TIMEOUT / 1000} s.`, { cause: error });
    throw engineError(what, error);
  } finally {
    clearTimeout(late);
  }
}
