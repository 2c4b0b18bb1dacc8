import { OpsError, toOpsError } from '../../../core/errors.ts';

export const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

/** What a failed write means for a person. */
export function writeFailure(path: string, error: unknown): OpsError {
  const { code } = error as NodeJS.ErrnoException;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new OpsError('failed', `${path} cannot be written: ${full ? 'the disk is full' : toOpsError(error).message}.`, {
    hint: full ? 'Free some space, then build again.' : 'Check the owner and the mode of its folder.',
    cause: error,
  });
}

/** @throws OpsError why the signal fired */
export function throwIfEnded(signal: AbortSignal): void {
  if (signal.aborted) throw toOpsError(signal.reason);
}
