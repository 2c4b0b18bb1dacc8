import type { FileTree } from '../../core/repository/file-tree.ts';
import type { Sha } from '../../core/repository/names.ts';
import type { Git } from './git.ts';
import { listTree, readFiles } from './objects.ts';

/** The files of a commit, read from git: what a check sees does not depend on the work tree. */
export async function commitFiles(git: Git, sha: Sha): Promise<FileTree> {
  const tree = await listTree(git, sha);
  const byPath = new Map(tree.map((entry) => [entry.path, entry]));
  return {
    paths: tree.map(({ path }) => path),
    read: async (paths) => {
      const entries = paths.map((path) => byPath.get(path)).filter((entry) => entry?.mode.startsWith('100') === true);
      const files = await readFiles(
        git,
        entries.filter((entry) => entry !== undefined),
      );
      return new Map([...files].map(([path, bytes]) => [path, bytes.toString('utf8')]));
    },
  };
}
