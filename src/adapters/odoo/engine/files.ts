import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunAs } from '../run-as.ts';
import { runAsUser } from './as-user.ts';
import { isMissing, throwIfEnded, writeFailure } from './failures.ts';
import { removeState } from './state.ts';

/** Links are copied as links, never followed; blocks are shared where the file system can (reflink), inodes never. */
const COPY = process.platform === 'linux' ? ['cp', '-a', '--reflink=auto', '--'] : ['cp', '-a', '--'];

/**
 * Copies what is in a folder into another one that exists.
 * @param owner who both belong to; the copy of a folder of somebody else is made by us and given away
 */
export async function copyFiles(
  from: string,
  to: string,
  { owner, foreign }: { owner: RunAs | undefined; foreign: boolean },
  signal: AbortSignal,
): Promise<void> {
  await runAsUser([...COPY, `${from}/.`, to], foreign ? undefined : owner, signal);
  if (foreign && owner) await runAsUser(['chown', '-R', '-h', '--', `${owner.uid}:${owner.gid}`, to], undefined, signal);
}

/** Removes a folder of which Odoo's user may change what is in it. */
export async function removeTree(folder: string, owner: RunAs | undefined, signal: AbortSignal): Promise<void> {
  // It may not remove the folder itself, which lies in one of ours; that we do, when it is empty.
  if (owner) await runAsUser(['rm', '-rf', '--', folder], owner, signal).catch(() => undefined);
  throwIfEnded(signal);
  await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch((error: unknown) => {
    throw writeFailure(folder, error);
  });
}

export const folderBeside = (statePath: string): string => statePath.slice(0, -'.json'.length);

/** Removes a folder, then the file beside it that bears its stamp. */
export async function forget(statePath: string, owner: RunAs | undefined, signal: AbortSignal): Promise<void> {
  await removeTree(folderBeside(statePath), owner, signal);
  await removeState(statePath);
}

/** Bytes of the files below a folder. */
export async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    bytes += await lstat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0, // removed meanwhile
    );
  }
  return bytes;
}
