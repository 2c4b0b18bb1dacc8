import { readFile, stat } from 'node:fs/promises';
import * as z from 'zod';
import { isOpsError, OpsError } from '../../../core/errors.ts';
import type { Attempt, EnvironmentIdentity } from '../../../core/pr-environments/identity.ts';
import type { Code } from '../../../core/pr-environments/engine.ts';
import { dropOtherCode } from './code.ts';
import { readConfiguration, writeSecret } from './configuration.ts';
import { throwIfEnded } from './failures.ts';
import { environmentPaths, type EnvironmentPaths } from './layout.ts';
import { lastLines } from './log.ts';
import type { ProcessEngineOptions } from './options.ts';
import { requirePlace } from './place.ts';
import { requirePort } from './ports.ts';
import { endProcesses, isRunning } from './processes.ts';
import { readStateOf, writeState, type OdooState } from './state.ts';
import { startSupervised } from './supervisor.ts';
import { odooVariables } from './variables.ts';

/** How long Odoo gets to end its requests; it takes a second itself, more where an addon holds a thread. */
const GRACE_MS = 10_000;
/** Of the log: enough to say why it ended. */
const LAST_LINES = 50;

const endedSchema = z.object({ exit_code: z.int().nullable() });

async function launch(options: ProcessEngineOptions, paths: EnvironmentPaths, state: OdooState, append: boolean): Promise<void> {
  const { odoo, runAs } = options;
  const { http_port } = await requirePlace(paths);
  await requirePort(http_port).catch((error: unknown) => {
    if (!isOpsError(error, 'usage')) throw error;
    throw new OpsError('usage', error.message, {
      hint: 'Stop that process, or build the environment again: it gets another port.',
      details: error.details,
      cause: error,
    });
  });
  await startSupervised(
    {
      python: odoo.python,
      arguments: [odoo.program, '-c', paths.configuration, '-d', state.database],
      cwd: odoo.home,
      env: odooVariables(options.environment, paths),
      runAs,
      database: state.database,
      configuration: paths.configuration,
      log: paths.log,
      append,
      logLimit: options.logLimit ?? 8 * 2 ** 20,
      ended: paths.ended,
    },
    (process) => writeState(paths.odoo, { ...state, process }),
  );
}

/** Ends what runs there and keeps that it is asleep; all of it stays. */
export async function stopServer(options: ProcessEngineOptions, identity: EnvironmentIdentity): Promise<void> {
  const paths = environmentPaths(options.folder, identity);
  const state = await readStateOf(paths.odoo, 'odoo');
  await endProcesses(state?.process ?? null, paths.folder, options.graceMs ?? GRACE_MS);
  if (state !== null) await writeState(paths.odoo, { ...state, process: null });
}

/** Starts Odoo in the stead of what ran there; the work trees of other commits go. */
export async function startServer(
  options: ProcessEngineOptions,
  attempt: Attempt,
  code: Code,
  configuration: string,
  signal: AbortSignal,
): Promise<void> {
  const { identity, stamp } = attempt;
  const paths = environmentPaths(options.folder, identity);
  await stopServer(options, identity);
  throwIfEnded(signal);
  const state: OdooState = { kind: 'odoo', stamp, database: identity.database, code: code.id, process: null };
  await writeState(paths.odoo, state);
  await writeSecret(paths.configuration, configuration, options.runAs);
  throwIfEnded(signal);
  await launch(options, paths, state, false);
  await dropOtherCode(options, attempt, code, signal);
}

/**
 * Starts again what was stopped, crashed, or did not come back with the machine.
 * @returns false where there is nothing to start
 * @throws OpsError `usage` where somebody else has its port: its address stands in its database, so it cannot have another; `failed` where
 * its code is gone
 */
export async function wakeServer(options: ProcessEngineOptions, identity: EnvironmentIdentity, signal: AbortSignal): Promise<boolean> {
  const paths = environmentPaths(options.folder, identity);
  const state = await readStateOf(paths.odoo, 'odoo');
  if (state === null || (await readConfiguration(paths.configuration)) === null) return false;
  if (await isRunning(state.process)) return true;
  await endProcesses(state.process, paths.folder, 0);
  throwIfEnded(signal);
  if (!(await stat(state.code).catch(() => null))) {
    throw new OpsError('failed', `The code of environment ${identity.number} is gone: ${state.code}.`, {
      hint: `Build it again: \`odoo-ops pr rebuild ${identity.number}\`.`,
    });
  }
  await launch(options, paths, state, true);
  return true;
}

/** Null while it runs, where it was stopped, and where there is none. */
export async function serverEnded(
  options: ProcessEngineOptions,
  identity: EnvironmentIdentity,
): Promise<{ exitCode: number | null; lines: string[] } | null> {
  const paths = environmentPaths(options.folder, identity);
  const state = await readStateOf(paths.odoo, 'odoo');
  if (!state?.process || (await isRunning(state.process))) return null;
  const told = await readFile(paths.ended, 'utf8')
    .then((text) => endedSchema.parse(JSON.parse(text)))
    .catch(() => null); // it was killed with the machine, and said nothing
  return { exitCode: told?.exit_code ?? null, lines: await lastLines(paths, LAST_LINES) };
}

/** When what runs was started: its state is written then, and not again before it is stopped. */
export async function serverStartedAt(options: ProcessEngineOptions, identity: EnvironmentIdentity): Promise<Date | null> {
  const { odoo } = environmentPaths(options.folder, identity);
  const state = await readStateOf(odoo, 'odoo');
  return state?.process && (await isRunning(state.process)) ? (await stat(odoo)).mtime : null;
}
