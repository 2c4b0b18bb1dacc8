import { configFrom } from '../adapters/files/config-file.ts';
import type { Git } from '../adapters/git/git.ts';
import { listTree, readFiles } from '../adapters/git/objects.ts';
import { CONFIG_FILE, type Config } from '../core/config/schema.ts';
import { OpsError } from '../core/errors.ts';
import type { TreeEntry } from '../core/repository/commit.ts';
import type { Sha } from '../core/repository/names.ts';
import { shortSha } from '../core/repository/short-sha.ts';

/** The text of the configuration that a commit holds; null where it has none. @throws OpsError `config` */
export async function configTextAt(git: Git, sha: Sha, tree?: readonly TreeEntry[]): Promise<string | null> {
  const entry = (tree ?? (await listTree(git, sha))).find(({ path }) => path === CONFIG_FILE);
  if (!entry) return null;
  if (!entry.mode.startsWith('100')) {
    throw new OpsError('config', `${CONFIG_FILE} is not a plain file in ${shortSha(sha)}.`, {
      hint: 'Commit the file itself, not a link to it.',
    });
  }
  return (await readFiles(git, [entry])).get(CONFIG_FILE)?.toString('utf8') ?? '';
}

/** The configuration that a commit holds; null where it has none. @throws OpsError `config` */
export async function configAt(git: Git, sha: Sha, tree?: readonly TreeEntry[]): Promise<Config | null> {
  const text = await configTextAt(git, sha, tree);
  return text === null ? null : configFrom(text);
}

/**
 * The configuration that a commit is built with: its own, else the defaults. Never that of the work tree, which another clone
 * does not have (§5.3).
 */
export async function buildConfig(git: Git, sha: Sha, tree: readonly TreeEntry[]): Promise<Config> {
  return (await configAt(git, sha, tree)) ?? configFrom('');
}
