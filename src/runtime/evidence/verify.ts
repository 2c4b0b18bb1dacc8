import { evidenceFiles } from '../../adapters/files/evidence-files.ts';
import { readRecords, type StoredRecord } from '../../adapters/files/evidence-store.ts';
import { sha256 } from '../../adapters/files/hash.ts';
import { readLedger } from '../../adapters/files/ledger.ts';
import { verifyChain, type ChainProblem } from '../../core/evidence/chain.ts';
import { isSealed } from '../../core/evidence/record.ts';
import { standsFor, tombstonesOf } from '../../core/evidence/tombstones.ts';
import type { Workspace } from '../workspace.ts';
import { evidenceBranch, evidenceTarget, publishedRecords } from './published.ts';
import { ledgerFile, stillRuns } from './seal.ts';

export interface Verification {
  records: number;
  files: number;
  problems: ChainProblem[];
}

/** Records and tombstones that say something else than the copy on the remote: whoever rewrote one here could not rewrite that. */
async function differences(workspace: Workspace, found: readonly StoredRecord[]): Promise<ChainProblem[]> {
  const target = evidenceTarget(workspace);
  if (!target) return [];
  const published = await publishedRecords(workspace, await evidenceBranch(workspace, target));
  const place = `${target.remote}/${target.branch}`;
  const records = found.flatMap(({ folder, record }): ChainProblem[] => {
    const there = published.get(record.id)?.record;
    if (!there || !isSealed(there) || there.hash === record.hash) return [];
    return [{ kind: 'changed', folder, message: `The record differs from its copy on ${place}.` }];
  });
  const { inForce } = tombstonesOf(found, sha256);
  const stones = [...inForce.values()].flatMap(({ id, by, folder }): ChainProblem[] => {
    const there = published.get(id)?.record;
    if (!there || !isSealed(there) || standsFor(inForce, there)) return [];
    return [{ kind: 'changed', folder: by, message: `What it says of ${folder}, which it removed, differs from the copy on ${place}.` }];
  });
  return [...records, ...stones];
}

/** Checks every record, file and link of this clone's evidence (§6.3). An act that runs right now is no problem. */
export async function verifyEvidence(workspace: Workspace): Promise<Verification> {
  const { evidenceRoot: root } = workspace;
  const { records, unreadable } = await readRecords(root);
  const settled = records.filter((stored) => !stillRuns(stored, workspace));
  const found = await Promise.all(settled.map(async (stored) => ({ ...stored, files: await evidenceFiles(root, stored.folder) })));
  const known = await readLedger(ledgerFile(workspace));
  const problems = [...verifyChain(found, known, sha256), ...(await differences(workspace, found))];
  return {
    records: found.length,
    files: found.reduce((count, { files }) => count + files.length, 0),
    problems: [
      ...problems,
      ...unreadable.map((folder): ChainProblem => ({ kind: 'unreadable', folder, message: 'record.json is missing or is not a record.' })),
    ],
  };
}
