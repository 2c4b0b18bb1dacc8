import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Sha } from '../../core/repository/names.ts';
import { gitIn, type Git } from './git.ts';

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

/** Files of the work tree: tracked, or new and not ignored. */
export async function workTreeFiles(git: Git): Promise<string[]> {
  const output = await git.run(['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate']);
  return output.split('\0').filter((path) => path !== '');
}

/** Checks a commit out into a folder of its own for as long as `use` runs; the person's work tree stays as it is. */
export async function withCheckout<T>(git: Git, sha: Sha, use: (folder: string) => Promise<T>): Promise<T> {
  const parent = await mkdtemp(join(tmpdir(), 'odoo-ops-checkout-'));
  const folder = join(parent, basename(parent)); // git names its own entry after it: two at once must differ
  try {
    await git.run(['worktree', 'add', '--detach', '--quiet', folder, sha], { timeout: 300_000 });
    return await use(folder);
  } finally {
    await rm(parent, { recursive: true, force: true });
    // Also after a cancel; a check-out that stays behind is forgotten by the next prune.
    await gitIn(git.root, AbortSignal.timeout(30_000)).run(['worktree', 'prune']).catch(() => undefined);
  }
}
