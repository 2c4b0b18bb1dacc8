import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OpsError } from '../../../core/errors.ts';
import type { Attempt, EnvironmentIdentity } from '../../../core/pr-environments/identity.ts';
import type { Stamp } from '../../../core/pr-environments/thing.ts';
import { requireReach, runAsUser } from './as-user.ts';
import { throwIfEnded } from './failures.ts';
import { copyFiles, folderBeside, forget, removeTree, sizeOf } from './files.ts';
import { environmentPaths, makeClosedFolder, makeDataFolder, makeProjectFolder, projectFolder, templatePath } from './layout.ts';
import type { ProcessEngineOptions } from './options.ts';
import { stopServer } from './server.ts';
import { listStates } from './listing.ts';
import { writeState, type StateOf } from './state.ts';

/** Where Odoo keeps the files of a database, below its `data_dir`. */
const filestoreOf = (data: string, database: string): string => join(data, 'filestore', database);

interface Kept {
  path: string;
  state: StateOf<'template'>;
}

/** All keepings of a name, whole or cut off. */
async function keepings(root: string, project: string, name: string): Promise<Kept[]> {
  const { states } = await listStates(projectFolder(root, project));
  return states.flatMap(({ path, state }) => (state.kind === 'template' && state.name === name ? [{ path, state }] : []));
}

/** @returns bytes of the new filestore. @throws OpsError `failed` where there is no such template */
export async function makeFilestore(
  options: ProcessEngineOptions,
  { identity, stamp }: Attempt,
  from: string | null,
  signal: AbortSignal,
): Promise<number> {
  const { folder, runAs } = options;
  const { data } = environmentPaths(folder, identity);
  await stopServer(options, identity); // the one that ran on what goes now
  await makeProjectFolder(folder, identity.project, runAs);
  await writeState(`${data}.json`, { kind: 'data', stamp });
  await removeTree(data, runAs, signal);
  await makeDataFolder(data, runAs);
  if (from === null) return 0;
  const kept = (await keepings(folder, identity.project, from)).find(({ state }) => state.complete);
  if (!kept) {
    throw new OpsError('failed', `There is no filestore of the template ${from}.`, {
      hint: 'Make the template again: `odoo-ops pr template`.',
    });
  }
  const target = filestoreOf(data, identity.database);
  await runAsUser(['mkdir', '-p', '--', target], runAs, signal);
  await copyFiles(folderBeside(kept.path), target, { owner: runAs, foreign: false }, signal);
  return kept.state.bytes;
}

/** Keeps a copy; what had the name before serves until the copy is whole, and goes then. */
export async function storeTemplate(
  { folder, runAs }: ProcessEngineOptions,
  name: string,
  stamp: Stamp,
  from: { folder: string } | { environment: EnvironmentIdentity },
  signal: AbortSignal,
): Promise<void> {
  const source = 'folder' in from ? from.folder : filestoreOf(environmentPaths(folder, from.environment).data, from.environment.database);
  const found = await stat(source).catch(() => null);
  if ('folder' in from && !found?.isDirectory()) {
    throw new OpsError('usage', `${source} is not a folder.`, {
      hint: "Name the filestore of the database: `filestore/<database>` in Odoo's data_dir.",
    });
  }
  await makeProjectFolder(folder, stamp.project, runAs);
  const older = await keepings(folder, stamp.project, name);
  const path = templatePath(folder, stamp.project, name, randomBytes(4).toString('hex'));
  const state = { kind: 'template', stamp, name, complete: false, bytes: 0 } as const;
  await writeState(`${path}.json`, state);
  try {
    // What we copy as root goes into a folder that nobody else can change meanwhile.
    await ('folder' in from ? makeClosedFolder : makeDataFolder)(path, runAs);
    await requireReach(path, runAs, signal);
    if (found) await copyFiles(source, path, { owner: runAs, foreign: 'folder' in from }, signal);
    await writeState(`${path}.json`, { ...state, complete: true, bytes: await sizeOf(path) });
  } catch (error) {
    await forget(`${path}.json`, runAs, new AbortController().signal).catch(() => undefined); // the next sweep finds it
    throw error;
  }
  for (const { path: old } of older) await forget(old, runAs, signal);
  throwIfEnded(signal);
}
