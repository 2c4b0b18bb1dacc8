import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeAtomically, writeError } from './atomic.ts';

/** Records that the control plane does not take, by id, with the reason: they hold up no other. */
const SET_ASIDE = 'set-aside';

const setAsideSchema = z.object({ id: z.uuid(), reason: z.string(), at: z.string() });
export type SetAside = z.infer<typeof setAsideSchema>;

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
  return (await readdir(folder).catch(() => [])).filter((name) => z.uuid().safeParse(name).success).sort();
}

export async function removeFromOutbox(folder: string, ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => rm(join(folder, id), { force: true })));
}

/** Takes a record out of the way of the others, and keeps why. */
export async function setAside(folder: string, { id, reason, at }: SetAside): Promise<void> {
  await mkdir(join(folder, SET_ASIDE), { recursive: true });
  await writeAtomically(join(folder, SET_ASIDE, `${id}.json`), `${JSON.stringify({ id, reason, at }, null, 2)}\n`);
  await removeFromOutbox(folder, [id]);
}

export async function readSetAside(folder: string): Promise<SetAside[]> {
  const names = (await readdir(join(folder, SET_ASIDE)).catch(() => [])).filter((name) => name.endsWith('.json')).sort();
  const found = await Promise.all(
    names.map(async (name) => setAsideSchema.safeParse(JSON.parse(await readFile(join(folder, SET_ASIDE, name), 'utf8')))),
  );
  return found.flatMap(({ data }) => data ?? []);
}

/** Puts what was set aside back, for another try: after a migration, or with a newer odoo-ops. @returns how many */
export async function retrySetAside(folder: string): Promise<number> {
  const all = await readSetAside(folder);
  for (const { id } of all) {
    await addToOutbox(folder, id);
    await rm(join(folder, SET_ASIDE, `${id}.json`), { force: true });
  }
  return all.length;
}
