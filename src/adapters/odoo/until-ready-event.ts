import type { DevEvent } from '../../core/devserver/events.ts';
import { placeText, stoppedText } from '../../core/devserver/event-text.ts';
import { describeFailure, hintForFailure } from '../../core/devserver/failure.ts';
import type { FailureTrail } from '../../core/devserver/failure.ts';
import { readyDeadlineMs } from '../../core/devserver/options.ts';
import type { DevServerOptions } from '../../core/devserver/options.ts';
import { OpsError } from '../../core/errors.ts';
import { endedEarly, notReadyWithin, startCancelled } from './until-ready.ts';
import type { OdooProcess } from './odoo-process.ts';

type Failed = Extract<DevEvent, { type: 'failed' }>;

/** `living`: the process waits for the code to be mended, and serves then. */
function failedToStart({ message, file, line, column }: Failed): OpsError {
  const where = file === undefined ? '' : `${placeText({ file, line, column })}: `;
  return new OpsError('failed', `Odoo cannot start: ${where}${message}`, {
    hint: file === undefined ? hintForFailure(message) : 'Mend it and save: Odoo tries again by itself.',
    details: { living: true, file, line, column },
  });
}

export interface ReadyWatch {
  /** As `DevServer.ready`. */
  readonly ready: Promise<void>;
  /** Gets each event until then, and may get later ones. */
  note: (event: DevEvent) => void;
}

/**
 * Waits for the event `ready`. The deadline does not run while the server waits for PostgreSQL: that has nothing to do with the
 * code, and it says so itself.
 */
export function watchReady(options: DevServerOptions, server: OdooProcess, signal: AbortSignal, trail: () => FailureTrail): ReadyWatch {
  const withinMs = readyDeadlineMs(options);
  const { promise, resolve, reject } = withResolvers();
  let deadline: NodeJS.Timeout | undefined;
  const stopClock = (): void => {
    clearTimeout(deadline);
    deadline = undefined;
  };
  const onLate = (): void => reject(notReadyWithin(withinMs, trail()));
  const onAbort = (): void => reject(startCancelled());
  deadline = setTimeout(onLate, withinMs);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  void server.exited.then((exit) => reject(signal.aborted ? startCancelled() : endedEarly(exit, trail())));
  let over = false;
  const settled = (): void => {
    over = true;
    stopClock();
    signal.removeEventListener('abort', onAbort);
  };
  promise.then(settled, settled);

  const note = (event: DevEvent): void => {
    if (over) return;
    if (event.type === 'waiting') stopClock();
    else if (event.type !== 'notice') deadline ??= setTimeout(onLate, withinMs);
    if (event.type === 'ready') resolve();
    if (event.type === 'failed' && event.phase === 'start' && !event.serving) reject(failedToStart(event));
    if (event.type === 'stopped' && !signal.aborted) {
      const reason = describeFailure(trail());
      const message = event.message ?? reason;
      reject(
        new OpsError('failed', stoppedText({ reason: event.reason, message }), {
          hint: hintForFailure(message),
          details: { reason: event.reason, code: event.code },
        }),
      );
    }
  };
  return { ready: promise, note };
}

/** `Promise.withResolvers`, which Node.js 20 lacks. */
function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: OpsError) => void } {
  let resolve: () => void = () => undefined;
  let reject: (error: OpsError) => void = () => undefined;
  const promise = new Promise<void>((good, bad) => {
    resolve = good;
    reject = bad;
  });
  return { promise, resolve, reject };
}
