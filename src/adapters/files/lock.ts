import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import * as z from 'zod';
import { OpsError } from '../../core/errors.ts';
import { writeError } from './atomic.ts';

const holderSchema = z.object({ host: z.string(), pid: z.int() });

/** A process of another host (a container that shares the folder) cannot be looked at: it is given this long. */
const OTHER_HOST_MS = 3_600_000;

/** How often it is tried to take a lock that nobody holds. */
const ATTEMPTS = 20;

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

/** How long one may take to look at a dead lock and remove it, in milliseconds; who takes longer was killed. */
const BREAKING_MS = 10_000;

/**
 * Takes the lock of a dead process away, one at a time: two may have seen the same dead one, and the second would take away that of whoever
 * came meanwhile.
 */
async function breakLock(path: string, text: string): Promise<void> {
  const guard = `${path}.breaking`;
  try {
    await writeFile(guard, '', { flag: 'wx' });
  } catch {
    const age = Date.now() - ((await stat(guard).catch(() => null))?.mtimeMs ?? Date.now());
    if (age > BREAKING_MS) await rm(guard, { force: true });
    return;
  }
  try {
    if ((await readFile(path, 'utf8').catch(() => null)) === text) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
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
    if (attempt < ATTEMPTS && (text === null || (await isStale(path, text)))) {
      if (text !== null) await breakLock(path, text);
      continue;
    }
    throw new OpsError('locked', `${what} is running already.`, { hint: `Wait for its end. Its lock is ${path}.` });
  }
  try {
    return await run();
  } finally {
    await rm(path, { force: true });
  }
}
