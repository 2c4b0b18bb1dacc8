import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import type { FileFacts } from '../../core/policy/facts.ts';

/** What was read of files before, for their owner's eyes as they are, by their path and git's hash of what is in them. */
export interface FactsCache {
  get: (path: string, object: string) => FileFacts | undefined;
  set: (path: string, object: string, facts: FileFacts) => void;
  /** Writes it, where something is new. Losing it costs time and nothing else. */
  save: () => Promise<void>;
}

// The facts themselves are ours, written by `save`: to parse 10,000 of them would cost more than to make them.
const fileSchema = z.object({
  version: z.string(),
  entries: z.custom<Record<string, FileFacts>>((value) => typeof value === 'object' && value !== null),
});

/** A clone is checked at many commits; beyond this what this run did not ask for goes. */
const MOST = 60_000;

/**
 * @param file in the clone's own state folder
 * @param version of everything that makes facts: with another one nothing that was kept counts
 */
export async function openFactsCache(file: string, version: string): Promise<FactsCache> {
  const before = await readFile(file, 'utf8')
    .then((text) => fileSchema.parse(JSON.parse(text)))
    .catch(() => undefined); // none, torn, or of another kind
  let entries = before?.version === version ? before.entries : {};
  const asked = new Set<string>();
  let isNew = false;
  return {
    get: (path, object) => {
      const key = `${object} ${path}`;
      asked.add(key);
      return entries[key];
    },
    set: (path, object, facts) => {
      isNew = true;
      const key = `${object} ${path}`;
      asked.add(key);
      entries[key] = facts;
    },
    save: async () => {
      if (!isNew) return;
      isNew = false;
      if (Object.keys(entries).length > MOST) entries = Object.fromEntries(Object.entries(entries).filter(([key]) => asked.has(key)));
      // A repository that may only be read, a full disk: the answer is known all the same.
      await replaceFile(file, JSON.stringify({ version, entries })).catch(() => undefined);
    },
  };
}

/** As a whole or not at all, but without waiting for the disk: what a power cut takes is read again. */
async function replaceFile(file: string, text: string): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(partial, text, { mode: 0o600 });
  await rename(partial, file);
}
