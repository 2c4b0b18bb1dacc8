import type { Readable } from 'node:stream';
import { paddingOf, TAR_END, tarHeader } from '../../../core/pr-environments/image/tar.ts';
import { fileEntry, passBase } from './base-files.ts';
import type { Put } from './flow.ts';
import { sha256 } from './sha256.ts';

/** A layer of an archive. */
export type ArchiveLayer =
  /** One that the engine has: named, and not in it. */
  { digest: string } | { bytes: number; /** @returns its digest */ write: (put: Put) => Promise<string> };

export interface ImageArchive {
  tag: string;
  /** How many layers the base has; without its files they are only named. */
  baseLayers: number;
  /** The base as the engine saved it, for one that wants to get its layers again; null for one that does not. */
  base: Readable | null;
  /** Ours, from the lowest up. */
  layers: readonly ArchiveLayer[];
  /** Text of the image's configuration; asked for once all layers are written. */
  config: () => string;
}

/**
 * Writes an image as `docker load` takes it. The order of its files is free, so what tells of the layers comes behind them.
 * @returns digests of our layers
 */
export async function writeArchive(archive: ImageArchive, put: Put): Promise<string[]> {
  const { tag, baseLayers, base, layers } = archive;
  const below = base ? await passBase(base, put) : Array.from({ length: baseLayers }, (_, index) => `base-${index}.tar`);
  const digests: string[] = [];
  for (const [index, layer] of layers.entries()) {
    if ('digest' in layer) {
      digests.push(layer.digest);
      continue;
    }
    await put(tarHeader(fileEntry(layerFile(index), layer.bytes)));
    digests.push(await layer.write(put));
    await put(new Uint8Array(paddingOf(layer.bytes)));
  }
  const config = archive.config();
  const name = `${sha256(config)}.json`;
  await text(name, config, put);
  const manifest = [{ Config: name, RepoTags: [tag], Layers: [...below, ...layers.map((_, index) => layerFile(index))] }];
  await text('manifest.json', JSON.stringify(manifest), put);
  await put(TAR_END);
  return digests;
}

const layerFile = (index: number): string => `layer-${index}.tar`;

async function text(path: string, content: string, put: Put): Promise<void> {
  const bytes = Buffer.from(content);
  await put(tarHeader(fileEntry(path, bytes.length)));
  await put(bytes);
  await put(new Uint8Array(paddingOf(bytes.length)));
}
