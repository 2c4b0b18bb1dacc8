import { OpsError } from '../../../core/errors.ts';
import type { EnvironmentIdentity } from '../../../core/pr-environments/identity.ts';

/** A name in SQL. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** What all that is ours on a server is called. */
export const PREFIX = 'odoo_ops_';
/** Bytes of a name in PostgreSQL; it cuts off the rest without a word. */
const LONGEST = 63;

/** @throws OpsError `usage` for a name that is not one of ours: nothing is made or dropped by it */
export function requireOurs(name: string): string {
  if (name.length <= LONGEST && /^odoo_ops_[a-z0-9_]+$/.test(name)) return name;
  throw new OpsError('usage', `${JSON.stringify(name)} is no name of a PR environment's database.`, {
    hint: `Expected ${PREFIX}<project>_pr_<number> of at most ${LONGEST} letters, digits and underscores.`,
  });
}

/** Name of an environment's database and role. @throws OpsError `usage` where it is not that of its number */
export function databaseName({ database, number }: EnvironmentIdentity): string {
  if (database.endsWith(`_pr_${number}`)) return requireOurs(database);
  throw new OpsError('usage', `${database} is not the database of pull request ${number}.`, { hint: 'Use environmentIdentity.' });
}

const word = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '_');

/** Role that owns the templates of a project; nobody can log in as it. */
export const templateRole = (project: string): string => requireOurs(`${PREFIX}${word(project)}_templates`);

/**
 * Database of a template.
 * @param name `staging`, `fresh-<hash>`: of letters, digits, dashes and dots; a long one is told apart by the rest of the hash that fits
 * @throws OpsError `usage` for another name
 */
export function templateName(project: string, name: string): string {
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(name)) {
    throw new OpsError('usage', `${JSON.stringify(name)} is no name of a template.`, { hint: 'Expected staging, or fresh-<hash>.' });
  }
  return requireOurs(`${PREFIX}${word(project)}_tpl_${word(name)}`.slice(0, LONGEST));
}
