import type { Hash, Sha256 } from '../hash.ts';
import { isSealed, isUnchanged, type EvidenceRecord } from './record.ts';
import { tombstonesOf } from './tombstones.ts';

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

/** The records that no other one follows: what the next record will point to. A tombstone is as good a link as its record was. */
export function chainHeads(links: readonly Pick<EvidenceRecord, 'hash' | 'previous'>[]): Sha256[] {
  const followed = new Set(links.flatMap(({ previous }) => previous));
  const hashes = new Set(links.map(({ hash }) => hash).filter((hash) => hash !== null));
  return [...hashes].filter((hash) => !followed.has(hash)).sort();
}

export function fileProblems({ folder, record, files }: Pick<FoundRecord, 'folder' | 'record' | 'files'>): ChainProblem[] {
  const sealed = new Map(record.files.map((file) => [file.path, file.sha256]));
  const found = new Set(files.map(({ path }) => path));
  const problems: ChainProblem[] = [];
  for (const path of sealed.keys()) if (!found.has(path)) problems.push({ kind: 'missing-file', folder, message: `${path} is missing.` });
  for (const { path, sha256 } of files) {
    const expected = sealed.get(path);
    if (expected === undefined) {
      problems.push({ kind: 'extra-file', folder, message: `${path} was not there when the record was sealed.` });
    } else if (expected !== sha256) problems.push({ kind: 'changed', folder, message: `${path} was changed.` });
  }
  return problems;
}

/**
 * Finds every change, gap and deletion in a set of records (§6.3).
 * The chain is a graph, as git's: two clones may both write, and the next record follows both. A record that was removed by age is
 * there by its tombstone.
 * @param known finds deleted records that nothing follows yet. Two processes may settle one record at once: it has two seals then,
 * and is there with either.
 */
export function verifyChain(found: readonly FoundRecord[], known: readonly KnownRecord[], hash: Hash): ChainProblem[] {
  const problems: ChainProblem[] = [];
  const present = new Set<Sha256>();
  for (const item of found) {
    const { folder, record } = item;
    if (!isSealed(record)) {
      problems.push({ kind: 'unsealed', folder, message: 'The act did not end: it still runs, or its process was killed.' });
      continue;
    }
    if (!isUnchanged(item, hash)) problems.push({ kind: 'changed', folder, message: 'record.json was changed.' });
    if (present.has(record.hash)) problems.push({ kind: 'duplicate', folder, message: 'The same record lies in two folders.' });
    present.add(record.hash);
    problems.push(...fileProblems(item));
  }
  const { inForce, impossible } = tombstonesOf(found, hash);
  for (const { by, folder } of impossible) {
    problems.push({ kind: 'changed', folder: by, message: `It says that ${folder} was removed by age, and that was too young for it.` });
  }
  const stands = (seal: Sha256) => present.has(seal) || inForce.has(seal);
  const there = new Set(known.filter((seal) => stands(seal.hash)).map(({ id }) => id));
  const lost = new Map(known.filter(({ id }) => !there.has(id)).map(({ id, folder }) => [id, folder]));
  for (const folder of lost.values()) problems.push({ kind: 'missing-record', folder, message: 'This record was deleted.' });
  const remembered = new Set(known.map((seal) => seal.hash));
  const unknown = new Map<Sha256, string>();
  const links = [...found.map(({ folder, record }) => ({ folder, previous: record.previous })), ...inForce.values()];
  for (const { folder, previous } of links) {
    for (const seal of previous) if (!stands(seal) && !remembered.has(seal)) unknown.set(seal, folder);
  }
  for (const [previous, folder] of unknown) {
    problems.push({ kind: 'missing-record', folder, message: `The record before it (${previous.slice(0, 12)}) is missing.` });
  }
  return problems;
}
