import type { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import * as z from 'zod';
import { OpsError } from '../../../core/errors.ts';
import { paddingOf, TAR_END, tarHeader, type TarEntry } from '../../../core/pr-environments/image/tar.ts';
import { sha256 } from './sha256.ts';
import type { Spool } from './spool.ts';

export interface ImageArchive {
  /** Text of the image's configuration. */
  config: string;
  tag: string;
  /** Of the base, from the lowest up. */
  baseLayers: readonly string[];
  /** Ours, from the lowest up; without content where the engine has it. */
  layers: readonly { digest: string; content: Spool | null }[];
  /** An archive of the base, as the engine saves it, for one that wants to get its layers again; null for one that does not. */
  base: Readable | null;
}

const hex = (digest: string): string => digest.slice('sha256:'.length);
const layerFile = (digest: string): string => `${hex(digest)}/layer.tar`;
const file = (path: string, size: number): TarEntry => ({ path, type: 'file', mode: 0o644, size, mtime: 0 });

function* text(path: string, content: string): Generator<Uint8Array> {
  const bytes = Buffer.from(content);
  yield Buffer.concat([tarHeader(file(path, bytes.length)), bytes, new Uint8Array(paddingOf(bytes.length))]);
}

/** An image as `docker load` takes it: layers that the engine has are named, and not in it. */
export async function* imageArchive({ config, tag, baseLayers, layers, base }: ImageArchive): AsyncGenerator<Uint8Array> {
  const below = base ? yield* baseFiles(base) : baseLayers.map(layerFile);
  for (const { digest, content } of layers) {
    if (!content) continue;
    yield tarHeader(file(layerFile(digest), content.bytes));
    yield* content.chunks();
    yield new Uint8Array(paddingOf(content.bytes));
  }
  const name = `${sha256(config)}.json`;
  yield* text(name, config);
  const manifest = [{ Config: name, RepoTags: [tag], Layers: [...below, ...layers.map(({ digest }) => layerFile(digest))] }];
  yield* text('manifest.json', JSON.stringify(manifest));
  yield TAR_END;
}

const manifestSchema = z.tuple([z.object({ Layers: z.array(z.string()) })]);
/** What tells of the base as an image of its own. */
const OF_THE_BASE = new Set(['manifest.json', 'repositories', 'index.json', 'oci-layout']);
const LONGEST_MANIFEST = 1024 * 1024;

/** Passes the files of a saved image on. @returns names of its layers in them, from the lowest up */
async function* baseFiles(base: Readable): AsyncGenerator<Uint8Array, string[]> {
  const entries = extract();
  base.on('error', (error) => entries.destroy(error));
  base.pipe(entries);
  let layers: string[] | null = null;
  for await (const entry of entries) {
    const { name, type, size, linkname } = entry.header;
    if (OF_THE_BASE.has(name)) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry as AsyncIterable<Buffer>) if (size <= LONGEST_MANIFEST) chunks.push(chunk);
      if (name === 'manifest.json') layers = manifestSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')))[0].Layers;
      continue;
    }
    if (type === 'symlink' || type === 'directory') {
      const path = name.replace(/\/$/, '');
      const kind = type === 'symlink' ? { type, mode: 0o777, target: linkname } : ({ type: 'folder', mode: 0o755 } as const);
      yield tarHeader({ ...file(path, 0), ...kind });
      entry.resume();
      continue;
    }
    yield tarHeader(file(name, size));
    yield* entry as AsyncIterable<Buffer>;
    yield new Uint8Array(paddingOf(size));
  }
  if (layers) return layers;
  throw new OpsError('failed', 'The engine saved the base image without a manifest.json.', { hint: 'Use Docker Engine 20.10 or newer.' });
}
