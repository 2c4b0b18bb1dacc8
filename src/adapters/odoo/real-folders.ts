import { realpath } from 'node:fs/promises';
import type { AddonsRoot } from '../../core/devserver/live-roots.ts';

/** Each folder with its name without symbolic links; one that is not there keeps its own. */
export function realFolders(folders: readonly string[]): Promise<AddonsRoot[]> {
  return Promise.all(folders.map(async (path) => ({ path, real: await realpath(path).catch(() => path) })));
}
