import type { Hash, Sha256 } from '../hash.ts';
import { isSealed, recordHash, type EvidenceRecord } from './record.ts';

/** A record as found: its folder from the evidence root, and the files that really lie there. */
export interface FoundRecord {
  folder: string;
  record: EvidenceRecord;
  /** The JSON as it was read: also a key that no version of the schema knows is a change. */
  content: object;
  files: readonly { path: string; sha256: Sha256 }[];
  /** False where record.json has other bytes than its values are written with. */
  exact: boolean;
}

/** A seal that this clone or the remote once held. */
export interface KnownRecord {
  id: string;
  hash: Sha256;
  folder: string;
}

export interface ChainProblem {
  kind: 'changed' | 'missing-file' | 'extra-file' | 'missing-record' | 'duplicate' | 'unreadable' | 'unsealed';
  folder: string;
  message: string;
}

/** The records that no other one follows: what the next record will point to. */
export function chainHeads(records: readonly Pick<EvidenceRecord, 'hash' | 'previous'>[]): Sha256[] {
  const followed = new Set(records.flatMap(({ previous }) => previous));
  return records
    .map(({ hash }) => hash)
    .filter((hash) => hash !== null && !followed.has(hash))
    .filter((hash) => hash !== null)
    .sort();
}

function fileProblems({ folder, record, files }: FoundRecord): ChainProblem[] {
  const found = new Map(files.map((file) => [file.path, file.sha256]));
  const problems: ChainProblem[] = [];
  for (const { path, sha256 } of record.files) {
    const actual = found.get(path);
    found.delete(path);
    if (actual === undefined) problems.push({ kind: 'missing-file', folder, message: `${path} is missing.` });
    else if (actual !== sha256) problems.push({ kind: 'changed', folder, message: `${path} was changed.` });
  }
  for (const path of found.keys()) {
    problems.push({ kind: 'extra-file', folder, message: `${path} was not there when the record was sealed.` });
  }
  return problems;
}

/** The hash that a record ought to have; null for values that no record of ours holds, such as fractions. */
function sealOf(content: object, hash: Hash): Sha256 | null {
  try {
    return recordHash(content, hash);
  } catch {
    return null;
  }
}

/**
 * Finds every change, gap and deletion in a set of records (§6.3).
 * The chain is a graph, as git's: two clones may both write, and the next record follows both.
 * @param known finds deleted records that nothing follows yet. Two processes may settle one record at once: it has two seals then,
 * and is there with either.
 */
export function verifyChain(found: readonly FoundRecord[], known: readonly KnownRecord[], hash: Hash): ChainProblem[] {
  const problems: ChainProblem[] = [];
  const present = new Set<Sha256>();
  for (const item of found) {
    const { folder, record, content, exact } = item;
    if (!isSealed(record)) {
      problems.push({ kind: 'unsealed', folder, message: 'The act did not end: it still runs, or its process was killed.' });
      continue;
    }
    if (!exact || sealOf(content, hash) !== record.hash) problems.push({ kind: 'changed', folder, message: 'record.json was changed.' });
    if (present.has(record.hash)) problems.push({ kind: 'duplicate', folder, message: 'The same record lies in two folders.' });
    present.add(record.hash);
    problems.push(...fileProblems(item));
  }
  const there = new Set(known.filter((seal) => present.has(seal.hash)).map(({ id }) => id));
  const lost = new Map(known.filter(({ id }) => !there.has(id)).map(({ id, folder }) => [id, folder]));
  for (const folder of lost.values()) problems.push({ kind: 'missing-record', folder, message: 'This record was deleted.' });
  const remembered = new Set(known.map((seal) => seal.hash));
  const unknown = new Map<Sha256, string>();
  for (const { folder, record } of found) {
    for (const previous of record.previous) if (!present.has(previous) && !remembered.has(previous)) unknown.set(previous, folder);
  }
  for (const [previous, folder] of unknown) {
    problems.push({ kind: 'missing-record', folder, message: `The record before it (${previous.slice(0, 12)}) is missing.` });
  }
  return problems;
}
