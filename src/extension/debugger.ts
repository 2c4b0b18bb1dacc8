import * as vscode from 'vscode';
import type { DevEvent } from '../core/devserver/events.ts';
import { devStateOf, type DevServerController } from './dev-server.ts';
import type { Host } from './host.ts';

const TYPE = 'debugpy';
/** Marks the sessions that are ours. */
const MARK = 'odooOpsProcess';
const LISTENS_WITHIN_MS = 20_000;

interface Address {
  host: string;
  port: number;
  pid: number;
}

export interface Debugger extends vscode.Disposable {
  attach: () => Promise<void>;
}

async function requirePythonDebugger(): Promise<boolean> {
  const { contributesDebugger } = await import('../core/devserver/debug-adapter.ts');
  if (vscode.extensions.all.some(({ packageJSON }) => contributesDebugger(packageJSON, TYPE))) return true;
  const message = 'The Python Debugger extension (ms-python.debugpy) is not installed.';
  void vscode.window.showErrorMessage(message, 'Show Extension').then((choice) => {
    if (choice !== undefined) void vscode.commands.executeCommand('workbench.extensions.search', '@id:ms-python.debugpy');
  });
  return false;
}

/** Asks the server to listen, unless it does. @throws OpsError where it cannot, or does not answer */
async function listeningServer(server: DevServerController): Promise<Address> {
  const known = devStateOf(server.state)?.debugger;
  if (known) return known;
  const { OpsError } = await import('../core/errors.ts');
  const hint = 'Install debugpy for the Python that runs Odoo: pip install debugpy.';
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer);
      subscription.dispose();
      act();
    };
    const subscription = server.onEvent((event: DevEvent) => {
      if (event.type === 'debugging') settle(() => resolve(event));
      // The one thing that the server can say of debugpy is that it has none.
      if (event.type === 'notice' && event.level === 'warning' && /debugpy/i.test(event.message))
        settle(() => reject(new OpsError('unreachable', event.message, { hint })));
      if (event.type === 'stopped') settle(() => reject(new OpsError('failed', 'Odoo stopped before a debugger could attach.')));
    });
    const timer = setTimeout(
      () => settle(() => reject(new OpsError('timeout', 'Odoo does not listen for a debugger.', { hint }))),
      LISTENS_WITHIN_MS,
    );
    if (!server.send({ command: 'debug' }))
      settle(() => reject(new OpsError('usage', 'Odoo does not run with the fast reloader.', { hint: 'Start it first.' })));
  });
}

/**
 * Attaches the Python debugger to the server, and again to each process that takes its place: the new session begins before the old
 * one ends, so that breakpoints hold. It ends when the person disconnects.
 */
export function createDebugger(host: Host, server: DevServerController): Debugger {
  let wanted = false;
  const attachedTo = new Map<string, Address>();

  const connect = async ({ host: name, port, pid }: Address): Promise<void> => {
    if ([...attachedTo.values()].some((address) => address.port === port && address.pid === pid)) return;
    await vscode.debug.startDebugging(
      host.folder(),
      { type: TYPE, request: 'attach', name: `Odoo (process ${pid})`, connect: { host: name, port }, justMyCode: false, [MARK]: pid },
      { suppressSaveBeforeStart: true },
    );
  };

  const tracker: vscode.DebugAdapterTrackerFactory = {
    createDebugAdapterTracker: ({ configuration }) => {
      const ours: unknown = configuration[MARK];
      if (ours === undefined) return undefined;
      let ended = false;
      return {
        onDidSendMessage: (message: { event?: string }) => {
          if (message.event === 'terminated') ended = true; // the process went, for instance by a reload
        },
        onWillReceiveMessage: (message: { command?: string }) => {
          if (message.command === 'disconnect' && !ended) wanted = false; // the person's own wish
        },
      };
    },
  };

  const subscriptions = [
    vscode.debug.registerDebugAdapterTrackerFactory(TYPE, tracker),
    vscode.debug.onDidStartDebugSession(({ id, configuration }) => {
      const pid: unknown = configuration[MARK];
      const connection = configuration['connect'] as { host: string; port: number } | undefined;
      if (typeof pid === 'number' && connection) attachedTo.set(id, { ...connection, pid });
    }),
    vscode.debug.onDidTerminateDebugSession(({ id }) => attachedTo.delete(id)),
    server.onEvent((event) => {
      if (event.type === 'stopped') wanted = false;
      if (event.type === 'debugging' && wanted) void connect(event);
    }),
  ];

  return {
    attach: async () => {
      if (!(await requirePythonDebugger())) return;
      const address = await listeningServer(server);
      wanted = true;
      await connect(address);
    },
    dispose: () => {
      vscode.Disposable.from(...subscriptions).dispose();
    },
  };
}
