import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Sha256 } from '../../core/hash.ts';

export interface Hashed {
  sha256: Sha256;
  bytes: number;
}

export const sha256 = (data: string | Uint8Array): Sha256 => createHash('sha256').update(data).digest('hex');

export async function hashChunks(chunks: AsyncIterable<Uint8Array>): Promise<Hashed> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

export const hashFile = (path: string): Promise<Hashed> => pipeline(createReadStream(path), hashChunks);
