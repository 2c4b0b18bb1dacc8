import { setTimeout as delay } from 'node:timers/promises';
import { describeFailure, hintForFailure } from '../../core/devserver/failure.ts';
import type { FailureTrail } from '../../core/devserver/failure.ts';
import { readyDeadlineMs, serverUrl } from '../../core/devserver/options.ts';
import type { DevServerOptions } from '../../core/devserver/options.ts';
import { decideReadiness } from '../../core/devserver/readiness.ts';
import { OpsError } from '../../core/errors.ts';
import type { Exit, OdooProcess } from './odoo-process.ts';
import { probeReadiness } from './probe.ts';

const LOOK_EVERY_MS = 150;

/** What went wrong, with the server's own last words on it. */
function failed(what: string, trail: FailureTrail, hint?: string, details: Record<string, unknown> = {}): OpsError {
  const reason = describeFailure(trail);
  return new OpsError('failed', reason === undefined ? what : `${what} ${reason}`, { hint: hint ?? hintForFailure(reason), details });
}

/** The three ends of a wait that no server decides: each as the error that tells it. */
export const startCancelled = (): OpsError => new OpsError('cancelled', 'The start of Odoo was cancelled.');

export const endedEarly = (exit: Exit, trail: FailureTrail): OpsError =>
  failed(`Odoo ended before it was ready (${exit.signal ?? `exit code ${exit.code ?? 'unknown'}`}).`, trail, undefined, { ...exit });

export const notReadyWithin = (withinMs: number, trail: FailureTrail, waitingFor = ''): OpsError =>
  new OpsError('timeout', `Odoo was not ready within ${withinMs / 1000} s. ${waitingFor}`.trimEnd(), {
    hint: hintForFailure(describeFailure(trail)),
  });

/**
 * Looks until the server is ready.
 * @throws OpsError `failed` where it ends before, or answers what waiting does not mend; `timeout`; `cancelled` by the signal.
 */
export async function untilReady(
  options: DevServerOptions,
  server: OdooProcess,
  signal: AbortSignal,
  trail: () => FailureTrail,
): Promise<void> {
  const withinMs = readyDeadlineMs(options);
  const over = new AbortController();
  void server.exited.then(() => over.abort());
  const late = AbortSignal.timeout(withinMs);
  const any = AbortSignal.any([signal, over.signal, late]);
  let waitingFor = '';
  for (;;) {
    const found = decideReadiness(await probeReadiness(serverUrl(options), any));
    if (signal.aborted) throw startCancelled();
    if (over.signal.aborted) throw endedEarly(await server.exited, trail());
    if (late.aborted) throw notReadyWithin(withinMs, trail(), waitingFor);
    if (found.state === 'ready') return;
    if (found.state === 'wrong') throw failed(found.reason, trail(), found.hint);
    waitingFor = found.reason;
    await delay(LOOK_EVERY_MS, undefined, { signal: any }).catch(() => undefined);
  }
}
