import { open, rename, rm } from 'node:fs/promises';
import { OpsError } from '../../core/errors.ts';

/** Replaces a file as a whole: a reader, or a crash, sees the old text or the new one and nothing between. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    const file = await open(partial, 'w', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw writeError(path, error);
  }
}

/** What a failed write means for a person. */
export function writeError(path: string, error: unknown): OpsError {
  const code = (error as NodeJS.ErrnoException).code;
  const reasons: Record<string, [string, string]> = {
    ENOSPC: ['the disk is full', 'Free some space and run the command again.'],
    EDQUOT: ['your disk quota is used up', 'Free some space and run the command again.'],
    EACCES: ['you may not write there', 'Check the owner and the mode of the folder.'],
    EPERM: ['you may not write there', 'Check the owner and the mode of the folder.'],
    EROFS: ['the file system is read-only', 'Open the repository on a writable file system.'],
    ENOTDIR: ['a part of the path is a file', 'Move that file away, or choose another evidence.folder.'],
    EEXIST: ['a file stands where a folder should be', 'Move that file away, or choose another evidence.folder.'],
  };
  const [reason, hint] = reasons[code ?? ''] ?? [error instanceof Error ? error.message : String(error), 'Check the folder.'];
  return new OpsError('evidence', `${path} cannot be written: ${reason}.`, { hint, cause: error });
}
