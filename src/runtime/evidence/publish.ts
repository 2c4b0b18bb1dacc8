import { join } from 'node:path';
import { evidenceFiles, parseRecord, readRecords, type StoredRecord } from '../../adapters/files/evidence-store.ts';
import { appendLedger } from '../../adapters/files/ledger.ts';
import { addToOutbox } from '../../adapters/files/outbox.ts';
import {
  publishEvidence,
  readEvidenceBranch,
  readEvidenceFiles,
  restoreEvidenceFiles,
  type BranchFile,
  type EvidenceBranch,
} from '../../adapters/git/evidence-branch.ts';
import { fetchRemote } from '../../adapters/git/refs.ts';
import { isPlainPath } from '../../core/config/paths.ts';
import { OpsError } from '../../core/errors.ts';
import { isSealed, RECORD_FILE, type EvidenceRecord } from '../../core/evidence/record.ts';
import { say, type Workspace } from '../workspace.ts';
import { ledgerFile, outboxFolder } from './seal.ts';

const ATTEMPTS = 5;

/** Where evidence is copied to; null where the repository has no remote or the configuration says no. */
function target(workspace: Workspace): { remote: string; branch: string } | null {
  const { branch } = workspace.config.evidence;
  return workspace.remote === null || branch === null ? null : { remote: workspace.remote, branch };
}

/** A record on the branch: its folder there, and the record. */
interface PublishedRecord {
  folder: string;
  record: EvidenceRecord;
}

/** The records of the branch by id. What lies elsewhere on it, or does not parse, is not ours to touch. */
async function publishedRecords(workspace: Workspace, evidence: EvidenceBranch): Promise<Map<string, PublishedRecord>> {
  const base = `${workspace.config.evidence.folder}/`;
  // <time>/<topic>/record.json, and nothing that climbs out: these names come from other machines.
  const isRecord = (path: string) => isPlainPath(path) && path.split('/').length === 3 && path.endsWith(`/${RECORD_FILE}`);
  const paths = [...evidence.files.keys()].filter((path) => path.startsWith(base) && isRecord(path.slice(base.length)));
  const contents = await readEvidenceFiles(workspace.git, evidence, paths);
  const found = new Map<string, PublishedRecord>();
  for (const [path, bytes] of contents) {
    const record = parseRecord(bytes.toString())?.record;
    if (record) found.set(record.id, { folder: path.slice(0, -RECORD_FILE.length - 1), record });
  }
  return found;
}

/** `name`, or `name-2`, `name-3` … where it is taken; takes it. */
function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let attempt = 2; taken.has(free); attempt++) free = `${name}-${attempt}`;
  taken.add(free);
  return free;
}

/**
 * Copies the records that the evidence branch lacks to the remote: one commit, whatever their number.
 * Folder names are for people; a record is itself by its id. So where two clones used one name, ours gets `-2` on the branch.
 * @param open id of a record that is not sealed yet but must already be known elsewhere
 * @returns how many records were sent
 * @throws OpsError `unreachable`
 */
export async function publishRecords(workspace: Workspace, open?: string): Promise<number> {
  const to = target(workspace);
  if (!to) return 0;
  const { records } = await readRecords(workspace.evidenceRoot);
  const ready = records.filter(({ record }) => isSealed(record) || record.id === open);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const evidence = await readEvidenceBranch(workspace.git, to.remote, to.branch);
    const { files, count } = await unpublished(workspace, evidence, ready);
    if (count === 0) return 0;
    const message = `Evidence: ${count} record${count === 1 ? '' : 's'}`;
    if (await publishEvidence(workspace.git, to.remote, to.branch, evidence, files, message)) return count;
    await fetchRemote(workspace.git, to.remote);
  }
  throw new OpsError('unreachable', `Others keep writing to ${to.branch}.`, { hint: 'Run `odoo-ops evidence sync` again.' });
}

async function unpublished(workspace: Workspace, evidence: EvidenceBranch, records: readonly StoredRecord[]): Promise<{ files: BranchFile[]; count: number }> {
  const published = await publishedRecords(workspace, evidence);
  const taken = new Set([...published.values()].map(({ folder }) => folder));
  const files: BranchFile[] = [];
  let count = 0;
  for (const { folder, record } of records) {
    const there = published.get(record.id);
    if (there && (isSealed(there.record) || !isSealed(record))) continue;
    if (isSealed(record) && !(await isWhole(workspace, folder, record))) {
      say(workspace.context, `${folder} was changed since it was sealed, and is not copied to the remote. See \`odoo-ops evidence verify\`.`, 'warning');
      continue;
    }
    const place = there?.folder ?? freeName(`${workspace.config.evidence.folder}/${folder}`, taken);
    const names = [RECORD_FILE, ...record.files.map(({ path }) => path)];
    files.push(...names.map((name) => ({ source: join(workspace.evidenceRoot, folder, name), path: `${place}/${name}` })));
    count++;
  }
  return { files, count };
}

/** True where the files of a sealed record are what it says: a copy of anything else would spread the change. */
async function isWhole(workspace: Workspace, folder: string, record: EvidenceRecord): Promise<boolean> {
  const found = new Map((await evidenceFiles(workspace.evidenceRoot, folder)).map(({ path, sha256 }) => [path, sha256]));
  return record.files.every(({ path, sha256 }) => found.get(path) === sha256);
}

/** Brings records of other clones here; each waits for the control plane too, in case its own clone never reached it. */
export async function pullRecords(workspace: Workspace): Promise<number> {
  const to = target(workspace);
  if (!to) return 0;
  const evidence = await readEvidenceBranch(workspace.git, to.remote, to.branch);
  const { records } = await readRecords(workspace.evidenceRoot);
  const known = new Set(records.map(({ record }) => record.id));
  const taken = new Set(records.map(({ folder }) => folder));
  let pulled = 0;
  for (const { folder: source, record } of (await publishedRecords(workspace, evidence)).values()) {
    if (!isSealed(record) || known.has(record.id)) continue;
    const folder = freeName(source.slice(workspace.config.evidence.folder.length + 1), taken);
    const paths = [...evidence.files.keys()].filter((path) => path.startsWith(`${source}/`) && isPlainPath(path));
    // record.json last: a folder without one is not a record yet.
    paths.sort((a, b) => Number(a.endsWith(`/${RECORD_FILE}`)) - Number(b.endsWith(`/${RECORD_FILE}`)));
    const files = paths.map((path) => ({ path, target: join(workspace.evidenceRoot, folder, path.slice(source.length + 1)) }));
    await restoreEvidenceFiles(workspace.git, evidence, files);
    await appendLedger(ledgerFile(workspace), { id: record.id, hash: record.hash, folder });
    await addToOutbox(outboxFolder(workspace), record.id);
    pulled++;
  }
  return pulled;
}
