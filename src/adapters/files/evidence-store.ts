import { readFile as readFileCallback } from 'node:fs';
import { lstat, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { OpsError } from '../../core/errors.ts';
import { evidenceFolder } from '../../core/evidence/folder.ts';
import { RECORD_FILE, recordSchema, type EvidenceRecord } from '../../core/evidence/record.ts';
import { stampTime } from '../../core/time.ts';
import { writeAtomically, writeError } from './atomic.ts';

/** A record as it lies on disk. */
export interface StoredRecord {
  /** From the evidence root. */
  folder: string;
  record: EvidenceRecord;
  content: object;
  /** False where the file has other bytes than `writeRecord` gives these values. */
  exact: boolean;
}

/**
 * A branch can hold a symbolic link where the evidence folder should be; writing through it would leave the repository.
 * @param folder from the top of the repository
 * @throws OpsError `evidence`
 */
export async function refuseLinks(top: string, folder: string): Promise<void> {
  let path = top;
  for (const part of folder.split('/')) {
    path = join(path, part);
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isSymbolicLink()) {
      throw new OpsError('evidence', `${relative(top, path)} is a symbolic link, and evidence is not written through one.`, {
        hint: 'Replace it by a folder, or choose another evidence.folder.',
      });
    }
  }
}

/** Makes the folder of a new act; its name is taken by making it, so two processes never share one. @returns path from `root` */
export async function createEvidenceFolder(root: string, startedAt: Date, timeZone: string, topic: string): Promise<string> {
  try {
    await mkdir(root, { recursive: true });
    // Evidence travels on its own branch; here it must not make the work tree dirty. The file ignores itself too.
    await writeFile(join(root, '.gitignore'), '*\n', { flag: 'wx' }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
    for (let attempt = 1; ; attempt++) {
      const folder = evidenceFolder(startedAt, timeZone, topic, attempt);
      await mkdir(dirname(join(root, folder)), { recursive: true });
      try {
        await mkdir(join(root, folder));
        await mkdir(join(root, folder, 'logs'));
        return folder;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  } catch (error) {
    throw writeError(root, error);
  }
}

const recordFileText = (content: object): string => `${JSON.stringify(content, null, 2)}\n`;

export async function writeRecord(root: string, folder: string, record: EvidenceRecord): Promise<void> {
  await writeAtomically(join(root, folder, RECORD_FILE), recordFileText(record));
}

export async function writeAttachment(root: string, folder: string, name: string, text: string): Promise<void> {
  await writeAtomically(join(root, folder, name), text);
}

/** Writes files into a folder, in order. */
export async function writeFiles(folder: string, files: readonly (readonly [path: string, bytes: Buffer])[]): Promise<void> {
  try {
    for (const [path, bytes] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), bytes);
    }
  } catch (error) {
    throw writeError(folder, error);
  }
}

/** Parses `record.json`; undefined where it is not one of ours. */
export function parseRecord(text: string): Omit<StoredRecord, 'folder'> | undefined {
  try {
    const content: unknown = JSON.parse(text);
    const record = recordSchema.safeParse(content);
    return record.success && typeof content === 'object' && content !== null
      ? { record: record.data, content, exact: text === recordFileText(content) }
      : undefined;
  } catch {
    return undefined;
  }
}

// Half the time of the one in fs/promises, which counts where there are thousands of records.
const readWhole = promisify(readFileCallback);
/** A folder of the evidence root where a prune works: what lies in it is no record. */
export const WORK_FOLDER = '.prune';

/** Folders that are opened at once. */
const TOGETHER = 32;

/** The record of one folder; undefined where there is none. */
export async function readRecord(root: string, folder: string): Promise<StoredRecord | undefined> {
  const text = await readWhole(join(root, folder, RECORD_FILE), 'utf8').catch(() => undefined);
  const parsed = text === undefined ? undefined : parseRecord(text);
  return parsed && { folder, ...parsed };
}

// Of one second, `deploy-staging-2` is the newer one.
const byName = new Intl.Collator('en', { numeric: true });

/**
 * Records from the newest on, for questions that the first few answer. Folders are named by their minute, so thousands of older
 * ones need not be opened.
 */
export async function* newestRecords(root: string): AsyncGenerator<StoredRecord> {
  const stamps = (await minutes(root)).sort((a, b) => stampTime(b) - stampTime(a));
  for (let start = 0; start < stamps.length; start += TOGETHER) {
    const folders = await Promise.all(
      stamps.slice(start, start + TOGETHER).map(async (stamp) => (await subfolders(join(root, stamp))).map((topic) => `${stamp}/${topic}`)),
    );
    const records = (await Promise.all(folders.flat().map((folder) => readRecord(root, folder)))).filter((record) => record !== undefined);
    yield* records.sort((a, b) => Date.parse(b.record.started_at) - Date.parse(a.record.started_at) || byName.compare(b.folder, a.folder));
  }
}

/** All records below the evidence root, oldest folder first; folders whose record cannot be read stand in `unreadable`. */
export async function readRecords(root: string): Promise<{ records: StoredRecord[]; unreadable: string[] }> {
  const found = await Promise.all(
    (await minutes(root)).map(async (stamp) => (await subfolders(join(root, stamp))).map((topic) => `${stamp}/${topic}`)),
  );
  const records: StoredRecord[] = [];
  const unreadable: string[] = [];
  await Promise.all(
    found.flat().map(async (folder) => {
      const record = await readRecord(root, folder);
      if (record) records.push(record);
      else unreadable.push(folder);
    }),
  );
  records.sort((a, b) => Date.parse(a.record.started_at) - Date.parse(b.record.started_at) || (a.folder < b.folder ? -1 : 1));
  return { records, unreadable: unreadable.sort() };
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

const minutes = async (root: string): Promise<string[]> => (await subfolders(root)).filter((name) => name !== WORK_FOLDER);
