import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import type { FileFacts } from '../../core/policy/facts.ts';
import { writeAtomically } from './atomic.ts';

/** What was read of files before, for their owner's eyes as they are, by their path and git's hash of what is in them. */
export interface FactsCache {
  get: (path: string, object: string) => FileFacts | undefined;
  set: (path: string, object: string, facts: FileFacts) => void;
  /** Writes it, where something is new. Losing it costs time and nothing else. */
  save: () => Promise<void>;
}

// The facts themselves are ours, written by `save`: to parse 10,000 of them would cost more than to make them.
const fileSchema = z.object({ version: z.string(), entries: z.record(z.string(), z.unknown()) });

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
  const entries = new Map<string, unknown>(before?.version === version ? Object.entries(before.entries) : []);
  const asked = new Set<string>();
  let isNew = false;
  return {
    get: (path, object) => {
      const key = `${object} ${path}`;
      asked.add(key);
      return entries.get(key) as FileFacts | undefined;
    },
    set: (path, object, facts) => {
      isNew = true;
      const key = `${object} ${path}`;
      asked.add(key);
      entries.set(key, facts);
    },
    save: async () => {
      if (!isNew) return;
      isNew = false;
      const kept = entries.size <= MOST ? entries : new Map([...entries].filter(([key]) => asked.has(key)));
      await mkdir(dirname(file), { recursive: true });
      await writeAtomically(file, JSON.stringify({ version, entries: Object.fromEntries(kept) }), 0o600);
    },
  };
}
