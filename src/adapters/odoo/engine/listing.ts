import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isOpsError } from '../../../core/errors.ts';
import { isMissing } from './failures.ts';
import { closed, readState, type State } from './state.ts';

/** Milliseconds after which a write was cut off. */
const WRITTEN_WITHIN = 60_000;

export interface Listing {
  states: { path: string; state: State }[];
  /** Files that say nothing we understand, and folders without one: a person has to look. */
  unknown: string[];
}

/** The beginning of a write that never became a state: nothing was made after it. */
async function dropCutOff(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found && Date.now() - found.mtimeMs > WRITTEN_WITHIN) await rm(path, { force: true }).catch(() => undefined);
}

/** All states of a folder. */
export async function listStates(folder: string): Promise<Listing> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw closed(folder, error);
  });
  const names = new Set(entries.map(({ name }) => name));
  const listing: Listing = { states: [], unknown: [] };
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.name.endsWith('.json')) {
      const state = await readState(path).catch((error: unknown) => {
        if (isOpsError(error, 'failed')) return 'unknown' as const;
        throw error;
      });
      if (state === 'unknown') listing.unknown.push(path);
      else if (state !== null) listing.states.push({ path, state });
    } else if (entry.name.endsWith('.partial')) await dropCutOff(path);
    else if (entry.isDirectory() && !names.has(`${entry.name}.json`)) listing.unknown.push(path);
  }
  return listing;
}
