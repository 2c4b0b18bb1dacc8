import { rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Code, CodeSource } from '../../../core/pr-environments/engine.ts';
import type { Attempt } from '../../../core/pr-environments/identity.ts';
import { OpsError, toOpsError } from '../../../core/errors.ts';
import type { OdooInstallation } from '../find-odoo.ts';
import { listModules } from '../list-modules.ts';
import { runAsUser, requireReach } from './as-user.ts';
import { isMissing, throwIfEnded } from './failures.ts';
import { forget, removeTree } from './files.ts';
import { environmentPaths, makeProjectFolder } from './layout.ts';
import type { ProcessEngineOptions } from './options.ts';
import { missingRequirements } from './requirements.ts';
import { listStates } from './listing.ts';
import { readStateOf, writeState } from './state.ts';

/**
 * Checks the commit out beside the environment. The same commit again is taken as it is; one that was cut off is made anew. The result
 * is files only: without a repository in it, its code finds no hooks and no history.
 */
export async function buildCode(
  { folder, runAs, odoo }: ProcessEngineOptions,
  { identity, stamp }: Attempt,
  source: CodeSource,
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<Code> {
  const { commit } = source;
  const path = environmentPaths(folder, identity).code(commit);
  const state = `${path}.json`;
  await makeProjectFolder(folder, identity.project, runAs);
  const before = await readStateOf(state, 'code');
  const reused = before?.complete === true && (await exists(path));
  await writeState(state, { kind: 'code', stamp, complete: reused });
  if (reused) report(`Work tree of ${commit.slice(0, 12)} is there already.`);
  else {
    await removeTree(path, undefined, signal);
    await source.checkout(path).catch((error: unknown) => {
      throwIfEnded(signal);
      throw toOpsError(error);
    });
    await rm(join(path, '.git'), { recursive: true, force: true });
    // Odoo may be another user, and git made the files for us alone where our umask says so.
    if (runAs) await runAsUser(['chmod', '-R', 'a+rX', '--', path], undefined, signal);
    await writeState(state, { kind: 'code', stamp, complete: true });
  }
  await requireReach(path, runAs, signal);
  for (const line of await missingRequirements(odoo.python, source.requirements, signal)) report(line);
  return { id: path, base: null, addons_path: source.folders.map((one) => join(path, one.path)), layers: [] };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw new OpsError('failed', `${path} cannot be looked at.`, { cause: error, hint: 'Check the owner and the mode of its folder.' });
    },
  );

/** Removes the work trees of an environment's other commits. */
export async function dropOtherCode(
  { folder }: ProcessEngineOptions,
  { identity }: Attempt,
  kept: Code,
  signal: AbortSignal,
): Promise<void> {
  const { states } = await listStates(dirname(environmentPaths(folder, identity).place));
  for (const { path, state } of states) {
    const others = state.kind === 'code' && state.stamp.number === identity.number && path !== `${kept.id}.json`;
    if (others) await forget(path, undefined, signal);
  }
}

/** Odoo looks in its package first, then in the addons path, then in the `addons` of its source tree (`initialize_sys_path`). */
export async function modulesOf({ home }: OdooInstallation, code: Code): Promise<Map<string, { neutralizes: boolean }>> {
  const modules = await listModules([join(home, 'odoo', 'addons'), ...code.addons_path, join(home, 'addons')]);
  const found = await Promise.all(
    [...modules].map(async ([name, folder]) => [name, { neutralizes: await exists(join(folder, 'data', 'neutralize.sql')) }] as const),
  );
  return new Map(found);
}
