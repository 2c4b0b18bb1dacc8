import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOdoo, type OdooInstallation } from '../../../src/adapters/odoo/find-odoo.ts';
import { reloadProgram } from '../../../src/adapters/odoo/reload-program.ts';
import { resolveRunAs, type RunAs } from '../../../src/adapters/odoo/run-as.ts';
import { PACKAGE } from '../measure.ts';

/** Who runs Odoo, and where everything of this run is. */
export interface Ground {
  odoo: OdooInstallation;
  runAs: RunAs | undefined;
  /** Readable by Odoo's user; goes at the end. */
  folder: string;
  /** Odoo's `data_dir` for all our databases: the filestores. Kept, as the base database is. */
  dataFolder: string;
  /** The program `odoo_reload`, where Odoo's user can read it. */
  program: string;
  /** To be done at the end, last one first, however that comes. */
  atEnd: (what: () => Promise<void> | void) => void;
}

export const progress = (text: string): void => void process.stderr.write(`${text}\n`);

/** What is missing is said in one line, without a stack. */
export class Missing extends Error {}

export async function prepareGround(atEnd: Ground['atEnd']): Promise<Ground> {
  if (!process.env['ODOO_HOME']) throw new Missing('ODOO_HOME is not set: the folder of an Odoo 19 that holds odoo-bin.');
  const odoo = await findOdoo({ env: process.env, repository: process.cwd() });
  const runAs = await resolveRunAs(process.env);
  const folder = mkdtempSync(join(tmpdir(), 'odoo-ops-bench-reload-'));
  chmodSync(folder, 0o755);
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const { path, dispose } = await reloadProgram(join(PACKAGE, 'src', 'devserver'), runAs);
  atEnd(dispose);
  return { odoo, runAs, folder, dataFolder: join(runAs?.home ?? homedir(), '.cache', 'odoo-ops-bench'), program: path, atEnd };
}

/** Odoo's environment. Python may keep what it compiled, as it does for everybody. */
export const odooEnvironment = ({ runAs }: Ground): Record<string, string | undefined> => ({
  ...process.env,
  PYTHONDONTWRITEBYTECODE: undefined,
  PGDATABASE: undefined,
  ODOO_STAGE: 'development',
  ...(runAs && { HOME: runAs.home, USER: runAs.user, LOGNAME: runAs.user, XDG_DATA_HOME: undefined }),
});

/** Runs a program as Odoo's user. @throws Error with the end of what it said, where it ends with another code than 0 */
export function asOdoo(ground: Ground, program: string, args: readonly string[]): Promise<string> {
  const { runAs, odoo } = ground;
  return new Promise((resolve, reject) => {
    let said = '';
    const child = spawn(program, args, {
      cwd: odoo.home,
      env: odooEnvironment(ground),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(runAs && { uid: runAs.uid, gid: runAs.gid }),
    });
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('exit', kill);
      if (code === 0) resolve(said);
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code ?? 'a signal'}:\n${said.slice(-3000)}`));
    });
  });
}

/** A developer's own files: Python can keep compiled ones beside them. */
export function giveToOdoo({ runAs }: Ground, folder: string): void {
  if (runAs === undefined) return;
  chownSync(folder, runAs.uid, runAs.gid);
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) chownSync(join(folder, entry), runAs.uid, runAs.gid);
}
