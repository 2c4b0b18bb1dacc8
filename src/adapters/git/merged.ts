import { shaSchema, type Sha } from '../../core/repository/names.ts';
import type { Git } from './git.ts';
import { commitsOf } from './history.ts';

export interface MergedCommit {
  sha: Sha;
  parents: readonly Sha[];
  tree: Sha;
}

/** The commit on the first-parent line from one commit to another whose message holds a line; null where there is none. */
export async function commitWithLine(git: Git, from: Sha, to: Sha, line: string): Promise<MergedCommit | null> {
  const [found] = await commitsOf(git, ['-1', '--first-parent', '--fixed-strings', `--grep=${line}`, `${from}..${to}`]);
  if (!found) return null;
  const tree = shaSchema.parse((await git.run(['rev-parse', '--verify', `${found.sha}^{tree}`])).trim());
  return { sha: found.sha, parents: found.parents, tree };
}
