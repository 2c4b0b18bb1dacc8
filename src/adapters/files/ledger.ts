import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { sha256Schema } from '../../core/hash.ts';
import { writeError } from './atomic.ts';

const entrySchema = z.object({ id: z.uuid(), hash: sha256Schema, folder: z.string() });
export type LedgerEntry = z.infer<typeof entrySchema>;

/**
 * What this clone once held, one JSON line a sealed record, in the git folder: so that a deleted record is missed even where
 * no later one points to it. Lines are short, and one append of a short line is atomic.
 */
export async function appendLedger(path: string, entry: LedgerEntry): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, `${JSON.stringify(entry)}\n`);
  } catch (error) {
    throw writeError(path, error);
  }
}

export async function readLedger(path: string): Promise<LedgerEntry[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return [entrySchema.parse(JSON.parse(line))];
    } catch {
      return []; // the empty last line, or one that a crash cut off: its record is found by its folder
    }
  });
}
