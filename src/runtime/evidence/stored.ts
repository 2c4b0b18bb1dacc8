import { mkdir, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { writeError } from '../../adapters/files/atomic.ts';
import { writeFiles } from '../../adapters/files/evidence-store.ts';
import { isOpsError, OpsError } from '../../core/errors.ts';
import { RECORD_FILE, type EvidenceRecord } from '../../core/evidence/record.ts';
import { fetchArtifact, fetchRecord, openArtifacts } from '../control-plane/artifacts.ts';
import { findAct } from '../find-act.ts';
import type { Workspace } from '../workspace.ts';
import { findEvidence, readEntryFile } from './list.ts';

/** A record and a way to its files. */
export interface ReadableEvidence {
  /** From the root of the repository; where the record is in Storage only, that is where it was. */
  folder: string;
  record: EvidenceRecord;
  source: 'clone' | 'storage';
  read: (path: string) => Promise<Buffer>;
}

/**
 * A record by id or folder: from this clone, else from Storage where a bucket is configured.
 * @throws OpsError `usage` where the word fits none or several; `evidence` where Storage holds something else; `unreachable`
 */
export async function readableEvidence(workspace: Workspace, word: string): Promise<ReadableEvidence> {
  try {
    const entry = await findEvidence(workspace, word);
    const { folder, record } = entry;
    return { folder, record, source: 'clone', read: (path) => readEntryFile(workspace, entry, path) };
  } catch (error) {
    if (!isOpsError(error, 'usage') || error.details['fits'] !== 0 || !openArtifacts(workspace)) throw error;
  }
  const { act } = await findAct(workspace, word);
  const { record } = await fetchRecord(workspace, act.id);
  return { folder: act.folder, record, source: 'storage', read: (path) => fetchArtifact(workspace, act.id, path) };
}

/** The true path of a folder that may not be there yet. */
async function truePath(path: string): Promise<string> {
  const there = await realpath(path).catch(() => undefined);
  return there ?? join(await truePath(dirname(path)), basename(path));
}

/** @throws OpsError `usage` where the folder is not empty, or is a part of the evidence of this clone */
async function requireFreeFolder(workspace: Workspace, folder: string): Promise<void> {
  const away = relative(await truePath(workspace.evidenceRoot), await truePath(folder));
  if (away === '' || !/^\.\.(?:[\\/]|$)|^(?:[\\/]|[A-Za-z]:)/.test(away))
    throw new OpsError('usage', `${folder} is in the evidence folder: what lies there is a record, or a change of one.`, {
      hint: 'Choose another folder: --output ../somewhere',
    });
  const found = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw writeError(folder, error);
  });
  if (found.length > 0) throw new OpsError('usage', `${folder} is not empty.`, { hint: 'Choose another folder: --output ../somewhere' });
}

export interface FetchedEvidence {
  id: string;
  /** Where the files are now. */
  folder: string;
  files: { path: string; bytes: number; sha256: string }[];
}

/**
 * Brings the files of a record from Storage into a folder of its own; only what has the hash that it ought to have is written.
 * @param output an empty folder, or none yet; without it `<topic>-<id>` below `base`
 * @throws OpsError `usage`; `evidence` where files are missing or were changed, after the others are written; `unreachable`
 */
export async function fetchEvidence(
  workspace: Workspace,
  word: string,
  { output, base }: { output: string | undefined; base: string },
): Promise<FetchedEvidence> {
  const { act } = await findAct(workspace, word);
  const { record, bytes } = await fetchRecord(workspace, act.id);
  const folder = resolve(base, output ?? `${record.topic.replace(/[^\w.-]+/g, '-')}-${record.id.slice(0, 8)}`);
  await requireFreeFolder(workspace, folder);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw writeError(folder, error);
  });
  await writeFiles(folder, [[RECORD_FILE, bytes]]);
  const problems: string[] = [];
  for (const { path } of record.files) {
    try {
      await writeFiles(folder, [[path, await fetchArtifact(workspace, record.id, path)]]);
    } catch (error) {
      if (!isOpsError(error, 'evidence')) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length === 0) return { id: record.id, folder, files: record.files };
  throw new OpsError('evidence', `${problems.length} of ${record.files.length} files are not what the record says: ${problems.join(' ')}`, {
    hint: `The others are in ${folder}. The evidence branch of the remote, or a clone, may have the true ones.`,
    details: { record: record.id, folder, problems },
  });
}
