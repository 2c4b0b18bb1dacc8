import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitIn, type Git } from '../../adapters/git/git.ts';
import { buildInputs, isSubmodule } from '../../core/build/inputs.ts';
import type { BuildManifest } from '../../core/build/manifest.ts';
import type { Sha } from '../../core/repository/names.ts';
import { buildArtifact, readBuildSource, type BuildSource } from './artifact.ts';

/**
 * Builds a commit once more, in a clone made for it, which knows nothing of this one's index, work tree, attributes and configuration
 * (§5.3).
 */
export async function rebuildElsewhere(source: BuildSource, branch: string | null): Promise<BuildManifest> {
  const { git, commit, tree, config } = source;
  const folder = await mkdtemp(join(tmpdir(), 'odoo-ops-build-'));
  try {
    const clone = join(folder, 'clone');
    const copy = (from: string, to: string) => git.run(['clone', '--quiet', '--no-checkout', '--shared', '--', from, to]);
    await copy(git.root, clone);
    // One that is not initialised was refused by the first build, by name.
    for (const { path } of buildInputs(tree, config).filter(isSubmodule)) await copy(join(git.root, path), join(clone, path));
    return await buildArtifact(await readBuildSource(gitIn(clone, git.signal), commit.sha), { branch, output: null });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Builds a commit here and elsewhere, and hands both manifests over. */
export async function verifyReproducible(git: Git, sha: Sha): Promise<{ first: BuildManifest; second: BuildManifest }> {
  const source = await readBuildSource(git, sha);
  const first = await buildArtifact(source, { branch: null, output: null });
  return { first, second: await rebuildElsewhere(source, null) };
}
