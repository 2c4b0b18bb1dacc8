import { text } from 'node:stream/consumers';
import { OpsError } from '../../core/errors.ts';
import type { Sha } from '../../core/repository/names.ts';
import type { Git } from './git.ts';
import { spawnGit } from './stream.ts';

/** A file as a commit writes it. */
export interface AddedBlob {
  commit: Sha;
  path: string;
  object: string;
  /** What stood there before, in the parents. */
  before: string[];
}

const NOTHING = /^0+$/;

/**
 * The files that the commits of `from..to` write, whether later ones take them away again or not; the oldest commit first, and the
 * same content under the same path once. Of a merge only what no parent has: the rest is told of the commits that it joins.
 */
export async function addedBlobs(git: Git, from: Sha, to: Sha): Promise<AddedBlob[]> {
  const commits = await git.run(['rev-list', '--reverse', '--topo-order', `${from}..${to}`, '--']);
  if (commits.trim() === '') return [];
  const { child, done } = spawnGit(git, ['diff-tree', '--stdin', '-r', '--root', '-c', '--raw', '-z', '--no-renames', '--no-abbrev']);
  child.stdin.end(commits);
  const [output] = await Promise.all([text(child.stdout), done]);
  return readRaw(output.split('\0'));
}

/** `<commit>`, then for each file `:<modes> <objects> <status>` and its path: one colon, mode and object for each parent. */
function readRaw(words: readonly string[]): AddedBlob[] {
  const found = new Map<string, AddedBlob>();
  let commit: Sha | null = null;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!word.startsWith(':')) {
      if (word !== '') commit = word;
      continue;
    }
    const path = words[++at];
    if (commit === null || path === undefined) throw new OpsError('repository', 'git diff-tree answers in an unknown way.');
    const parents = /^:+/.exec(word)?.[0].length ?? 1;
    const parts = word.slice(parents).split(' ');
    const [mode = '', object = ''] = [parts[parents], parts[2 * parents + 1]];
    // Plain files: no links, no submodules, nothing that is gone.
    if (!mode.startsWith('100') || NOTHING.test(object)) continue;
    const before = parts.slice(parents + 1, 2 * parents + 1).filter((parent) => !NOTHING.test(parent));
    const key = `${object} ${path}`;
    if (!found.has(key)) found.set(key, { commit, path, object, before });
  }
  return [...found.values()];
}
