import * as vscode from 'vscode';
import { logLevelOf } from '../core/devserver/log-line.ts';
import type { DevServer } from '../runtime/dev.ts';
import type { Host } from './host.ts';

export type DevServerState =
  { is: 'stopped' } | { is: 'starting' } | { is: 'ready'; url: string } | { is: 'stopping' } | { is: 'failed'; message: string };

export interface DevServerController extends vscode.Disposable {
  readonly state: DevServerState;
  readonly onDidChange: vscode.Event<DevServerState>;
  start: () => Promise<void>;
  stop: () => Promise<void>;
  restart: () => Promise<void>;
}

/** One Odoo for this window: started by the person, stopped with the window. */
export function createDevServer(host: Host): DevServerController {
  const changed = new vscode.EventEmitter<DevServerState>();
  let state: DevServerState = { is: 'stopped' };
  let server: DevServer | undefined;
  let starting: Promise<void> | undefined;
  let abort: AbortController | undefined;

  const setState = (next: DevServerState) => {
    state = next;
    void vscode.commands.executeCommand('setContext', 'odooOps.devServer', next.is);
    changed.fire(next);
  };

  const database = (): string | undefined => {
    const setting = vscode.workspace.getConfiguration('odooOps').get<string>('database')?.trim() ?? '';
    return setting === '' ? undefined : setting;
  };

  /** One start at a time: whoever stops or restarts waits for its end, so that there is never a second Odoo. */
  const run = async (controller: AbortController): Promise<void> => {
    setState({ is: 'starting' });
    const { signal } = controller;
    let started: DevServer | undefined;
    try {
      const workspace = await host.open({ signal, report: host.logEvent });
      const { dev } = await import('../runtime/dev.ts');
      const name = database();
      started = await dev(workspace, name === undefined ? {} : { database: name }, {
        onLine: ({ level, logger, message, continued }) =>
          host.logEvent({ type: 'text', level: logLevelOf(level), text: logger === '' || continued ? message : `${logger}: ${message}` }),
        onExit: ({ code }) => {
          if (state.is === 'ready')
            setState(code === 0 ? { is: 'stopped' } : { is: 'failed', message: `Odoo ended with exit code ${code ?? 'none'}.` });
          server = undefined;
        },
      });
      server = started;
      await started.ready;
      setState({ is: 'ready', url: started.url });
    } catch (error) {
      await started?.stop();
      server = undefined;
      const { toOpsError } = await import('../core/errors.ts');
      const known = toOpsError(error);
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
    start,
    stop,
    restart: async () => {
      await stop();
      await start();
    },
    dispose: () => {
      abort?.abort();
      void server?.stop();
      changed.dispose();
    },
  };
}
