import { hostname } from 'node:os';
import { readRecords, evidenceFiles, sha256 } from '../../adapters/files/evidence-store.ts';
import { readLedger } from '../../adapters/files/ledger.ts';
import { verifyChain, type ChainProblem } from '../../core/evidence/chain.ts';
import type { Workspace } from '../workspace.ts';
import { ledgerFile, stillRuns } from './seal.ts';

export interface Verification {
  records: number;
  files: number;
  problems: ChainProblem[];
}

/** Checks every record, file and link of this clone's evidence (§6.3). An act that runs right now is no problem. */
export async function verifyEvidence(workspace: Workspace): Promise<Verification> {
  const { evidenceRoot: root } = workspace;
  const { records, unreadable } = await readRecords(root);
  const settled = records.filter((stored) => stored.record.hash !== null || !stillRuns(stored, hostname(), new Date()));
  const found = await Promise.all(settled.map(async (stored) => ({ ...stored, files: await evidenceFiles(root, stored.folder) })));
  const known = await readLedger(ledgerFile(workspace));
  const problems = verifyChain(found, known, sha256);
  return {
    records: found.length,
    files: found.reduce((count, { files }) => count + files.length, 0),
    problems: [...problems, ...unreadable.map((folder): ChainProblem => ({ kind: 'unreadable', folder, message: 'record.json is missing or is not a record.' }))],
  };
}
