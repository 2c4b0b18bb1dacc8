import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is in a file, as far as a check cares. */
export type Content =
  | { is: 'text'; text: string }
  /** Holds a NUL byte near its beginning, as git tells binary files. */
  | { is: 'binary' }
  /** Not read. */
  | { is: 'large'; bytes: number }
  /** Deleted since git listed it, not a plain file, or not ours to read. */
  | { is: 'absent' };

/** Larger files are data, not configuration; reading them would only cost memory. */
export const MAX_BYTES = 2 * 1024 * 1024;
const NUL_WITHIN = 8000;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const utf16 = { LE: new TextDecoder('utf-16le'), BE: new TextDecoder('utf-16be') };
const latin1 = new TextDecoder('latin1');

/** Bytes as text: UTF-8, UTF-16 by its mark, else latin-1. A byte order mark is no part of it. */
export function decode(bytes: Buffer): Content {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { is: 'text', text: utf16.LE.decode(bytes) };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { is: 'text', text: utf16.BE.decode(bytes) };
  if (bytes.subarray(0, NUL_WITHIN).includes(0)) return { is: 'binary' };
  try {
    return { is: 'text', text: utf8.decode(bytes) };
  } catch {
    return { is: 'text', text: latin1.decode(bytes) };
  }
}

export async function readContent(root: string, path: string): Promise<{ content: Content; object: string | null }> {
  try {
    const file = join(root, path);
    const stats = await lstat(file);
    if (!stats.isFile()) return { content: { is: 'absent' }, object: null };
    if (stats.size > MAX_BYTES) return { content: { is: 'large', bytes: stats.size }, object: null };
    const bytes = await readFile(file);
    return { content: decode(bytes), object: gitObject(bytes) };
  } catch {
    return { content: { is: 'absent' }, object: null };
  }
}

/** The name that git gives to these bytes. */
export const gitObject = (bytes: Uint8Array): string => createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
