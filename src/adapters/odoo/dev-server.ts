import { programOf, reloadArguments, serverArguments } from '../../core/devserver/arguments.ts';
import { noteLine } from '../../core/devserver/failure.ts';
import type { FailureTrail } from '../../core/devserver/failure.ts';
import { encodeCommand } from '../../core/devserver/events.ts';
import type { DevCommand, DevEvent } from '../../core/devserver/events.ts';
import type { LogLine } from '../../core/devserver/log-line.ts';
import { serverUrl } from '../../core/devserver/options.ts';
import type { DevServerOptions, Reloader } from '../../core/devserver/options.ts';
import { OpsError, toOpsError } from '../../core/errors.ts';
import type { Context } from '../../core/events.ts';
import { completeAddonsPath } from './addons-path.ts';
import { awaitDatabase } from './await-database.ts';
import { requireDatabase } from './database.ts';
import { eventReader } from './event-reader.ts';
import { spawnOdoo } from './odoo-process.ts';
import type { Exit } from './odoo-process.ts';
import { requireFreePort } from './port.ts';
import { reloadProgram } from './reload-program.ts';
import { resolveRunAs } from './run-as.ts';
import { connectionOf, environmentOf } from './server-environment.ts';
import { untilReady } from './until-ready.ts';
import { watchReady } from './until-ready-event.ts';
import type { ReadyWatch } from './until-ready-event.ts';

export interface DevServerListeners {
  /** Each line of the server's log, secrets removed. */
  onLine?: (line: LogLine) => void;
  /** What the fast reloader tells, secrets removed. Odoo's own one tells nothing. */
  onEvent?: (event: DevEvent) => void;
  onExit?: (exit: Exit) => void;
}

export interface DevServer {
  readonly url: string;
  readonly pid: number | undefined;
  readonly reloader: Reloader;
  /**
   * Resolves when the login page answers. Rejects with OpsError `failed` (ended, or answers with errors), `timeout` or `cancelled`.
   * A rejection does not stop the server: one that answers with errors comes back when its code is mended (with the fast reloader
   * the error then has `details.living`). Call `stop`.
   */
  readonly ready: Promise<void>;
  readonly exited: Promise<Exit>;
  /** SIGTERM to the server's process group, SIGKILL after `graceMs` (10 s). Resolves when none of it is left. */
  stop(graceMs?: number): Promise<void>;
  /** Asks the fast reloader for something. `false` where there is none, or it has ended. */
  send(command: DevCommand): boolean;
}

/** Starts the process and watches it, without the checks of `startDevServer`. Aborting `context.signal` stops the server at any time. */
export async function launchDevServer(
  options: DevServerOptions,
  context: Context,
  { onLine, onEvent, onExit }: DevServerListeners = {},
): Promise<DevServer> {
  const env = environmentOf(options);
  const runAs = await resolveRunAs(env);
  const fast = options.fast && (await reloadProgram(options.fast.folder, runAs));
  const started = performance.now();
  context.report({ type: 'start', step: 'odoo', title: `Start Odoo on ${options.database}` });
  let trail: FailureTrail = {};
  let watch: ReadyWatch | undefined;
  const onLogLine = (line: LogLine): void => {
    trail = noteLine(trail, line);
    onLine?.(line);
  };
  const server = spawnOdoo({
    python: options.python,
    arguments: fast ? [fast.path, ...reloadArguments(options)] : [programOf(options), ...serverArguments(options)],
    cwd: options.odooHome,
    env,
    runAs,
    onLine: onLogLine,
    onEventLine:
      fast &&
      eventReader(env, onLogLine, (event) => {
        watch?.note(event);
        onEvent?.(event);
      }),
  });
  const stopOnAbort = (): void => void server.stop();
  context.signal.addEventListener('abort', stopOnAbort, { once: true });
  if (context.signal.aborted) stopOnAbort();
  const exited = server.exited.then((exit) => {
    context.signal.removeEventListener('abort', stopOnAbort);
    fast?.dispose();
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
  if (fast) watch = watchReady(options, server, context.signal, () => trail);
  const answers = watch?.ready ?? untilReady(options, server, context.signal, () => trail);
  const ready = answers.then(
    () => stopped('passed'),
    (error: unknown) => {
      const { code, message } = toOpsError(error);
      stopped(code === 'cancelled' ? 'cancelled' : 'failed', message);
      throw error;
    },
  );
  ready.catch(() => undefined); // whoever only listens for the exit need not await it as well
  return {
    url: serverUrl(options),
    pid: server.pid,
    reloader: fast ? 'fast' : 'odoo',
    ready,
    exited,
    stop: (graceMs) => server.stop(graceMs),
    send: (command) => fast !== undefined && server.write(encodeCommand(command)),
  };
}

/**
 * Starts an Odoo development server for a database that exists, on a port that is free, as a user that is not root. With the fast
 * reloader it waits for a PostgreSQL that does not answer, and says so by the event `waiting`.
 * @throws OpsError `usage` or `unreachable` where one of these is not so; nothing was started then, and nothing created.
 */
export async function startDevServer(options: DevServerOptions, context: Context, listeners: DevServerListeners = {}): Promise<DevServer> {
  if (context.signal.aborted) throw new OpsError('cancelled', 'The start of Odoo was cancelled.');
  const { connection } = await connectionOf(options);
  const { database, fast } = options;
  const installs = (options.init ?? []).length > 0;
  if (fast) await awaitDatabase({ connection, database, installs, signal: context.signal, onEvent: (event) => listeners.onEvent?.(event) });
  else await requireDatabase(connection, database, installs);
  await requireFreePort(options.httpPort, options.httpInterface);
  const addonsPath = await completeAddonsPath(options.odooHome, options.addonsPath, context.report);
  // Odoo gets no folder that it would skip, and so there is nothing to watch in it.
  const live = fast?.live.filter((folder) => addonsPath.includes(folder)) ?? [];
  return launchDevServer({ ...options, addonsPath, ...(fast && { fast: { ...fast, live } }) }, context, listeners);
}
