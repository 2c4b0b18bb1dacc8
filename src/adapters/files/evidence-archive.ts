import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { OpsError } from '../../core/errors.ts';
import { hashChunks, type Hashed } from './hash.ts';
import { createTar } from './tar.ts';

/**
 * Reads a compressed folder from begin to end; memory stays at a few buffers.
 * @param visit is called for each file in order; what it leaves of the file is passed over
 * @throws OpsError `evidence` where the archive is broken, or holds anything but files
 */
export async function readArchive(file: string, visit: (path: string, chunks: AsyncIterable<Buffer>) => Promise<void>): Promise<void> {
  const [source, gunzip, tar] = [createReadStream(file), createGunzip(), extract()];
  for (const stream of [source, gunzip]) stream.once('error', (error: Error) => tar.destroy(error));
  source.pipe(gunzip).pipe(tar);
  try {
    for await (const entry of tar) {
      if (entry.header.type !== 'file') throw new Error(`${entry.header.name} is no file.`);
      await visit(entry.header.name, entry as AsyncIterable<Buffer>);
      entry.resume();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OpsError('evidence', `${file} is not readable: ${reason}.`, { hint: 'See `odoo-ops evidence verify`.', cause: error });
  } finally {
    for (const stream of [source, gunzip, tar]) stream.destroy();
  }
}

/** The files of an archive with their hashes, in its order. @throws OpsError `evidence` */
export async function archivedFiles(file: string): Promise<(Hashed & { path: string })[]> {
  const files: (Hashed & { path: string })[] = [];
  await readArchive(file, async (path, chunks) => void files.push({ path, ...(await hashChunks(chunks)) }));
  return files;
}

/** Writes files of a folder into one archive, whose bytes depend on their paths and contents alone. @throws OpsError `evidence` */
export async function writeArchive(file: string, base: string, paths: readonly string[]): Promise<void> {
  const tar = await createTar(new Date(0), file, true);
  try {
    for (const path of paths) {
      const source = join(base, path);
      const { size } = await stat(source);
      await tar.add({ path, type: 'file', size }, createReadStream(source) as AsyncIterable<Buffer>);
    }
    await tar.finish();
  } catch (error) {
    await tar.abandon();
    throw error;
  }
}
