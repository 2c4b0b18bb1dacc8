import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TreeEntry } from '../../core/repository/commit.ts';
import { gitIn, type Git } from './git.ts';
import { listTree } from './objects.ts';

/** The repository of a submodule; null where this clone has not initialised it. @param path of the submodule, from the root */
export async function submodule(git: Git, path: string): Promise<Git | null> {
  const inner = gitIn(join(git.root, path), git.signal);
  const initialised = await stat(join(inner.root, '.git')).catch(() => null);
  return initialised && inner;
}

/** The files of a submodule as a commit has it, with paths from the outer root, and who has their bytes; null where this clone lacks them. */
export async function submoduleFiles(git: Git, { path, object }: TreeEntry): Promise<{ git: Git; files: TreeEntry[] } | null> {
  const inner = await submodule(git, path);
  const tree = inner && (await listTree(inner, object).catch(() => null));
  return inner && tree && { git: inner, files: tree.map((file) => ({ ...file, path: `${path}/${file.path}` })) };
}
