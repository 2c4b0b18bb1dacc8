import { lstat, mkdir, open, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { OpsError } from '../../core/errors.ts';
import { ARCHIVE_FILE, RECORD_FILE } from '../../core/evidence/record.ts';
import { archivedFiles, readArchive } from './evidence-archive.ts';
import { hashFile, sha256, type Hashed } from './hash.ts';

export interface EvidenceFile extends Hashed {
  /** From the folder of the record, with `/`. */
  path: string;
}

/** Removes what a killed process left half-written, before its record is sealed. */
export async function removePartialFiles(root: string, folder: string): Promise<void> {
  const names = await readdir(join(root, folder), { recursive: true });
  await Promise.all(names.filter((name) => name.endsWith('.partial')).map((name) => rm(join(root, folder, name), { force: true })));
}

async function hashEntry(path: string): Promise<Hashed> {
  const stats = await lstat(path);
  if (stats.isFile()) return hashFile(path);
  // Never one of ours: a link, a pipe or a device. Reading a pipe would wait for ever.
  return { sha256: sha256(stats.isSymbolicLink() ? `link to ${await readlink(path)}` : 'no file'), bytes: 0 };
}

/** Paths of everything in a record's folder but `record.json` and folders. */
export async function pathsOnDisk(root: string, folder: string): Promise<string[]> {
  const base = join(root, folder);
  const entries = await readdir(base, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(base, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => path !== RECORD_FILE)
    .sort();
}

/** The files of an archive; none where it is not one, or is broken: then it is a file like any other, and one too many. */
async function filesInArchive(file: string): Promise<EvidenceFile[] | null> {
  if (!(await lstat(file)).isFile()) return null;
  return archivedFiles(file).catch(() => null);
}

/**
 * The files of a record, wherever they lie: in its folder, or compressed. A link is not followed: its hash is of where it points.
 * A file that lies in both places stands here once, or twice where the two differ.
 */
export async function evidenceFiles(root: string, folder: string): Promise<EvidenceFile[]> {
  const base = join(root, folder);
  const paths = await pathsOnDisk(root, folder);
  const archived = paths.includes(ARCHIVE_FILE) ? await filesInArchive(join(base, ARCHIVE_FILE)) : null;
  const loosePaths = archived === null ? paths : paths.filter((path) => path !== ARCHIVE_FILE);
  const loose = await Promise.all(loosePaths.map(async (path) => ({ path, ...(await hashEntry(join(base, path))) })));
  const same = new Set(loose.map((file) => `${file.sha256} ${file.path}`));
  return [...loose, ...(archived ?? []).filter((file) => !same.has(`${file.sha256} ${file.path}`))];
}

/**
 * The bytes of one file of a record, also where its folder is compressed.
 * @param path one that its record names
 * @throws OpsError `evidence` where it is not there
 */
export async function readEvidenceFile(root: string, folder: string, path: string): Promise<Buffer> {
  // Only what is not there is missing: a disk that does not answer, or too many open files, is another matter.
  const absent = (error: unknown) => {
    if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  };
  const loose = await readFile(join(root, folder, path)).catch(absent);
  if (loose) return loose;
  let found: Buffer | undefined;
  await readArchive(join(root, folder, ARCHIVE_FILE), async (name, chunks) => {
    if (name !== path) return;
    const pieces: Uint8Array[] = [];
    for await (const chunk of chunks) pieces.push(chunk);
    found = Buffer.concat(pieces);
  }).catch(() => undefined);
  if (found) return found;
  throw new OpsError('evidence', `${folder}/${path} is missing.`, { hint: 'See `odoo-ops evidence verify`.' });
}

/**
 * What a file of a record has grown by, for one that is still written: nothing of it is read again.
 * @param offset how many of its bytes are known
 * @returns empty where it is no longer than that, or is no file; undefined where it does not lie in the folder (any more)
 */
export async function readEvidenceFrom(root: string, folder: string, path: string, offset: number): Promise<Buffer | undefined> {
  const file = join(root, folder, path);
  const stats = await lstat(file).catch(() => undefined);
  if (!stats) return undefined;
  if (!stats.isFile() || stats.size <= offset) return Buffer.alloc(0);
  const handle = await open(file);
  try {
    const bytes = Buffer.alloc(stats.size - offset);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/**
 * A file on disk for each path, in order: where it lies, or unpacked from the archive.
 * @param copy folder for what is unpacked; the caller removes it
 */
export async function evidenceSources(root: string, folder: string, paths: readonly string[], copy: string): Promise<string[]> {
  const loose = new Set(await pathsOnDisk(root, folder));
  const unpacked = new Set(paths.filter((path) => !loose.has(path) && path !== RECORD_FILE));
  if (unpacked.size > 0) {
    await readArchive(join(root, folder, ARCHIVE_FILE), async (path, chunks) => {
      if (!unpacked.has(path)) return;
      await mkdir(dirname(join(copy, path)), { recursive: true });
      await writeFile(join(copy, path), chunks);
    });
  }
  return paths.map((path) => join(unpacked.has(path) ? copy : join(root, folder), path));
}
