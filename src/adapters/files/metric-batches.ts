import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { batchSchema, MAX_BATCHES, type Batch } from '../../core/metrics/batch.ts';
import { writeAtomically, writeError } from './atomic.ts';

const folderOf = (outbox: string): string => join(outbox, 'metrics');

/** Names of the files that wait, oldest first. */
export async function waitingBatches(outbox: string): Promise<string[]> {
  return (await readdir(folderOf(outbox)).catch(() => [])).filter((name) => name.endsWith('.json')).sort();
}

/**
 * Keeps measurements until the control plane has them.
 * @param name of its own, with a later one for later measurements: see `batchName`
 * @returns how many of the oldest files had to go for it
 * @throws OpsError `evidence` where nothing can be written
 */
export async function writeBatch(outbox: string, name: string, batch: Batch): Promise<number> {
  const folder = folderOf(outbox);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw writeError(folder, error);
  });
  const waiting = await waitingBatches(outbox);
  const dropped = waiting.slice(0, Math.max(0, waiting.length + 1 - MAX_BATCHES));
  await removeBatches(outbox, dropped);
  await writeAtomically(join(folder, `${name}.json`), `${JSON.stringify(batch)}\n`);
  return dropped.length;
}

/** Of now, and of nobody else's: several servers may write at once. */
export const batchName = (): string => `${Date.now()}-${randomUUID()}`;

/** @returns undefined where the file is gone, or none that we know */
export async function readBatch(outbox: string, name: string): Promise<Batch | undefined> {
  try {
    return batchSchema.safeParse(JSON.parse(await readFile(join(folderOf(outbox), name), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

export async function removeBatches(outbox: string, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => rm(join(folderOf(outbox), name), { force: true })));
}
