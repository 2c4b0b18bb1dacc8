import * as vscode from 'vscode';
import { eventText, stoppedText } from '../core/devserver/event-text.ts';
import type { DevCommand, DevEvent } from '../core/devserver/events.ts';
import { logLevelOf } from '../core/devserver/log-line.ts';
import { afterEvent, BEGINNING, type DevState } from '../core/devserver/state.ts';
import type { DevServer } from '../runtime/dev.ts';
import { devSettings } from './dev-settings.ts';
import type { Host } from './host.ts';

/** `dev` is what the fast reloader told; Odoo's own one tells nothing. */
export type DevServerState =
  | { is: 'stopped' }
  | { is: 'starting'; dev?: DevState }
  | { is: 'ready'; url: string; dev?: DevState }
  /** Nothing answers until the code is mended; then it comes up by itself. */
  | { is: 'broken'; dev: DevState }
  | { is: 'stopping' }
  | { is: 'failed'; message: string };

export interface DevServerController extends vscode.Disposable {
  readonly state: DevServerState;
  readonly onDidChange: vscode.Event<DevServerState>;
  /** Each event of the fast reloader, after the state has taken it in. */
  readonly onEvent: vscode.Event<DevEvent>;
  start: () => Promise<void>;
  stop: () => Promise<void>;
  restart: () => Promise<void>;
  /** Asks the fast reloader for something. `false` where there is none. */
  send: (command: DevCommand) => boolean;
}

/** What a running server's events tell of it. */
export const devStateOf = (state: DevServerState): DevState | undefined => ('dev' in state ? state.dev : undefined);

function stateOf(dev: DevState, url: string | undefined): DevServerState {
  switch (dev.phase.is) {
    case 'ready':
    case 'reloading':
    case 'updating':
      return url === undefined ? { is: 'starting', dev } : { is: 'ready', url, dev };
    case 'broken':
      return { is: 'broken', dev };
    case 'starting':
    case 'waiting':
    case 'stopped':
      return { is: 'starting', dev };
  }
}

function setContexts(state: DevServerState): void {
  const runs = state.is === 'starting' || state.is === 'ready' || state.is === 'broken';
  const reloads = (state.is === 'ready' || state.is === 'broken') && state.dev !== undefined;
  for (const [key, value] of [
    ['odooOps.devServer', state.is],
    ['odooOps.devServerRuns', runs],
    ['odooOps.devServerReloads', reloads],
  ])
    void vscode.commands.executeCommand('setContext', key, value);
}

/** One Odoo for this window: started by the person, stopped with the window. */
export function createDevServer(host: Host): DevServerController {
  const changed = new vscode.EventEmitter<DevServerState>();
  const happened = new vscode.EventEmitter<DevEvent>();
  let state: DevServerState = { is: 'stopped' };
  let server: DevServer | undefined;
  let starting: Promise<void> | undefined;
  let abort: AbortController | undefined;

  const setState = (next: DevServerState) => {
    state = next;
    setContexts(next);
    changed.fire(next);
  };

  /** Ended although nobody stopped it. */
  const onUnexpectedEnd = async (code: number | null, dev: DevState | undefined) => {
    server = undefined;
    const phase = dev?.phase;
    const gaveUp = phase?.is === 'stopped' && phase.reason !== 'stopped' ? stoppedText(phase) : undefined;
    if (code === 0 && gaveUp === undefined) {
      setState({ is: 'stopped' });
      return;
    }
    const message = gaveUp ?? `Odoo ended with exit code ${code ?? 'none'}.`;
    setState({ is: 'failed', message });
    const { OpsError } = await import('../core/errors.ts');
    if (dev) await host.showError(new OpsError('failed', message));
  };

  /** One start at a time: whoever stops or restarts waits for its end, so that there is never a second Odoo. */
  const run = async (controller: AbortController): Promise<void> => {
    setState({ is: 'starting' });
    const { signal } = controller;
    let started: DevServer | undefined;
    let dev: DevState | undefined;
    let url: string | undefined;
    let followed = false; // once `ready` has settled, the end of the process is ours to tell
    const onEvent = (event: DevEvent) => {
      dev = afterEvent(dev ?? BEGINNING, event);
      if (event.type === 'ready') url = event.url;
      host.logEvent({ type: 'text', ...eventText(event) });
      if (!signal.aborted && event.type !== 'stopped') setState(stateOf(dev, url));
      happened.fire(event);
    };
    try {
      const workspace = await host.open({ signal, report: host.logEvent });
      const { dev: startOdoo } = await import('../runtime/dev.ts');
      started = await startOdoo(workspace, devSettings(), {
        onLine: ({ level, logger, message, continued }) =>
          host.logEvent({ type: 'text', level: logLevelOf(level), text: logger === '' || continued ? message : `${logger}: ${message}` }),
        onEvent,
        onExit: ({ code }) => {
          if (followed && !signal.aborted) void onUnexpectedEnd(code, dev);
        },
      });
      server = started;
      await started.ready;
      followed = true;
      if (started.reloader === 'odoo') setState({ is: 'ready', url: started.url });
    } catch (error) {
      const { toOpsError } = await import('../core/errors.ts');
      const known = toOpsError(error);
      if (known.details['living'] === true && !signal.aborted) {
        followed = true; // it waits for the code to be mended
        throw error;
      }
      await started?.stop();
      server = undefined;
      if (signal.aborted || known.code === 'cancelled') {
        setState({ is: 'stopped' });
        return;
      }
      setState({ is: 'failed', message: known.message });
      throw error;
    }
  };

  const start = (): Promise<void> => {
    if (server || starting) return starting ?? Promise.resolve();
    abort = new AbortController();
    starting = run(abort).finally(() => (starting = undefined));
    return starting;
  };

  const stop = async (): Promise<void> => {
    if (!server && !starting) return;
    setState({ is: 'stopping' });
    abort?.abort();
    await starting?.catch(() => undefined); // who started it hears of it
    await server?.stop();
    server = undefined;
    setState({ is: 'stopped' });
  };

  return {
    get state() {
      return state;
    },
    onDidChange: changed.event,
    onEvent: happened.event,
    start,
    stop,
    restart: async () => {
      await stop();
      await start();
    },
    send: (command) => server?.send(command) ?? false,
    dispose: () => {
      abort?.abort();
      void server?.stop();
      changed.dispose();
      happened.dispose();
    },
  };
}
