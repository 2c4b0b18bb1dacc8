import type { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import * as z from 'zod';
import { OpsError } from '../../../core/errors.ts';
import { paddingOf, tarHeader, type TarEntry } from '../../../core/pr-environments/image/tar.ts';
import type { Put } from './flow.ts';

/** An entry of an archive that is only on its way. */
export const fileEntry = (path: string, size: number): TarEntry => ({ path, type: 'file', mode: 0o644, size, mtime: 0 });

const manifestSchema = z.tuple([z.object({ Layers: z.array(z.string()) })]);
/** What tells of the base as an image of its own. */
const OF_THE_BASE = new Set(['manifest.json', 'repositories', 'index.json', 'oci-layout']);
const LONGEST_MANIFEST = 1024 * 1024;

/**
 * Passes the files of a saved image on, for an engine that wants to get the layers of the base again.
 * @returns names of its layers in them, from the lowest up
 */
export async function passBase(base: Readable, put: Put): Promise<string[]> {
  const entries = extract();
  base.on('error', (error) => entries.destroy(error));
  base.pipe(entries);
  let layers: string[] | null = null;
  for await (const entry of entries) {
    const { name, type, size, linkname } = entry.header;
    const chunks = entry as AsyncIterable<Buffer>;
    if (OF_THE_BASE.has(name)) {
      const kept: Buffer[] = [];
      for await (const chunk of chunks) if (size <= LONGEST_MANIFEST) kept.push(chunk);
      if (name === 'manifest.json') layers = manifestSchema.parse(JSON.parse(Buffer.concat(kept).toString('utf8')))[0].Layers;
    } else if (type === 'symlink' || type === 'directory') {
      const kind = type === 'symlink' ? { type, mode: 0o777, target: linkname } : ({ type: 'folder', mode: 0o755 } as const);
      await put(tarHeader({ ...fileEntry(name.replace(/\/$/, ''), 0), ...kind }));
      entry.resume();
    } else {
      await put(tarHeader(fileEntry(name, size)));
      for await (const chunk of chunks) await put(chunk);
      await put(new Uint8Array(paddingOf(size)));
    }
  }
  if (layers) return layers;
  throw new OpsError('failed', 'The engine saved the base image without a manifest.json.', { hint: 'Use Docker Engine 20.10 or newer.' });
}
