import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitIn } from '../../adapters/git/git.ts';
import { listTree } from '../../adapters/git/objects.ts';
import { buildInputs, isSubmodule } from '../../core/build/inputs.ts';
import type { BuildManifest } from '../../core/build/manifest.ts';
import type { Sha } from '../../core/repository/names.ts';
import { buildConfigAt } from '../config-at.ts';
import type { Workspace } from '../workspace.ts';
import { buildArtifact } from './artifact.ts';

/**
 * Builds a commit here and in a clone made for it, and hands both manifests over (§5.3). The second clone knows nothing of this
 * one's index, work tree, attributes and configuration.
 */
export async function verifyReproducible(
  workspace: Workspace,
  sha: Sha,
  branch: string | null,
  signal: AbortSignal,
): Promise<{ first: BuildManifest; second: BuildManifest }> {
  const folder = await mkdtemp(join(tmpdir(), 'odoo-ops-build-'));
  try {
    const here = gitIn(workspace.root, signal);
    const config = await buildConfigAt(here, sha);
    const clone = join(folder, 'clone');
    const copy = (from: string, to: string) => here.run(['clone', '--quiet', '--no-checkout', '--shared', '--', from, to]);
    await copy(workspace.root, clone);
    const submodules = buildInputs(await listTree(here, sha), config).filter(isSubmodule);
    // One that is not initialised is refused by the first build, by name.
    for (const { path } of submodules) await copy(join(workspace.root, path), join(clone, path)).catch(() => undefined);
    const build = (root: string) => buildArtifact(gitIn(root, signal), { sha, branch, config, output: null });
    return { first: await build(workspace.root), second: await build(clone) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
