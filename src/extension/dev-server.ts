import * as vscode from 'vscode';
import type { LogLine } from '../core/devserver/log-line.ts';
import type { DevServer } from '../runtime/dev.ts';
import { logEvent, type Host } from './host.ts';

export type DevServerState = { is: 'stopped' } | { is: 'starting' } | { is: 'ready'; url: string } | { is: 'stopping' } | { is: 'failed'; message: string };

export interface DevServerController extends vscode.Disposable {
  readonly state: DevServerState;
  readonly onDidChange: vscode.Event<DevServerState>;
  start: () => Promise<void>;
  stop: () => Promise<void>;
  restart: () => Promise<void>;
}

const LEVELS: Record<LogLine['level'], 'debug' | 'info' | 'warn' | 'error'> = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error', CRITICAL: 'error' };

/** One Odoo for this window: started by the person, stopped with the window. */
export function createDevServer(host: Host): DevServerController {
  const changed = new vscode.EventEmitter<DevServerState>();
  let state: DevServerState = { is: 'stopped' };
  let server: DevServer | undefined;
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

  const stop = async () => {
    if (!server) {
      abort?.abort();
      return;
    }
    setState({ is: 'stopping' });
    await server.stop();
  };

  const start = async () => {
    if (state.is === 'starting' || state.is === 'ready' || state.is === 'stopping') return;
    setState({ is: 'starting' });
    abort = new AbortController();
    try {
      const workspace = await host.open({ signal: abort.signal, report: (event) => logEvent(host.log, event) });
      const { dev } = await import('../runtime/dev.ts');
      const name = database();
      const started = await dev(workspace, name === undefined ? {} : { database: name }, {
        onLine: (line) => host.log[LEVELS[line.level]](line.logger === '' || line.continued ? line.message : `${line.logger}: ${line.message}`),
        onExit: ({ code }) => {
          server = undefined;
          setState(state.is === 'ready' && code !== 0 ? { is: 'failed', message: `Odoo ended with exit code ${code ?? 'none'}.` } : { is: 'stopped' });
        },
      });
      server = started;
      await started.ready;
      setState({ is: 'ready', url: started.url });
    } catch (error) {
      const { toOpsError } = await import('../core/errors.ts');
      const known = toOpsError(error);
      await server?.stop();
      setState(known.code === 'cancelled' ? { is: 'stopped' } : { is: 'failed', message: known.message });
      throw error;
    }
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
