import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { writeError } from '../adapters/files/atomic.ts';
import { workTreeFileTree } from '../adapters/files/work-tree-files.ts';
import { parseManifest } from '../adapters/odoo/manifest.ts';
import { remoteBranches } from '../adapters/git/refs.ts';
import { workTreeFiles } from '../adapters/git/work-tree.ts';
import { configTemplate, discover, manifestPaths, type Discovery } from '../core/config/template.ts';
import { CONFIG_FILE } from '../core/config/schema.ts';
import { OpsError } from '../core/errors.ts';
import type { Workspace } from './workspace.ts';

// Enough to know the series; a repository may hold thousands.
const MAX_MANIFESTS = 200;

export interface InitResult {
  file: string;
  discovery: Discovery;
}

/** The remote's own word, where this clone has heard it; else a usual name; else what is checked out, which may be any branch. */
async function defaultBranch({ git, remote, state }: Workspace, branches: readonly string[]): Promise<string | null> {
  const head = remote === null ? '' : await git.run(['symbolic-ref', '--quiet', '--short', `refs/remotes/${remote}/HEAD`]).catch(() => '');
  if (head.trim() !== '') return head.trim().slice((remote?.length ?? 0) + 1);
  return ['main', 'master'].find((name) => branches.includes(name)) ?? state.branch;
}

/**
 * Writes a commented `odoo-ops.yml` after looking at the repository: addons folders by their manifests, branches, compose files.
 * @throws OpsError `usage` where there is one already: nothing is ever overwritten
 */
export async function init(workspace: Workspace): Promise<InitResult> {
  const paths = await workTreeFiles(workspace.git);
  const branches = workspace.remote === null ? [] : [...(await remoteBranches(workspace.git, workspace.remote)).keys()];
  const manifests = await workTreeFileTree(workspace.root, paths).read(manifestPaths(paths).slice(0, MAX_MANIFESTS));
  const versions = [...manifests.values()].map((text) => parseManifest(text)?.version ?? '');
  const discovery = discover({
    paths,
    versions,
    branches,
    defaultBranch: await defaultBranch(workspace, branches),
    composeFiles: paths.filter((path) => /(?:^|\/)(?:docker-)?compose[^/]*\.ya?ml$/.test(path)),
  });
  const file = join(workspace.root, CONFIG_FILE);
  try {
    const handle = await open(file, 'wx', 0o644);
    await handle.writeFile(configTemplate(discovery));
    await handle.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw writeError(file, error);
    throw new OpsError('usage', `${CONFIG_FILE} exists already; it was left as it is.`, {
      hint: `Edit it, or move it away and run \`odoo-ops init\` again.`,
      cause: error,
    });
  }
  return { file: CONFIG_FILE, discovery };
}
