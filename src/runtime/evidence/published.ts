import { parseRecord, type StoredRecord } from '../../adapters/files/evidence-store.ts';
import { sha256 } from '../../adapters/files/hash.ts';
import { readEvidenceBranch, readEvidenceFiles, type EvidenceBranch } from '../../adapters/git/evidence-branch.ts';
import { isBelow, isPlainPath } from '../../core/config/paths.ts';
import { OpsError } from '../../core/errors.ts';
import { isSealed, RECORD_FILE, recordHash } from '../../core/evidence/record.ts';
import type { Workspace } from '../workspace.ts';

/** Where evidence is copied to; null where the repository has no remote or the configuration says no. */
export function evidenceTarget(workspace: Workspace): { remote: string; branch: string } | null {
  const { branch } = workspace.config.evidence;
  return workspace.remote === null || branch === null ? null : { remote: workspace.remote, branch };
}

/**
 * The evidence branch as this clone last saw it.
 * @throws OpsError `refused` where it holds anything but evidence: then it is a branch of code, and evidence has no business there
 */
export async function evidenceBranch(
  workspace: Workspace,
  { remote, branch }: { remote: string; branch: string },
): Promise<EvidenceBranch> {
  const evidence = await readEvidenceBranch(workspace.git, remote, branch);
  const foreign = [...evidence.files.keys()].find((path) => !isBelow(path, workspace.config.evidence.folder));
  if (foreign === undefined) return evidence;
  throw new OpsError('refused', `${branch} on ${remote} holds ${foreign}, which is no evidence.`, {
    hint: 'Name a branch of its own as evidence.branch in odoo-ops.yml.',
  });
}

/** A record on the branch; `folder` is its folder there. */
export type PublishedRecord = StoredRecord;

/** The records of the branch by id. What lies elsewhere on it, or does not parse, is not ours to touch. */
export async function publishedRecords(workspace: Workspace, evidence: EvidenceBranch): Promise<Map<string, PublishedRecord>> {
  const base = `${workspace.config.evidence.folder}/`;
  // <time>/<topic>/record.json, and nothing that climbs out: these names come from other machines.
  const isRecord = (path: string) =>
    isPlainPath(path) && !path.startsWith('.') && path.split('/').length === 3 && path.endsWith(`/${RECORD_FILE}`);
  const paths = [...evidence.files.keys()].filter((path) => path.startsWith(base) && isRecord(path.slice(base.length)));
  const contents = await readEvidenceFiles(workspace.git, evidence, paths);
  const found = new Map<string, PublishedRecord>();
  for (const [path, bytes] of contents) {
    const parsed = parseRecord(bytes.toString());
    if (parsed) found.set(parsed.record.id, { folder: path.slice(0, -RECORD_FILE.length - 1), ...parsed });
  }
  return found;
}

/** True where a sealed record of another machine is what it says, down to each file; an open one cannot say yet. */
export function isGenuine({ record, content }: PublishedRecord, files: ReadonlyMap<string, Buffer>): boolean {
  if (!isSealed(record)) return true;
  const hashes = new Map([...files].map(([path, bytes]) => [path, sha256(bytes)]));
  return (
    recordHash(content, sha256) === record.hash &&
    record.files.length === files.size &&
    record.files.every((file) => hashes.get(file.path) === file.sha256)
  );
}

/** `name`, or `name-2`, `name-3` … where it is taken; takes it. */
export function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let attempt = 2; taken.has(free); attempt++) free = `${name}-${attempt}`;
  taken.add(free);
  return free;
}
