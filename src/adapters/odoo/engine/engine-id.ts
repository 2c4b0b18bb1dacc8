import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFailure } from './failures.ts';

/** By what others know this folder's environments: a name that no second clone has, also where both lie at the same path. */
export async function engineId(folder: string): Promise<string> {
  const file = join(folder, 'engine-id');
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(file, randomUUID(), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw writeFailure(file, error);
  }
  return (await readFile(file, 'utf8')).trim();
}
