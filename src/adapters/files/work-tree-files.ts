import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileTree } from '../../core/repository/file-tree.ts';

// Larger files are data, not configuration; reading them would only cost memory.
const MAX_BYTES = 2 * 1024 * 1024;

async function readText(file: string): Promise<string | undefined> {
  try {
    const stats = await lstat(file);
    if (!stats.isFile() || stats.size > MAX_BYTES) return undefined;
    return await readFile(file, 'utf8');
  } catch {
    return undefined; // deleted since git listed it, or not ours to read: it says nothing to a check
  }
}

/** The files of the work tree, as they are on disk now. */
export function workTreeFileTree(root: string, paths: readonly string[]): FileTree {
  return {
    paths,
    read: async (wanted) => {
      const texts = await Promise.all(wanted.map(async (path) => [path, await readText(join(root, path))] as const));
      return new Map(texts.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
    },
  };
}
