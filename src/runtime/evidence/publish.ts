import { join } from 'node:path';
import { evidenceFiles, readRecords, refuseLinks, writeFiles, type StoredRecord } from '../../adapters/files/evidence-store.ts';
import { appendLedger } from '../../adapters/files/ledger.ts';
import { addToOutbox } from '../../adapters/files/outbox.ts';
import { publishEvidence, readEvidenceFiles, type BranchFile, type EvidenceBranch } from '../../adapters/git/evidence-branch.ts';
import { fetchRemote } from '../../adapters/git/refs.ts';
import { isPlainPath } from '../../core/config/paths.ts';
import { OpsError } from '../../core/errors.ts';
import { isSealed, RECORD_FILE, type EvidenceRecord } from '../../core/evidence/record.ts';
import { say, type Workspace } from '../workspace.ts';
import { evidenceBranch, evidenceTarget, isGenuine, publishedRecords, type PublishedRecord } from './published.ts';
import { ledgerFile, outboxFolder, stillRuns } from './seal.ts';

const ATTEMPTS = 5;

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
  const to = evidenceTarget(workspace);
  if (!to) return 0;
  const { records } = await readRecords(workspace.evidenceRoot);
  const ready = records.filter(({ record }) => isSealed(record) || record.id === open);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const evidence = await evidenceBranch(workspace, to);
    const { files, count } = await unpublished(workspace, evidence, ready);
    if (count === 0) return 0;
    const message = `Evidence: ${count} record${count === 1 ? '' : 's'}`;
    if (await publishEvidence(workspace.git, to.remote, to.branch, evidence, files, message)) return count;
    await fetchRemote(workspace.git, to.remote);
  }
  throw new OpsError('unreachable', `Others keep writing to ${to.branch}.`, { hint: 'Run `odoo-ops evidence sync` again.' });
}

async function unpublished(
  workspace: Workspace,
  evidence: EvidenceBranch,
  records: readonly StoredRecord[],
): Promise<{ files: BranchFile[]; count: number }> {
  const published = await publishedRecords(workspace, evidence);
  const taken = new Set([...published.values()].map(({ folder }) => folder));
  const files: BranchFile[] = [];
  let count = 0;
  for (const { folder, record } of records) {
    const there = published.get(record.id);
    if (there && (isSealed(there.record) || !isSealed(record))) continue;
    if (isSealed(record) && !(await isWhole(workspace, folder, record))) {
      say(
        workspace.context,
        `${folder} was changed since it was sealed, and is not copied to the remote. See \`odoo-ops evidence verify\`.`,
        'warning',
      );
      continue;
    }
    const place = there?.folder ?? freeName(`${workspace.config.evidence.folder}/${folder}`, taken);
    // An open record names no files yet; its logs go along all the same, in case nobody can seal it any more.
    const beside = isSealed(record) ? record.files : await evidenceFiles(workspace.evidenceRoot, folder);
    const names = [RECORD_FILE, ...beside.map(({ path }) => path)];
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

/**
 * Brings records of other clones here; each waits for the control plane too, in case its own clone never reached it. An open record
 * comes as it is: when its time is over, this clone can settle it. One that is not what it says stays where it is.
 */
export async function pullRecords(workspace: Workspace): Promise<number> {
  const to = evidenceTarget(workspace);
  if (!to) return 0;
  const evidence = await evidenceBranch(workspace, to);
  if (evidence.tip === null) return 0;
  const { records } = await readRecords(workspace.evidenceRoot);
  const local = new Map(records.map((stored) => [stored.record.id, stored]));
  const taken = new Set(records.map(({ folder }) => folder));
  let pulled = 0;
  for (const published of (await publishedRecords(workspace, evidence)).values()) {
    const { folder: source, record } = published;
    const here = local.get(record.id);
    // Settled elsewhere meanwhile: what is open here gives way. Our own process, while it runs, is never overtaken.
    if (here && (isSealed(here.record) || !isSealed(record) || stillRuns(here, workspace))) continue;
    const folder = here?.folder ?? freeName(source.slice(workspace.config.evidence.folder.length + 1), taken);
    if (await restore(workspace, evidence, published, folder)) pulled++;
  }
  return pulled;
}

async function restore(workspace: Workspace, evidence: EvidenceBranch, published: PublishedRecord, folder: string): Promise<boolean> {
  const { folder: source, record } = published;
  const paths = [...evidence.files.keys()].filter((path) => path.startsWith(`${source}/`) && isPlainPath(path));
  const contents = await readEvidenceFiles(workspace.git, evidence, paths);
  const files = new Map([...contents].map(([path, bytes]) => [path.slice(source.length + 1), bytes]));
  const text = files.get(RECORD_FILE);
  files.delete(RECORD_FILE);
  if (text === undefined || !isGenuine(published, files)) {
    say(workspace.context, `${source} on the remote is not what its record says, and is left alone.`, 'warning');
    return false;
  }
  await refuseLinks(workspace.root, `${workspace.config.evidence.folder}/${folder}`);
  // record.json last: a folder without one is not a record yet.
  await writeFiles(join(workspace.evidenceRoot, folder), [...files, [RECORD_FILE, text]]);
  if (isSealed(record)) {
    await appendLedger(ledgerFile(workspace), { id: record.id, hash: record.hash, folder });
    await addToOutbox(outboxFolder(workspace), record.id);
  }
  return true;
}
