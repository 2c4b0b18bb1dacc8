import { join } from 'node:path';
import { readRecords, refuseLinks, writeFiles } from '../../adapters/files/evidence-store.ts';
import { sha256 } from '../../adapters/files/hash.ts';
import { appendLedger } from '../../adapters/files/ledger.ts';
import { addToOutbox } from '../../adapters/files/outbox.ts';
import { readEvidenceFiles, type EvidenceBranch } from '../../adapters/git/evidence-branch.ts';
import { isPlainPath } from '../../core/config/paths.ts';
import { isSealed, RECORD_FILE } from '../../core/evidence/record.ts';
import { standsFor, tombstonesOf } from '../../core/evidence/tombstones.ts';
import { say, type Workspace } from '../workspace.ts';
import { evidenceBranch, evidenceTarget, freeName, isGenuine, publishedRecords, type PublishedRecord } from './published.ts';
import { ledgerFile, outboxFolder, stillRuns } from './seal.ts';

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
  const there = [...(await publishedRecords(workspace, evidence)).values()];
  const { inForce } = tombstonesOf([...records, ...there], sha256);
  let pulled = 0;
  for (const published of there) {
    const { folder: source, record } = published;
    const here = local.get(record.id);
    // Removed by age, here or in another clone: the remote keeps its copy, and this clone its tombstone.
    if (!here && standsFor(inForce, record)) continue;
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
