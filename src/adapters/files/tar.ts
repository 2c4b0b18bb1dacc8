import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';
import type { Sha256 } from '../../core/hash.ts';
import { writeError } from './atomic.ts';

export interface TarEntry {
  path: string;
  type: 'file' | 'executable' | 'symlink';
  size: number;
  /** Target of a symbolic link. */
  target?: string;
}

/** A tar whose bytes depend on its entries alone: fixed owner and modes, one time for all, order as added. */
export interface TarWriter {
  /** @param seen is called with each chunk, before it is written */
  add: (entry: TarEntry, chunks: Iterable<Buffer> | AsyncIterable<Buffer>, seen?: (chunk: Buffer) => void) => Promise<void>;
  /** Ends the tar. Without this call nothing is left on disk. */
  finish: () => Promise<{ sha256: Sha256; bytes: number }>;
  abandon: () => Promise<void>;
}

const MODES = { file: 0o644, executable: 0o755, symlink: 0o777 };

async function* passOn(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks;
}

/** A race with a promise that lives as long as the tar would leave something behind for each chunk. */
function drainedOrClosed(entry: ReturnType<Pack['entry']>): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      entry.off('drain', settle).off('close', settle);
      resolve();
    };
    entry.on('drain', settle).on('close', settle);
  });
}

/**
 * @param output file to write, or null to find out the hash only
 * @param gzip compresses it; hash and bytes are those of the file then
 */
export async function createTar(mtime: Date, output: string | null, gzip = false): Promise<TarWriter> {
  const tar = pack();
  const hash = createHash('sha256');
  const partial = output === null ? null : `${output}.${process.pid}.partial`;
  const unwritable = (error: unknown) => {
    throw writeError(output ?? '', error);
  };
  const file = partial === null ? null : await open(partial, 'w', 0o644).catch(unwritable);
  let bytes = 0;
  const write = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      await file?.writeFile(chunk).catch(unwritable); // all of it: a disk that is nearly full takes a part and says nothing
    }
  };
  const chunks = tar as AsyncIterable<Buffer>;
  // A generator between the two: Node.js would take this library's stream for one of its own.
  const written = gzip ? pipeline(() => passOn(chunks), createGzip(), write) : write(chunks);
  written.catch(() => tar.destroy());
  const abandon = async () => {
    tar.destroy(new Error('abandoned'));
    await written.catch(() => undefined);
    await file?.close().catch(() => undefined);
    if (partial !== null) await rm(partial, { force: true });
  };
  return {
    add: async ({ path, type, size, target }, chunks, seen) => {
      const header = { name: path, mode: MODES[type], mtime, uid: 0, gid: 0, uname: '', gname: '' };
      if (type === 'symlink') {
        tar.entry({ ...header, type: 'symlink', linkname: target ?? '' });
        return;
      }
      const entry = tar.entry({ ...header, type: 'file', size });
      for await (const chunk of chunks) {
        seen?.(chunk);
        if (entry.write(chunk)) continue;
        await drainedOrClosed(entry);
        if (!entry.destroyed) continue;
        await written; // says why
        throw new Error('The tar was ended early.');
      }
      entry.end(null);
    },
    finish: async () => {
      tar.finalize();
      await written;
      await file?.sync();
      await file?.close();
      if (partial !== null && output !== null) await rename(partial, output);
      return { sha256: hash.digest('hex'), bytes };
    },
    abandon,
  };
}
