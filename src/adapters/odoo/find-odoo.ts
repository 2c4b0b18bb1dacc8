import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { OpsError } from '../../core/errors.ts';

const run = promisify(execFile);

/** An Odoo on this machine, and the Python that can run it. */
export interface OdooInstallation {
  /** The folder that holds the Python package `odoo`; in a source tree also `odoo-bin` and `addons`. */
  home: string;
  /** `odoo-bin`, or the `odoo` command of a package. */
  program: string;
  python: string;
}

export interface FindOdoo {
  env: Readonly<Record<string, string | undefined>>;
  /** The root of the person's repository. */
  repository: string;
}

/** What `odoo-bin --version` and the first lines of a server import, by module name. */
const NEEDS = ['psycopg2', 'lxml', 'werkzeug', 'passlib', 'babel', 'dateutil', 'psutil'];

/** Prints the folder of the package `odoo` that this interpreter would import, then the needs that it lacks. Imports none of them. */
const PROBE = `
import importlib.util as u, sys
sys.path[:0] = sys.argv[1:2] if sys.argv[1] else []
try: release = u.find_spec('odoo.release')
except ModuleNotFoundError: release = None
print(release.origin if release else '')
print(' '.join(n for n in sys.argv[2:] if u.find_spec(n) is None))
`;

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function onPath(command: string, env: FindOdoo['env']): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const candidate = resolve(folder, command);
    if (
      (await isFile(candidate)) &&
      (await access(candidate, constants.X_OK).then(
        () => true,
        () => false,
      ))
    )
      return candidate;
  }
  return undefined;
}

/** The path of a command. @throws OpsError `unreachable` where there is none */
export async function requireProgram(command: string, env: FindOdoo['env']): Promise<string> {
  const found = await onPath(command, env);
  if (found !== undefined) return found;
  throw new OpsError('unreachable', `There is no ${command} on this machine.`, { hint: `Install ${command}, or add its folder to PATH.` });
}

/** `addons/odoo` of the repository is either a whole Odoo (a submodule) or a link to the `addons` of one. */
async function sourceTree({ env, repository }: FindOdoo): Promise<string | undefined> {
  const named = env['ODOO_HOME'];
  if (named) {
    const home = resolve(repository, named);
    if (await isFile(join(home, 'odoo-bin'))) return home;
    throw new OpsError('usage', `ODOO_HOME is ${home}, and there is no odoo-bin in it.`, {
      hint: "Name Odoo's source folder: the one that holds odoo-bin.",
    });
  }
  const core = await realpath(join(repository, 'addons', 'odoo')).catch(() => undefined);
  for (const home of core === undefined ? [] : [core, dirname(core)]) if (await isFile(join(home, 'odoo-bin'))) return home;
  return undefined;
}

async function findPython(env: FindOdoo['env'], home: string): Promise<{ python: string; packageFolder: string }> {
  const named = env['ODOO_PYTHON'];
  const candidates = named ? [named.includes('/') ? named : await onPath(named, env)] : ['/usr/bin/python3', await onPath('python3', env)];
  const tried: string[] = [];
  for (const python of candidates) {
    if (python === undefined || tried.some((line) => line.startsWith(`${python}: `))) continue;
    try {
      const { stdout } = await run(python, ['-c', PROBE, home, ...NEEDS], { timeout: 20_000 });
      const [release = '', missing = ''] = stdout.split('\n');
      if (release !== '' && missing === '') return { python, packageFolder: dirname(release) };
      tried.push(`${python}: it lacks ${missing || 'the package odoo'}`);
    } catch {
      tried.push(`${python}: it does not run`);
    }
  }
  throw new OpsError('unreachable', `No Python here can run Odoo. ${tried.join('; ')}${tried.length === 0 ? 'None was found.' : '.'}`, {
    hint: "Install Odoo's requirements.txt for an interpreter, and name that interpreter in ODOO_PYTHON.",
  });
}

/**
 * Finds Odoo: `ODOO_HOME`, then the repository's `addons/odoo`, then an `odoo` command on the PATH (Debian's package and the official
 * image install one); and Python: `ODOO_PYTHON`, then the first of `/usr/bin/python3` (the one that those packages use) and `python3`.
 * @throws OpsError `usage` where a variable names what is not there, `unreachable` where nothing is found.
 */
export async function findOdoo(where: FindOdoo): Promise<OdooInstallation> {
  const home = await sourceTree(where);
  if (home !== undefined) return { home, program: join(home, 'odoo-bin'), python: (await findPython(where.env, home)).python };
  const command = await onPath('odoo', where.env);
  if (command === undefined) {
    throw new OpsError('unreachable', 'There is no Odoo on this machine.', {
      hint: "Name Odoo's source folder in ODOO_HOME, or open the repository in its dev container.",
    });
  }
  const { python, packageFolder } = await findPython(where.env, '');
  return { home: dirname(packageFolder), program: command, python };
}
