import { commitTree, gitIn } from './git.ts';

/** A commit on top of a branch of a bare repository that adds one file; no branch holds it yet. */
export function unmergedCommit(repository: string, branch: string, file: string): string {
  const parent = gitIn(repository, ['rev-parse', `refs/heads/${branch}`]);
  const blob = gitIn(repository, ['hash-object', '-w', '--', `${repository}/HEAD`]);
  const entries = `${gitIn(repository, ['ls-tree', parent])}\n100644 blob ${blob}\t${file}\n`;
  const tree = gitIn(repository, ['mktree'], {}, entries);
  return commitTree(repository, { tree, parents: [parent], message: `Add ${file}` }, 'ben');
}
