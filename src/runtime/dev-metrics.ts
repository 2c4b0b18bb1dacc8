import { randomUUID } from 'node:crypto';
import { batchName, writeBatch } from '../adapters/files/metric-batches.ts';
import { exportMetrics } from '../adapters/otel/export.ts';
import type { DevServer, DevServerListeners } from '../adapters/odoo/dev-server.ts';
import type { ControlPlane } from '../core/control-plane/port.ts';
import type { DevEvent } from '../core/devserver/events.ts';
import { toOpsError } from '../core/errors.ts';
import { batchesOf, MAX_BATCHES, reloadMetric, type Point } from '../core/metrics/batch.ts';
import { deliverBatches } from './control-plane/metric-batches.ts';
import { openControlPlane } from './control-plane/open.ts';
import { outboxFolder } from './evidence/seal.ts';
import { packageVersion } from './version.ts';
import { say, type Workspace } from './workspace.ts';

export interface ReloadMeter {
  onEvent: (event: DevEvent) => void;
  /** Writes down what is left. It never fails. */
  end: () => Promise<void>;
}

/** At the end nobody waits for a collector. */
const LAST_EXPORT = 1000;

/**
 * Measures the reloads of one run of the development server. Now and then they go to disk, and from there to the control plane: only
 * where there is one, and only as much as no disk notices.
 * @param every milliseconds between two files
 */
export function reloadMeter(workspace: Workspace, every = 60_000): ReloadMeter {
  const { context, environment } = workspace;
  let points: Point[] = [];
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  let told = false;
  const debug = (error: unknown) => say(context, `Reload times: ${toOpsError(error).message}`, 'debug');

  const keep = async (plane: ControlPlane, taken: readonly Point[], last: boolean) => {
    for (const batch of batchesOf(taken)) {
      const dropped = await writeBatch(outboxFolder(workspace), batchName(), batch);
      if (dropped > 0 && !told) {
        told = true;
        say(context, `The control plane is away for long: of its measurements, the newest ${MAX_BATCHES} files are kept.`, 'warning');
      }
    }
    // Nobody waits for a control plane at the end: the next session sends them, or the next act.
    if (!last && !context.signal.aborted) await deliverBatches(workspace, plane);
  };

  const flush = async (timeout?: number) => {
    clearTimeout(timer);
    timer = undefined;
    const taken = points;
    points = [];
    if (taken.length === 0) return;
    const signal = timeout === undefined ? context.signal : AbortSignal.timeout(2 * timeout);
    const send = exportMetrics(taken, { environment, version: packageVersion(), signal, ...(timeout !== undefined && { timeout }) });
    const store = openControlPlane(workspace).then((plane) => plane && keep(plane, taken, timeout !== undefined));
    await Promise.all([send.catch(debug), store.catch(debug)]);
  };
  const next = (timeout?: number): Promise<void> => (running = running.then(() => flush(timeout)));

  return {
    onEvent: (event) => {
      if (event.type !== 'reloaded') return;
      points.push({ id: randomUUID(), ...reloadMetric(event, new Date().toISOString()) });
      timer ??= setTimeout(() => void next(), every).unref();
    },
    end: () => next(LAST_EXPORT),
  };
}

/** Starts a development server whose reloads are measured. */
export async function measured(
  workspace: Workspace,
  listeners: DevServerListeners,
  start: (listeners: DevServerListeners) => Promise<DevServer>,
): Promise<DevServer> {
  const meter = reloadMeter(workspace);
  const onEvent = (event: DevEvent): void => {
    meter.onEvent(event);
    listeners.onEvent?.(event);
  };
  const server = await start({ ...listeners, onEvent });
  // Whoever waits for the end, to end its own process, has what was measured on disk.
  const exited = server.exited.finally(() => meter.end());
  const stop = async (graceMs?: number): Promise<void> => {
    await server.stop(graceMs);
    await exited;
  };
  return { ...server, exited, stop };
}
