import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gitIn, type Git } from './git.ts';
import type { Sha } from '../../core/repository/names.ts';
import { listTree } from './objects.ts';

const SUBMODULE = '160000';
const REGULAR = '100';

/** A file, and the object that holds what is in it; null where git would have to read the file to know. */
export interface ListedFile {
  path: string;
  object: string | null;
}

export interface Listing {
  files: ListedFile[];
  submodules: string[];
  /** Submodules whose files are not there. */
  unopened: string[];
}

const listed = (output: string): string[] => output.split('\0').filter((path) => path !== '');

/**
 * The files of the work tree: tracked and still there, or new and not ignored; those of submodules too, where they are checked out.
 * Links are left out: what they point to is a file of its own, or none of ours. No file is read: git's index knows the objects.
 */
export async function listWorkTree(git: Git): Promise<Listing> {
  const [index, changed, deleted, others] = await Promise.all([
    git.run(['ls-files', '-z', '--stage']).then(listed),
    git.run(['ls-files', '-z', '--modified', '--deduplicate']).then((output) => new Set(listed(output))),
    git.run(['ls-files', '-z', '--deleted']).then((output) => new Set(listed(output))),
    git.run(['ls-files', '-z', '--others', '--exclude-standard']).then(listed),
  ]);
  const files = new Map<string, ListedFile>();
  const submodules: string[] = [];
  for (const entry of index) {
    // `100644 <object> <stage>\t<path>`
    const tab = entry.indexOf('\t');
    const path = entry.slice(tab + 1);
    if (entry.startsWith(SUBMODULE)) submodules.push(path);
    else if (entry.startsWith(REGULAR) && !deleted.has(path))
      files.set(path, { path, object: changed.has(path) ? null : entry.slice(7, entry.indexOf(' ', 7)) });
  }
  for (const path of others) if (!path.endsWith('/')) files.set(path, { path, object: null });
  const unopened: string[] = [];
  for (const folder of submodules) {
    const isOpen = await stat(join(git.root, folder, '.git')).catch(() => undefined);
    if (!isOpen) {
      unopened.push(folder);
      continue;
    }
    const inside = await listWorkTree(gitIn(join(git.root, folder), git.signal));
    for (const { path, object } of inside.files) files.set(`${folder}/${path}`, { path: `${folder}/${path}`, object });
    unopened.push(...inside.unopened.map((path) => `${folder}/${path}`));
  }
  return { files: [...files.values()], submodules, unopened };
}

/** The files of a commit. A submodule is only a pointer in it. */
export async function listCommit(git: Git, sha: Sha): Promise<Listing> {
  const tree = await listTree(git, sha);
  const submodules = tree.filter(({ mode }) => mode === SUBMODULE).map(({ path }) => path);
  return { files: tree.filter(({ mode }) => mode.startsWith(REGULAR)), submodules, unopened: submodules };
}

/** Files that differ between two commits. */
export async function changedBetween(git: Git, from: Sha, to: Sha): Promise<Set<string>> {
  return new Set(listed(await git.run(['diff', '-z', '--name-only', '--no-renames', from, to, '--'])));
}

/** Files that differ between the point where HEAD left `revision` and the work tree, new ones included. */
export async function changedSince(git: Git, revision: Sha): Promise<Set<string>> {
  const base = (await git.run(['merge-base', revision, 'HEAD']).catch(() => revision)).trim();
  const [changed, others] = await Promise.all([
    git.run(['diff', '-z', '--name-only', '--no-renames', '--ignore-submodules=none', base, '--']),
    git.run(['ls-files', '-z', '--others', '--exclude-standard']),
  ]);
  return new Set([...listed(changed), ...listed(others)]);
}
