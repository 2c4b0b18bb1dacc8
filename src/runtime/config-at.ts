import { configFrom } from '../adapters/files/config-file.ts';
import { commitFiles } from '../adapters/git/commit-files.ts';
import type { Git } from '../adapters/git/git.ts';
import { CONFIG_FILE, type Config } from '../core/config/schema.ts';
import { OpsError } from '../core/errors.ts';
import { shortSha } from '../core/repository/short-sha.ts';
import type { Sha } from '../core/repository/names.ts';

/** The configuration that a commit holds; null where it has none. @throws OpsError `config` */
export async function configAt(git: Git, sha: Sha): Promise<Config | null> {
  const files = await commitFiles(git, sha);
  if (!files.paths.includes(CONFIG_FILE)) return null;
  const text = (await files.read([CONFIG_FILE])).get(CONFIG_FILE);
  if (text === undefined) {
    throw new OpsError('config', `${CONFIG_FILE} is not a plain file in ${shortSha(sha)}.`, { hint: 'Commit the file itself, not a link to it.' });
  }
  return configFrom(text);
}

/**
 * The configuration that a commit is built with: its own, else the defaults. Never that of the work tree, which another clone
 * does not have (§5.3).
 */
export const buildConfigAt = async (git: Git, sha: Sha): Promise<Config> => (await configAt(git, sha)) ?? configFrom('');
