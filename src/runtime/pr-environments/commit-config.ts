import type { Git } from '../../adapters/git/git.ts';
import type { Config } from '../../core/config/schema.ts';
import type { Sha } from '../../core/repository/names.ts';
import { configAt } from '../config-at.ts';

/**
 * The configuration that a commit's code is read with. The commit says where its addons lie; what its environment may use and reach, and what
 * is installed for it, is said by the staging branch.
 */
export async function commitConfig(git: Git, sha: Sha, rules: Config): Promise<Config> {
  const own = await configAt(git, sha);
  return own ? { ...rules, odoo: own.odoo } : rules;
}
