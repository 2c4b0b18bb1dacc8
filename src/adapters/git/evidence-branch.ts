import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shaSchema, type Sha } from '../../core/repository/names.ts';
import { OWN_IDENTITY, type Git } from './git.ts';
import { listTree, readFiles } from './objects.ts';
import { push } from './push.ts';

/** A file of the work tree and the path that it gets on the branch. */
export interface BranchFile {
  source: string;
  path: string;
}

/**
 * The evidence branch keeps a copy of each record on the remote (docs/decisions/0003-evidence-branch.md). It has a history of
 * its own, with only evidence in it; it is written without index and work tree, so no checkout ever changes.
 */
export interface EvidenceBranch {
  tip: Sha | null;
  /** Object of each file, by path. */
  files: Map<string, string>;
}

export async function readEvidenceBranch(git: Git, remote: string, branch: string): Promise<EvidenceBranch> {
  const output = await git.run(['for-each-ref', '--format=%(objectname)', `refs/remotes/${remote}/${branch}`]);
  if (output.trim() === '') return { tip: null, files: new Map() };
  const tip = shaSchema.parse(output.trim());
  return { tip, files: new Map((await listTree(git, tip)).map(({ path, object }) => [path, object])) };
}

/** The bytes of some files of the branch. */
export async function readEvidenceFiles(git: Git, evidence: EvidenceBranch, paths: readonly string[]): Promise<Map<string, Buffer>> {
  const entries = paths.flatMap((path) => {
    const object = evidence.files.get(path);
    return object === undefined ? [] : [{ mode: '100644', object, path }];
  });
  return readFiles(git, entries);
}

/**
 * Adds files on top of what the branch holds and pushes.
 * @returns false where somebody else pushed first: fetch, look again, and call again
 */
export async function publishEvidence(
  git: Git,
  remote: string,
  branch: string,
  evidence: EvidenceBranch,
  files: readonly BranchFile[],
  message: string,
): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'odoo-ops-index-'));
  const env = { GIT_INDEX_FILE: join(folder, 'index') };
  try {
    await git.run(evidence.tip === null ? ['read-tree', '--empty'] : ['read-tree', evidence.tip], { env });
    for (let start = 0; start < files.length; start += 200) {
      const batch = files.slice(start, start + 200);
      const objects = (await git.run(['hash-object', '-w', '--no-filters', '--', ...batch.map(({ source }) => source)])).trim().split('\n');
      const cacheInfo = batch.flatMap(({ path }, index) => ['--cacheinfo', `100644,${objects[index] ?? ''},${path}`]);
      await git.run(['update-index', '--add', ...cacheInfo], { env });
    }
    const tree = (await git.run(['write-tree'], { env })).trim();
    const parents = evidence.tip === null ? [] : ['-p', evidence.tip];
    const commit = shaSchema.parse((await git.run(['commit-tree', ...parents, '-m', message, tree], { env: OWN_IDENTITY })).trim());
    const pushed = await push(git, { remote, ref: `refs/heads/${branch}`, sha: commit, expected: evidence.tip, hooks: false });
    if (pushed) await git.run(['update-ref', `refs/remotes/${remote}/${branch}`, commit]);
    return pushed;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
