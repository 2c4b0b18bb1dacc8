import { mkdir, readFile, rename, rm, link, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import * as z from 'zod';
import { OpsError } from '../../core/errors.ts';
import { writeError } from './atomic.ts';

const holderSchema = z.object({ host: z.string(), pid: z.int() });

/** A process of another host (a container that shares the folder) cannot be looked at: it is given this long. */
const OTHER_HOST_MS = 3_600_000;

async function isStale(path: string, text: string): Promise<boolean> {
  const age = Date.now() - ((await stat(path).catch(() => null))?.mtimeMs ?? 0);
  let holder: z.infer<typeof holderSchema>;
  try {
    holder = holderSchema.parse(JSON.parse(text));
  } catch {
    return age > 10_000; // killed between making the file and writing it; another process may be doing so right now
  }
  if (holder.host !== hostname()) return age > OTHER_HOST_MS;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EPERM';
  }
}

/** Takes the lock of a dead process away. False where it was not that one any more: two may have seen the same dead one. */
async function breakLock(path: string, text: string): Promise<boolean> {
  const taken = `${path}.${process.pid}.stale`;
  await rename(path, taken).catch(() => undefined);
  const found = await readFile(taken, 'utf8').catch(() => text);
  if (found !== text) await link(taken, path).catch(() => undefined);
  await rm(taken, { force: true });
  return found === text;
}

/**
 * Runs while no other process of this clone holds the lock. A lock that a killed process left behind holds nobody.
 * @param what is running, as the begin of a sentence
 * @throws OpsError `locked`, and what `run` throws
 */
export async function withFileLock<T>(path: string, what: string, run: () => Promise<T>): Promise<T> {
  const own = `${JSON.stringify({ host: hostname(), pid: process.pid, since: new Date().toISOString() })}\n`;
  for (let attempt = 1; ; attempt++) {
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, own, { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw writeError(path, error);
    }
    const text = await readFile(path, 'utf8').catch(() => null); // null where it was given back just now
    if (attempt < 5 && (text === null || ((await isStale(path, text)) && (await breakLock(path, text))))) continue;
    throw new OpsError('locked', `${what} is running already.`, { hint: `Wait for its end. Its lock is ${path}.` });
  }
  try {
    return await run();
  } finally {
    await rm(path, { force: true });
  }
}
