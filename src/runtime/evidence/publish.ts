import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evidenceFiles, evidenceSources } from '../../adapters/files/evidence-files.ts';
import { readRecords, type StoredRecord } from '../../adapters/files/evidence-store.ts';
import { publishEvidence, type BranchFile, type EvidenceBranch } from '../../adapters/git/evidence-branch.ts';
import { fetchRemote } from '../../adapters/git/refs.ts';
import { OpsError } from '../../core/errors.ts';
import { fileProblems } from '../../core/evidence/chain.ts';
import { isSealed, RECORD_FILE, type EvidenceRecord } from '../../core/evidence/record.ts';
import { say, type Workspace } from '../workspace.ts';
import { evidenceBranch, evidenceTarget, freeName, publishedRecords } from './published.ts';

const ATTEMPTS = 5;

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
    const unpacked = await mkdtemp(join(tmpdir(), 'odoo-ops-evidence-'));
    try {
      const evidence = await evidenceBranch(workspace, to);
      const { files, count } = await unpublished(workspace, evidence, ready, unpacked);
      if (count === 0) return 0;
      const message = `Evidence: ${count} record${count === 1 ? '' : 's'}`;
      if (await publishEvidence(workspace.git, to.remote, to.branch, evidence, files, message)) return count;
    } finally {
      await rm(unpacked, { recursive: true, force: true });
    }
    await fetchRemote(workspace.git, to.remote);
  }
  throw new OpsError('unreachable', `Others keep writing to ${to.branch}.`, { hint: 'Run `odoo-ops evidence sync` again.' });
}

async function unpublished(
  workspace: Workspace,
  evidence: EvidenceBranch,
  records: readonly StoredRecord[],
  unpacked: string,
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
    const sources = await evidenceSources(workspace.evidenceRoot, folder, names, join(unpacked, record.id));
    files.push(...sources.map((source, index) => ({ source, path: `${place}/${names[index] ?? ''}` })));
    count++;
  }
  return { files, count };
}

/** True where the files of a sealed record are what it says: a copy of anything else would spread the change. */
async function isWhole(workspace: Workspace, folder: string, record: EvidenceRecord): Promise<boolean> {
  const files = await evidenceFiles(workspace.evidenceRoot, folder);
  // One file too many stays here: only what the record names is copied.
  return fileProblems({ folder, record, files }).every(({ kind }) => kind === 'extra-file');
}
