import { readRecords, type StoredRecord } from '../../adapters/files/evidence-store.ts';
import { sha256 } from '../../adapters/files/hash.ts';
import { answerFromRows } from '../../core/control-plane/answer-from-rows.ts';
import { environmentLivesOf } from '../../core/control-plane/environment-lives.ts';
import { activityOf, rowsOf, type Rows } from '../../core/control-plane/rows.ts';
import type { ControlPlane } from '../../core/control-plane/port.ts';
import { isSealed, type EvidenceRecord } from '../../core/evidence/record.ts';
import { tombstonesOf } from '../../core/evidence/tombstones.ts';
import type { Workspace } from '../workspace.ts';
import { evidenceBranch, evidenceTarget, publishedRecords } from './published.ts';
import { stillRuns } from './seal.ts';

/** A record, and its folder from the root of the repository. */
export interface KnownRecord {
  record: EvidenceRecord;
  folder: string;
}

// A view asks every half minute, and what is sealed does not change.
let lastRemoved: { key: string; found: KnownRecord[] } | undefined;

/** Records that were removed here by age: the remote's branch keeps them, as this clone last saw it. */
async function removedRecords(workspace: Workspace, records: readonly StoredRecord[]): Promise<KnownRecord[]> {
  const here = new Set(records.map(({ record }) => record.id));
  const gone = new Set([...tombstonesOf(records, sha256).inForce.values()].map(({ id }) => id).filter((id) => !here.has(id)));
  const target = gone.size > 0 ? evidenceTarget(workspace) : null;
  if (!target) return [];
  const branch = await evidenceBranch(workspace, target);
  const key = [workspace.root, branch.tip, ...gone].join(' ');
  if (lastRemoved?.key !== key) {
    const published = await publishedRecords(workspace, branch);
    lastRemoved = { key, found: [...published.values()].filter(({ record }) => gone.has(record.id)) };
  }
  return lastRemoved.found;
}

/** Everything that this clone knows to have happened, what runs now left out. */
export async function knownRecords(workspace: Workspace): Promise<KnownRecord[]> {
  const { records } = await readRecords(workspace.evidenceRoot);
  const ended = records.filter((stored) => !stillRuns(stored, workspace));
  const base = workspace.config.evidence.folder;
  return [...ended.map(({ record, folder }) => ({ record, folder: `${base}/${folder}` })), ...(await removedRecords(workspace, records))];
}

/** The rows that records would be in the control plane. */
export function rowsOfRecords(records: readonly KnownRecord[]): Rows {
  const all: Record<string, unknown[]> = {};
  for (const { record, folder } of records) {
    if (!isSealed(record)) continue;
    for (const [table, rows] of Object.entries(rowsOf({ record, folder }, '', sha256))) (all[table] ??= []).push(...rows);
  }
  return all;
}

/** Answers the control plane's questions from the evidence of this clone. */
export const evidenceReader = (workspace: Workspace): Pick<ControlPlane, 'select'> => readerOf(() => knownRecords(workspace));

/** Answers the control plane's questions from records, which are read once, at the first question. */
export function readerOf(load: () => Promise<KnownRecord[]>): Pick<ControlPlane, 'select'> {
  let known: Promise<KnownRecord[]> | undefined;
  let whole: Rows | undefined;
  return {
    select: async (query) => {
      const records = await (known ??= load());
      // Short, and the only one of records that nobody settled yet.
      const acts = () => records.map(({ record, folder }) => activityOf(record, folder));
      if (query.table === 'evidence') return answerFromRows({ evidence: acts() }, query);
      if (query.table === 'evidence_by_module')
        return answerFromRows({ evidence_by_module: acts().flatMap((act) => act.modules.map((module) => ({ ...act, module }))) }, query);
      const rows = (whole ??= rowsOfRecords(records));
      if (query.table === 'pull_request_environments')
        return answerFromRows({ pull_request_environments: environmentLivesOf(rows.pull_request_environments ?? []) }, query);
      return answerFromRows({ ...rows }, query);
    },
  };
}
