import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Thing } from '../../../core/pr-environments/thing.ts';
import { throwIfEnded, isMissing } from './failures.ts';
import { folderBeside, forget } from './files.ts';
import { environmentPaths, projectFolder } from './layout.ts';
import type { ProcessEngineOptions } from './options.ts';
import { endProcesses, isRunning } from './processes.ts';
import { listStates } from './listing.ts';
import { readState, removeState, sameStamp, type State } from './state.ts';

const KINDS = {
  /** Ports, configuration and log. */
  place: ['folder', 'network'],
  data: ['folder', 'filestore'],
  odoo: ['process', 'odoo'],
  code: ['work-tree', 'code'],
  template: ['folder', 'template'],
} as const satisfies Record<State['kind'], readonly [Thing['kind'], Thing['part']]>;

function nameOf(path: string, state: State): string {
  if (state.kind === 'template') return state.name;
  if (state.kind === 'odoo') return `odoo-ops-${state.stamp.project}-pr-${state.stamp.number ?? 0}`;
  return folderBeside(path);
}

async function thingOf(path: string, state: State): Promise<Thing> {
  const [kind, part] = KINDS[state.kind];
  return {
    kind,
    part,
    id: path,
    name: nameOf(path, state),
    stamp: state.stamp,
    running: state.kind === 'odoo' ? await isRunning(state.process) : null,
    bytes: state.kind === 'template' ? state.bytes : null,
  };
}

/** All that bears the project's stamp. What cannot be read is told by `unknownFiles`, and never taken for anything. */
export async function listThings({ folder }: ProcessEngineOptions, project: string): Promise<Thing[]> {
  const { states } = await listStates(projectFolder(folder, project));
  return Promise.all(states.filter(({ state }) => state.stamp.project === project).map(({ path, state }) => thingOf(path, state)));
}

/** Files and folders of any project that bear no stamp that we can read. */
export async function unknownFiles({ folder }: ProcessEngineOptions): Promise<string[]> {
  const projects = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const listings = await Promise.all(projects.filter((one) => one.isDirectory()).map(({ name }) => listStates(join(folder, name))));
  return listings.flatMap(({ unknown }) => unknown);
}

/** @returns false where another stamp is there now. @throws OpsError `failed` where it does not go */
export async function removeThing(options: ProcessEngineOptions, thing: Thing, signal: AbortSignal): Promise<boolean> {
  throwIfEnded(signal);
  const { folder, runAs } = options;
  const state = await readState(thing.id);
  if (state === null) return true;
  if (KINDS[state.kind][0] !== thing.kind || KINDS[state.kind][1] !== thing.part || !sameStamp(state.stamp, thing.stamp)) return false;
  const paths = environmentPaths(folder, { project: state.stamp.project, number: state.stamp.number ?? 0 });
  if (state.kind === 'template') await forget(thing.id, runAs, signal);
  else if (state.kind === 'code') await forget(thing.id, undefined, signal);
  else if (state.kind === 'odoo') {
    await endProcesses(state.process, paths.folder, options.graceMs ?? 2_000);
    for (const file of [paths.configuration, paths.ended, paths.log]) await rm(file, { force: true });
    await removeState(thing.id);
  } else {
    await endProcesses(null, paths.folder, 0); // what still uses it
    await forget(thing.id, state.kind === 'data' ? runAs : undefined, signal);
  }
  return true;
}
