import { shaSchema, type Sha } from '../../core/repository/names.ts';
import { GitFailure, OWN_IDENTITY, type Git } from './git.ts';

/** Merges two commits without a work tree: the tree of the result, or the files that conflict. Needs git 2.38. */
export async function mergeTree(git: Git, ours: Sha, theirs: Sha): Promise<{ tree: Sha } | { conflicts: string[] }> {
  try {
    const output = await git.run(['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ours, theirs]);
    return { tree: shaSchema.parse(output.split('\0')[0]) };
  } catch (error) {
    if (!(error instanceof GitFailure) || error.exitCode !== 1) throw error;
    return {
      conflicts: error.stdout
        .split('\0')
        .slice(1)
        .filter((path) => path !== ''),
    };
  }
}

/**
 * A merge commit of a tree that `mergeTree` made. It is signed where the person's git signs commits.
 * @param date committer and author date, ISO 8601
 */
export async function commitMerge(git: Git, tree: Sha, parents: readonly Sha[], message: string, date: string): Promise<Sha> {
  const signs = (await git.run(['config', '--type=bool', '--get', 'commit.gpgsign']).catch(() => '')).trim() === 'true';
  // A CI runner often has no identity of its own.
  const identity = await git.run(['var', 'GIT_COMMITTER_IDENT']).then(
    () => ({}),
    () => OWN_IDENTITY,
  );
  const output = await git.run(
    ['commit-tree', ...(signs ? ['-S'] : []), ...parents.flatMap((parent) => ['-p', parent]), '-m', message, tree],
    { env: { ...identity, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date } },
  );
  return shaSchema.parse(output.trim());
}
