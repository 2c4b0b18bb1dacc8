import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { OpsError } from '../../core/errors.ts';

const run = promisify(execFile);

/** The ordinary user that Odoo runs as instead of root. */
export interface RunAs {
  user: string;
  uid: number;
  gid: number;
  /** Odoo keeps its filestore below it (`data_dir`). */
  home: string;
}

/**
 * Whom to run Odoo as. As an ordinary user: as ourselves (`undefined`). As root: as the user in `ODOO_OPS_RUN_AS`, since Odoo as
 * root only warns, and leaves files that its ordinary user cannot change afterwards.
 * @throws OpsError `usage` where we are root and the variable is unset, or names nobody, or root.
 */
export async function resolveRunAs(
  env: Readonly<Record<string, string | undefined>>,
  ourUid: number | undefined = process.getuid?.(),
): Promise<RunAs | undefined> {
  if (ourUid !== 0) return undefined;
  const user = env['ODOO_OPS_RUN_AS'];
  if (!user)
    throw new OpsError('usage', 'Odoo must not run as root.', {
      hint: 'Work as an ordinary user, or name the user to run Odoo as in ODOO_OPS_RUN_AS.',
    });
  const { stdout } = await run('getent', ['passwd', '--', user]).catch((cause: unknown) => {
    throw new OpsError('usage', `ODOO_OPS_RUN_AS names ${user}, who is no user of this machine.`, {
      cause,
      hint: 'Name an existing user.',
    });
  });
  const [name = '', , uid = '', gid = '', , home = ''] = stdout.trim().split(':');
  if (uid === '0') throw new OpsError('usage', `ODOO_OPS_RUN_AS names ${user}, who is root.`, { hint: 'Name an ordinary user.' });
  return { user: name, uid: Number(uid), gid: Number(gid), home };
}
