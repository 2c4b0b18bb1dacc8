import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OpsError } from '../../../core/errors.ts';
import type { EnvironmentIdentity } from '../../../core/pr-environments/identity.ts';
import type { RunAs } from '../run-as.ts';
import { writeFailure } from './failures.ts';

/** Names become paths: whatever made them, no name leads out of its folder. */
function requireName(name: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,100}$/.test(name)) return name;
  throw new OpsError('usage', `${JSON.stringify(name)} cannot be the name of a project or a template.`, {
    hint: 'Use small letters, digits and dashes.',
  });
}

export const projectFolder = (root: string, project: string): string => join(root, requireName(project));

/** Where an environment's files are. All are ours but `data`: of what we read and trust Odoo's user can change nothing. */
export function environmentPaths(root: string, { project, number }: Pick<EnvironmentIdentity, 'project' | 'number'>) {
  const base = join(projectFolder(root, project), `pr-${Math.trunc(number)}`);
  return {
    folder: base,
    place: `${base}.json`,
    odoo: `${base}-odoo.json`,
    /** Odoo's `data_dir`, a thing of its own: it is made beside the place, not in it. */
    data: `${base}-data`,
    configuration: join(base, 'odoo.conf'),
    log: join(base, 'odoo.log'),
    /** What the supervisor wrote when it gave up. */
    ended: join(base, 'odoo.ended'),
    code: (commit: string): string => `${base}-code-${requireName(commit)}`,
  };
}
export type EnvironmentPaths = ReturnType<typeof environmentPaths>;

/** Each keeping of a template has a folder of its own, so that the one before stays whole until it is complete. */
export const templatePath = (root: string, project: string, name: string, id: string): string =>
  join(projectFolder(root, project), `template-${requireName(name)}-${requireName(id)}`);

/** A folder that Odoo's user can enter and read, and nobody else but us. */
export async function makeClosedFolder(path: string, runAs: RunAs | undefined): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o750 }).catch((error: unknown) => {
    throw writeFailure(path, error);
  });
  if (runAs) await chown(path, 0, runAs.gid);
  await chmod(path, 0o750); // whatever our umask is
}

/** A folder of Odoo's own. */
export async function makeDataFolder(path: string, runAs: RunAs | undefined): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw writeFailure(path, error);
  });
  if (runAs) await chown(path, runAs.uid, runAs.gid);
}

/** The folder of a project; where Odoo is another user, that one must be able to pass. */
export async function makeProjectFolder(root: string, project: string, runAs: RunAs | undefined): Promise<string> {
  const folder = projectFolder(root, project);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw writeFailure(folder, error);
  });
  if (runAs) for (const path of [root, folder]) await chmod(path, 0o755);
  return folder;
}
