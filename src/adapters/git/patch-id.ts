import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import type { Sha } from '../../core/repository/names.ts';
import type { Git } from './git.ts';
import { spawnGit } from './stream.ts';

/** Commits of `a...b` whose change stands on both sides; git compares their patch ids itself. */
async function equivalents(git: Git, a: Sha, b: Sha): Promise<Sha[]> {
  const output = await git.run(['rev-list', '--cherry-mark', '--no-merges', `${a}...${b}`, '--']);
  return output
    .split('\n')
    .filter((line) => line.startsWith('='))
    .map((line) => line.slice(1));
}

/**
 * Patch ids of the commits that stand on both sides of `a...b`, so that twins can be paired.
 * Only those: patch ids of a long history would cost minutes.
 */
export async function sharedPatchIds(git: Git, a: Sha, b: Sha): Promise<Map<Sha, string>> {
  const commits = await equivalents(git, a, b);
  if (commits.length === 0) return new Map();
  const patches = spawnGit(git, ['diff-tree', '--stdin', '-p', '--no-ext-diff', '--root']);
  const ids = spawnGit(git, ['patch-id', '--stable']);
  patches.child.stdin.end(`${commits.join('\n')}\n`);
  const [output] = await Promise.all([text(ids.child.stdout), pipeline(patches.child.stdout, ids.child.stdin), patches.done, ids.done]);
  return new Map(
    output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [id = '', sha = ''] = line.split(' ');
        return [sha, id];
      }),
  );
}
