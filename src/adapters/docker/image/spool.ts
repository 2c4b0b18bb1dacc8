import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OpsError } from '../../../core/errors.ts';

/** Bytes that are gathered before they are hashed and written. */
const PIECE = 1024 * 1024;

/** Bytes on disk that have no name there: whatever ends this program, nothing of them is left. */
export interface Spool {
  /** `sha256:…` */
  digest: string;
  bytes: number;
  chunks: () => AsyncGenerator<Buffer>;
  close: () => Promise<void>;
}

/** Takes bytes; where it answers with a promise, the next may come when that is done. */
export type Put = (bytes: Uint8Array) => Promise<void> | undefined;

function unwritable(folder: string, error: unknown): OpsError {
  const isFull = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
  const reason = isFull ? 'the disk is full' : error instanceof Error ? error.message : String(error);
  return new OpsError('failed', `A layer cannot be written to ${folder}: ${reason}.`, {
    hint: isFull ? 'Free some space and try again.' : 'Check the owner and the mode of the folder.',
    cause: error,
  });
}

/**
 * Keeps what `write` puts until `close`; memory stays at one piece, whatever its size.
 * @param folder where it lies; made where it is missing
 * @throws OpsError `failed` where it cannot be written
 */
export async function spool(folder: string, write: (put: Put) => Promise<void>): Promise<Spool> {
  const path = join(folder, `layer-${randomUUID()}.partial`);
  const failed = (error: unknown) => {
    throw unwritable(folder, error);
  };
  await mkdir(folder, { recursive: true }).catch(failed);
  const file = await open(path, 'wx+', 0o600).catch(failed);
  try {
    await rm(path, { force: true });
    const hash = createHash('sha256');
    let piece = Buffer.allocUnsafe(PIECE);
    let filled = 0;
    let bytes = 0;
    const flush = async () => {
      const full = piece.subarray(0, filled);
      piece = Buffer.allocUnsafe(PIECE);
      filled = 0;
      bytes += full.length;
      const written = file.writeFile(full).catch(failed); // all of it, also where the disk takes a part at a time
      hash.update(full);
      await written;
    };
    const put: Put = (chunk) => {
      if (filled + chunk.length > PIECE) return spill(chunk);
      piece.set(chunk, filled);
      filled += chunk.length;
      return undefined;
    };
    const spill = async (chunk: Uint8Array) => {
      for (let rest = chunk; rest.length > 0;) {
        const part = rest.subarray(0, PIECE - filled);
        piece.set(part, filled);
        filled += part.length;
        rest = rest.subarray(part.length);
        if (filled === PIECE) await flush();
      }
    };
    await write(put);
    await flush();
    return {
      digest: `sha256:${hash.digest('hex')}`,
      bytes,
      close: () => file.close(),
      chunks: async function* () {
        for (let at = 0; at < bytes;) {
          const { bytesRead, buffer } = await file.read({ buffer: Buffer.allocUnsafe(PIECE), position: at });
          if (bytesRead === 0) throw new OpsError('failed', `A layer in ${folder} became shorter.`);
          at += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      },
    };
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}
