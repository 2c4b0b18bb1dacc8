import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evidenceSources } from '../../adapters/files/evidence-files.ts';
import { readRecords, type StoredRecord } from '../../adapters/files/evidence-store.ts';
import { hashFile, sha256, type Hashed } from '../../adapters/files/hash.ts';
import { addToOutbox, readOutbox, readSetAside, removeFromOutbox, setAside } from '../../adapters/files/outbox.ts';
import { uploadUrl } from '../../adapters/files/upload-url.ts';
import type { Storage } from '../../adapters/supabase/storage.ts';
import { contentType } from '../../core/evidence/content-type.ts';
import { isOpsError } from '../../core/errors.ts';
import { isSealed, isUnchanged, RECORD_FILE } from '../../core/evidence/record.ts';
import { isoInZone } from '../../core/time.ts';
import { say, type Workspace } from '../workspace.ts';
import { outboxFolder } from '../evidence/seal.ts';
import { openArtifacts, type Artifacts } from './artifacts.ts';
import { deliversAs } from './open.ts';

/** Ids of records whose files Storage does not have yet. */
export const artifactsOutbox = (workspace: Workspace): string => join(outboxFolder(workspace), 'artifacts');

export interface ArtifactReport {
  /** Files that went. */
  uploaded: number;
  /** Records that wait. */
  waiting: number;
  /** Records with files that Storage does not take, and why. */
  setAside: { id: string; reason: string }[];
}

/** Remembers that the files of records are to go to Storage; without a bucket they stay where they are. */
export async function queueArtifacts(workspace: Workspace, ids: readonly string[]): Promise<void> {
  if (workspace.config.control_plane.supabase?.bucket === undefined) return;
  for (const id of ids) await addToOutbox(artifactsOutbox(workspace), id);
}

/** Objects of a record by path, with their bytes. */
async function objectsOf(storage: Storage, folder: string, below = ''): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const { name, bytes } of await storage.list(`${folder}/${below}`.replace(/\/$/, ''))) {
    if (bytes !== null) found.set(`${below}${name}`, bytes);
    else for (const [path, size] of await objectsOf(storage, folder, `${below}${name}/`)) found.set(path, size);
  }
  return found;
}

/** What Storage allows in a name, but what a URL reads as its own. */
const NAME = /^[\w!.*'() &$@=;:+,/-]+$/;

/** Why a file cannot go as it lies on disk; null where it can. */
function problem(path: string, onDisk: Hashed | undefined, expected: string | undefined, there: number | undefined): string | null {
  if (!onDisk) return `${path} is missing.`;
  if (expected !== undefined && onDisk.sha256 !== expected) return `${path} was changed since it was sealed.`;
  if (!NAME.test(path)) return `${path} is no name that Storage takes.`;
  if (there !== undefined && there !== onDisk.bytes) return `Storage holds another ${path}, of ${there} bytes.`;
  return null;
}

/**
 * Brings the files of one record there, `record.json` last: where that is, all of it is that can be.
 * @returns how many went, and why others cannot
 */
async function uploadRecord(workspace: Workspace, { storage, client, bucket }: Artifacts, stored: StoredRecord) {
  const { folder, record } = stored;
  const refused: string[] = [];
  let uploaded = 0;
  if (!isUnchanged(stored, sha256)) return { uploaded, refused: [`${RECORD_FILE} was changed since it was sealed.`] };
  const paths = [...record.files.map(({ path }) => path), RECORD_FILE];
  const copy = await mkdtemp(join(tmpdir(), 'odoo-ops-artifacts-'));
  try {
    const sources = await evidenceSources(workspace.evidenceRoot, folder, paths, copy);
    const there = await objectsOf(storage, `${client}/${record.id}`);
    for (const [index, path] of paths.entries()) {
      const file = sources[index] ?? '';
      const onDisk = await hashFile(file).catch(() => undefined);
      const reason = problem(path, onDisk, record.files[index]?.sha256, there.get(path));
      if (reason !== null || !onDisk) refused.push(reason ?? path);
      if (reason !== null || !onDisk || there.has(path)) continue;
      const name = `${client}/${record.id}/${path}`;
      const url = uploadUrl(join(workspace.stateFolder, 'uploads'), sha256(`${bucket}\n${name}\n${onDisk.sha256}`));
      const onProgress = (done: number) =>
        workspace.context.report({ type: 'progress', step: `upload ${path}`, done, total: onDisk.bytes });
      try {
        await storage.upload(name, { file, bytes: onDisk.bytes, contentType: contentType(path), url, onProgress });
        uploaded++;
      } catch (error) {
        if (!isOpsError(error, 'rejected')) throw error;
        refused.push(error.message);
      }
    }
    return { uploaded, refused };
  } catch (error) {
    // An archive that is broken is for `evidence verify` to tell; it must not hold up the others.
    if (!isOpsError(error, 'evidence')) throw error;
    return { uploaded, refused: [...refused, error.message] };
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/**
 * Brings the files of delivered records to Storage, oldest first. A record leaves the outbox after all of its files are there; what
 * Storage does not take is set aside with the reason, and holds up no other.
 * @returns null where no bucket is configured
 * @throws OpsError `unreachable`
 */
export async function uploadArtifacts(workspace: Workspace): Promise<ArtifactReport | null> {
  const artifacts = openArtifacts(workspace);
  if (!artifacts) return null;
  const outbox = artifactsOutbox(workspace);
  const ids = new Set(await readOutbox(outbox));
  const at = isoInZone(new Date(), workspace.config.evidence.time_zone);
  const put = async (id: string, reason: string) => {
    await setAside(outbox, { id, reason, at });
    say(workspace.context, `Files of record ${id} did not go to Storage: ${reason}`, 'warning');
  };
  let uploaded = 0;
  // Reading is for everybody, sending is for CI: what a person's clone has goes through the evidence branch.
  if (ids.size > 0 && (await deliversAs(workspace)) === 'ci') {
    const { records } = await readRecords(workspace.evidenceRoot);
    for (const stored of records.filter(({ record }) => ids.has(record.id) && isSealed(record))) {
      workspace.context.signal.throwIfAborted();
      const { id } = stored.record;
      const done = await uploadRecord(workspace, artifacts, stored);
      uploaded += done.uploaded;
      if (done.refused.length > 0) await put(id, done.refused.join(' '));
      else await removeFromOutbox(outbox, [id]);
    }
    const found = new Set(records.map(({ record }) => record.id));
    for (const id of ids) if (!found.has(id)) await put(id, 'Its evidence folder is not in this clone any more.');
  }
  const aside = await readSetAside(outbox);
  return { uploaded, waiting: (await readOutbox(outbox)).length, setAside: aside.map(({ id, reason }) => ({ id, reason })) };
}
