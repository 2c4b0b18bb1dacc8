import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SUBMODULE } from '../../core/build/inputs.ts';
import type { Sha } from '../../core/repository/names.ts';
import { gitIn, type Git } from './git.ts';
import { listTree } from './objects.ts';
import { submodule } from './submodules.ts';

export interface WorkTreeChange {
  path: string;
  tracked: boolean;
}

/** Files that differ from HEAD, and files that git does not know and does not ignore. */
export async function workTreeChanges(git: Git): Promise<WorkTreeChange[]> {
  const output = await git.run(['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=all', '--ignore-submodules=none']);
  return output
    .split('\0')
    .filter((entry) => entry.length > 3)
    .map((entry) => ({ path: entry.slice(3), tracked: !entry.startsWith('??') }));
}

/** Files of the work tree: tracked and still there, or new and not ignored. */
export async function workTreeFiles(git: Git): Promise<string[]> {
  const list = async (...options: string[]) =>
    (await git.run(['ls-files', '-z', '--deduplicate', ...options])).split('\0').filter((path) => path !== '');
  const [files, deleted] = await Promise.all([list('--cached', '--others', '--exclude-standard'), list('--deleted')]);
  const gone = new Set(deleted);
  return files.filter((path) => !gone.has(path));
}

/** A clone that shares the objects and nothing else; without its remote it leads nowhere. Submodules come along where they are initialised. */
export async function checkOutInto(git: Git, sha: Sha, folder: string): Promise<void> {
  await git.run(['clone', '--quiet', '--shared', '--no-checkout', '--no-tags', '--', git.root, folder], { timeout: 300_000 });
  const clone = gitIn(folder, git.signal);
  await clone.run(['remote', 'remove', 'origin']);
  await clone.run(['checkout', '--quiet', '--detach', sha], { timeout: 300_000 });
  for (const { mode, object, path } of await listTree(git, sha)) {
    const inner = mode === SUBMODULE ? await submodule(git, path) : null;
    if (inner) await checkOutInto(inner, object, join(folder, path));
  }
}

/**
 * Checks a commit out into a clone of its own for as long as `use` runs. A linked work tree would be quicker, but shares hooks and
 * configuration with the person's repository: what runs in it could plant a hook there.
 */
export async function withCheckout<T>(git: Git, sha: Sha, use: (folder: string) => Promise<T>): Promise<T> {
  const parent = await mkdtemp(join(tmpdir(), 'odoo-ops-checkout-'));
  const folder = join(parent, 'repository');
  try {
    await checkOutInto(git, sha, folder);
    return await use(folder);
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}
