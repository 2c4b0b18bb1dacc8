import { programOf, serverArguments } from '../../core/devserver/arguments.ts';
import { noteLine } from '../../core/devserver/failure.ts';
import type { FailureTrail } from '../../core/devserver/failure.ts';
import type { LogLine } from '../../core/devserver/log-line.ts';
import { serverUrl } from '../../core/devserver/options.ts';
import type { DevServerOptions } from '../../core/devserver/options.ts';
import { OpsError, toOpsError } from '../../core/errors.ts';
import type { Context } from '../../core/events.ts';
import { completeAddonsPath } from './addons-path.ts';
import { readDatabaseConnection, requireDatabase } from './database.ts';
import { spawnOdoo } from './odoo-process.ts';
import type { Exit } from './odoo-process.ts';
import { requireFreePort } from './port.ts';
import { resolveRunAs } from './run-as.ts';
import { untilReady } from './until-ready.ts';

export interface DevServerListeners {
  /** Each line of the server's log, secrets removed. */
  onLine?: (line: LogLine) => void;
  onExit?: (exit: Exit) => void;
}

export interface DevServer {
  readonly url: string;
  readonly pid: number | undefined;
  /**
   * Resolves when the login page answers. Rejects with OpsError `failed` (ended, or answers with errors), `timeout` or `cancelled`.
   * A rejection does not stop the server: one that answers with errors comes back when its code is mended. Call `stop`.
   */
  readonly ready: Promise<void>;
  readonly exited: Promise<Exit>;
  /** SIGTERM to the server's process group, SIGKILL after `graceMs` (10 s). Resolves when none of it is left. */
  stop(graceMs?: number): Promise<void>;
}

/** Odoo's environment: ours, then the options'. */
function environmentOf(options: DevServerOptions): Record<string, string | undefined> {
  return { ...process.env, ...options.env };
}

/** Starts the process and watches it, without the checks of `startDevServer`. Aborting `context.signal` stops the server at any time. */
export async function launchDevServer(
  options: DevServerOptions,
  context: Context,
  { onLine, onExit }: DevServerListeners = {},
): Promise<DevServer> {
  const env = environmentOf(options);
  const runAs = await resolveRunAs(env);
  const started = performance.now();
  context.report({ type: 'start', step: 'odoo', title: `Start Odoo on ${options.database}` });
  let trail: FailureTrail = {};
  const server = spawnOdoo({
    python: options.python,
    arguments: [programOf(options), ...serverArguments(options)],
    cwd: options.odooHome,
    env,
    runAs,
    onLine: (line) => {
      trail = noteLine(trail, line);
      onLine?.(line);
    },
  });
  const stopOnAbort = (): void => void server.stop();
  context.signal.addEventListener('abort', stopOnAbort, { once: true });
  if (context.signal.aborted) stopOnAbort();
  const exited = server.exited.then((exit) => {
    context.signal.removeEventListener('abort', stopOnAbort);
    onExit?.(exit);
    return exit;
  });

  const stopped = (result: 'passed' | 'failed' | 'cancelled', message?: string): void =>
    context.report({
      type: 'stop',
      step: 'odoo',
      result,
      ms: Math.round(performance.now() - started),
      ...(message !== undefined && { message }),
    });
  const ready = untilReady(options, server, context.signal, () => trail).then(
    () => stopped('passed'),
    (error: unknown) => {
      const { code, message } = toOpsError(error);
      stopped(code === 'cancelled' ? 'cancelled' : 'failed', message);
      throw error;
    },
  );
  ready.catch(() => undefined); // whoever only listens for the exit need not await it as well
  return { url: serverUrl(options), pid: server.pid, ready, exited, stop: (graceMs) => server.stop(graceMs) };
}

/**
 * Starts an Odoo development server (`--dev=all`) for a database that exists, on a port that is free, as a user that is not root.
 * @throws OpsError `usage` or `unreachable` where one of these is not so; nothing was started then, and nothing created.
 */
export async function startDevServer(options: DevServerOptions, context: Context, listeners: DevServerListeners = {}): Promise<DevServer> {
  if (context.signal.aborted) throw new OpsError('cancelled', 'The start of Odoo was cancelled.');
  const env = environmentOf(options);
  const runAs = await resolveRunAs(env);
  const connection = await readDatabaseConnection({ ...env, HOME: runAs?.home ?? env['HOME'] }, options.configFile);
  if (connection.user === '' && runAs !== undefined) connection.user = runAs.user; // libpq's default: who asks
  await requireDatabase(connection, options.database, (options.init ?? []).length > 0);
  await requireFreePort(options.httpPort, options.httpInterface);
  const addonsPath = await completeAddonsPath(options.odooHome, options.addonsPath, context.report);
  return launchDevServer({ ...options, addonsPath }, context, listeners);
}
