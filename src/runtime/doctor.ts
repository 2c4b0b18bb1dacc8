import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gitIn } from '../adapters/git/git.ts';
import { findOdoo } from '../adapters/odoo/find-odoo.ts';
import { addonsFolders } from '../core/config/schema.ts';
import { toOpsError } from '../core/errors.ts';
import type { Context } from '../core/events.ts';
import { openControlPlane } from './control-plane/open.ts';
import { liveSchemaProblems } from './control-plane/sound.ts';
import { examineDatabaseServer, examineEngine, examineForge } from './doctor-environments.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

export interface Diagnosis {
  name: string;
  state: 'ok' | 'warning' | 'error';
  message: string;
  /** What to do; null where all is well. */
  hint: string | null;
}

type Examine = () => Promise<{ state?: 'ok' | 'warning'; message: string; hint?: string }>;

async function examine(name: string, severity: 'warning' | 'error', look: Examine): Promise<Diagnosis> {
  try {
    const { state = 'ok', message, hint } = await look();
    return { name, state, message, hint: hint ?? null };
  } catch (error) {
    const known = toOpsError(error);
    return { name, state: severity, message: known.message, hint: known.hint ?? null };
  }
}

/** Looks at what this machine and this repository need, and says what is missing and how to mend it. */
export async function doctor(folder: string, context: Context): Promise<Diagnosis[]> {
  const machine = await Promise.all([examine('node', 'error', checkNode), examine('git', 'error', () => checkGit(folder, context.signal))]);
  let workspace: Workspace | undefined;
  const repository = await examine('repository', 'error', async () => {
    workspace = await openWorkspace(folder, context);
    return { message: workspace.root };
  });
  if (!workspace) return [...machine, repository];
  const opened = workspace;
  const rest = await Promise.all([
    examine('configuration', 'error', () => checkConfiguration(opened)),
    examine('history', 'error', () => checkHistory(opened)),
    examine('remote', 'warning', () => checkRemote(opened)),
    examine('control plane', 'warning', () => checkControlPlane(opened)),
    examine('odoo', 'warning', () => checkOdoo(opened)),
    examine('pull request engine', 'warning', () => examineEngine(opened)),
    examine('pull request database', 'warning', () => examineDatabaseServer(opened)),
    examine('GitHub', 'warning', () => examineForge(opened)),
  ]);
  return [...machine, repository, ...rest];
}

const checkNode: Examine = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return Promise.resolve({ message: process.versions.node });
  return Promise.resolve({ state: 'warning', message: `Node ${process.versions.node}`, hint: 'Install Node 20.19 or newer.' });
};

async function checkGit(folder: string, signal: AbortSignal): ReturnType<Examine> {
  const version = (await gitIn(folder, signal).run(['--version'])).trim().replace('git version ', '');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 2 || (major === 2 && minor >= 38)) return { message: version };
  return { state: 'warning', message: `git ${version}`, hint: 'Install git 2.38 or newer: merges without a work tree need it.' };
}

async function checkConfiguration({ configured, config, root }: Workspace): ReturnType<Examine> {
  if (!configured) return { state: 'warning', message: 'There is no odoo-ops.yml; all is default.', hint: 'Run `odoo-ops init`.' };
  const folders = addonsFolders(config);
  const present = await Promise.all(
    folders.map((name) =>
      stat(join(root, name)).then(
        (stats) => stats.isDirectory(),
        () => false,
      ),
    ),
  );
  const missing = folders.filter((_, index) => present[index] !== true);
  if (missing.length === 0) return { message: `odoo-ops.yml; addons in ${folders.join(', ')}` };
  return {
    state: 'warning',
    message: `These addons folders do not exist: ${missing.join(', ')}`,
    hint: 'Make them, or correct odoo.addons_path.',
  };
}

function checkHistory({ state }: Workspace): ReturnType<Examine> {
  if (state.head === null) return Promise.resolve({ state: 'warning', message: 'No commit yet.', hint: 'Commit something.' });
  if (state.shallow) return Promise.resolve({ state: 'warning', message: 'Shallow clone.', hint: 'Run `git fetch --unshallow`.' });
  return Promise.resolve({ message: state.branch === null ? 'detached HEAD' : `on ${state.branch}` });
}

async function checkRemote({ git, remote, config }: Workspace): ReturnType<Examine> {
  const { remote: name } = config.promotion;
  if (remote === null)
    return { state: 'warning', message: `There is no remote ${name}.`, hint: `Add it with \`git remote add ${name} <url>\`.` };
  const heads = await git.run(['ls-remote', '--heads', remote], { timeout: 15_000 });
  const missing = [config.branches.staging, config.branches.production].filter((branch) => !heads.includes(`\trefs/heads/${branch}\n`));
  if (missing.length === 0) return { message: `${remote} answers` };
  return {
    state: 'warning',
    message: `${remote} has no branch ${missing.join(' and ')}.`,
    hint: `Push it: git push ${remote} HEAD:refs/heads/${missing[0] ?? ''}`,
  };
}

async function checkControlPlane(workspace: Workspace): ReturnType<Examine> {
  const controlPlane = await openControlPlane(workspace);
  if (!controlPlane) {
    return {
      state: 'warning',
      message: 'None; the evidence folders are the record.',
      hint: `Set ${workspace.config.control_plane.url_env}, or run \`odoo-ops control-plane start\`.`,
    };
  }
  const [problem, ...more] = await liveSchemaProblems(controlPlane);
  if (!problem) return { message: `${controlPlane.kind} answers` };
  return { state: 'warning', message: `${problem.message}${more.length > 0 ? ` And ${more.length} more.` : ''}`, hint: problem.fix };
}

async function checkOdoo({ root, environment }: Workspace): ReturnType<Examine> {
  const { program, python } = await findOdoo({ env: environment, repository: root });
  return { message: `${program} with ${python}` };
}
