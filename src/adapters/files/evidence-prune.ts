import { lstat, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OpsError } from '../../core/errors.ts';
import { ARCHIVE_FILE, RECORD_FILE, type EvidenceRecord } from '../../core/evidence/record.ts';
import { writeError } from './atomic.ts';
import { archivedFiles, writeArchive } from './evidence-archive.ts';
import { pathsOnDisk } from './evidence-files.ts';
import { WORK_FOLDER } from './evidence-store.ts';

type Files = EvidenceRecord['files'];

/** Bytes that a record's folder takes on disk. */
export async function folderBytes(root: string, folder: string): Promise<number> {
  const paths = [RECORD_FILE, ...(await pathsOnDisk(root, folder))];
  const sizes = await Promise.all(paths.map(async (path) => (await lstat(join(root, folder, path))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** True where every file lies in the archive and nowhere else, or there is none. */
export async function isCompressed(root: string, folder: string): Promise<boolean> {
  return (await pathsOnDisk(root, folder)).every((path) => path === ARCHIVE_FILE);
}

async function holds(archive: string, files: Files): Promise<boolean> {
  const found = new Map((await archivedFiles(archive).catch(() => [])).map(({ path, sha256 }) => [path, sha256]));
  return found.size === files.length && files.every(({ path, sha256 }) => found.get(path) === sha256);
}

/** A power cut must not keep the deletion of the originals and lose the name of the archive. */
async function flushNames(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => null); // no folder can be opened on Windows
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * Puts the files of a sealed record into one archive beside its `record.json`. The originals go when the archive is in its place and
 * was read back; whatever a crash leaves between, every file is there, and the next call ends it.
 * @throws OpsError `evidence` where a file is not what the record says
 */
export async function compressFolder(root: string, folder: string, files: Files): Promise<void> {
  const base = join(root, folder);
  const archive = join(base, ARCHIVE_FILE);
  try {
    if (!(await holds(archive, files))) {
      // Made elsewhere: half an archive in the folder would be a file too many.
      const made = join(root, WORK_FOLDER, ARCHIVE_FILE);
      await mkdir(dirname(made), { recursive: true });
      const paths = files.map(({ path }) => path).sort();
      await writeArchive(made, base, paths);
      if (!(await holds(made, files))) {
        throw new OpsError('evidence', `${folder} changed while it was compressed.`, { hint: 'See `odoo-ops evidence verify`.' });
      }
      await rename(made, archive);
      await flushNames(base);
    }
    for (const { path } of files) await rm(join(base, path), { force: true });
    const folders = new Set(files.flatMap(({ path }) => parentsOf(path)));
    for (const name of [...folders].sort((a, b) => b.length - a.length)) await rmdir(join(base, name)).catch(() => undefined);
  } catch (error) {
    throw error instanceof OpsError ? error : writeError(base, error);
  }
}

/** `a/b` and `a` of `a/b/c`. */
function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Removes a record's folder at one stroke: no reader, and no crash, sees half of it. Its minute goes along where it is empty. */
export async function removeFolder(root: string, folder: string, id: string): Promise<void> {
  const moved = join(root, WORK_FOLDER, id);
  try {
    await mkdir(dirname(moved), { recursive: true });
    await rename(join(root, folder), moved);
    await rm(moved, { recursive: true, force: true });
    const minute = join(root, dirname(folder));
    if ((await readdir(minute)).length === 0) await rmdir(minute);
  } catch (error) {
    throw writeError(join(root, folder), error);
  }
}

/** Removes what an earlier prune was working on when it was killed. */
export async function clearWork(root: string): Promise<void> {
  await rm(join(root, WORK_FOLDER), { recursive: true, force: true });
}
