import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeError } from './atomic.ts';

/** Ids of records that the control plane has not confirmed: one empty file each, so that no crash can tear one. */
export async function addToOutbox(folder: string, id: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, id), '');
  } catch (error) {
    throw writeError(folder, error);
  }
}

export async function readOutbox(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

export async function removeFromOutbox(folder: string, ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => rm(join(folder, id), { force: true })));
}
