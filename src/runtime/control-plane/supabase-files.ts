import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeError } from '../../adapters/files/atomic.ts';
import type { Workspace } from '../workspace.ts';
import { ourMigrations } from './sound.ts';

/** Where the Supabase CLI looks for migrations. */
export const SUPABASE_MIGRATIONS = 'supabase/migrations';

export interface SupabaseFiles {
  /** Paths from the root of the repository. */
  written: string[];
  /** Files that are there with another text: they are left alone, and `check` names them. */
  different: string[];
}

/** Puts the migrations of schema ops where `supabase db push` applies them; a file that is there already is never overwritten. */
export async function writeSupabaseMigrations({ root }: Pick<Workspace, 'root'>): Promise<SupabaseFiles> {
  const result: SupabaseFiles = { written: [], different: [] };
  try {
    await mkdir(join(root, SUPABASE_MIGRATIONS), { recursive: true });
    for (const [name, sql] of await ourMigrations()) {
      const path = `${SUPABASE_MIGRATIONS}/${name}`;
      try {
        await writeFile(join(root, path), sql, { flag: 'wx' });
        result.written.push(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        if ((await readFile(join(root, path), 'utf8')) !== sql) result.different.push(path);
      }
    }
    return result;
  } catch (error) {
    throw writeError(join(root, SUPABASE_MIGRATIONS), error);
  }
}
