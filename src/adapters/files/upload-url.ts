import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Sha256 } from '../../core/hash.ts';
import { writeAtomically } from './atomic.ts';

const uploadSchema = z.object({ url: z.url() });

/**
 * Where an upload can go on after its process is gone: one file each, removed when it is done.
 * @param key a hash of what goes where: what was changed since is another upload
 */
export function uploadUrl(folder: string, key: Sha256) {
  const file = join(folder, `${key}.json`);
  return {
    read: async (): Promise<string | null> => {
      try {
        return uploadSchema.parse(JSON.parse(await readFile(file, 'utf8'))).url;
      } catch {
        return null; // none, or torn: a new upload loses nothing
      }
    },
    write: async (url: string): Promise<void> => {
      await mkdir(folder, { recursive: true });
      await writeAtomically(file, `${JSON.stringify({ url })}\n`);
    },
    remove: () => rm(file, { force: true }),
  };
}
