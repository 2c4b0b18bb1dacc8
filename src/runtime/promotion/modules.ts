import type { Git } from '../../adapters/git/git.ts';
import { commitFiles } from '../../adapters/git/commit-files.ts';
import { parseManifest } from '../../adapters/odoo/manifest.ts';
import { MANIFEST_FILE, moduleChange, type ModuleChange, type ModuleManifest } from '../../core/repository/module.ts';
import type { Sha } from '../../core/repository/names.ts';

/** Manifests of some module folders in a commit; null where a folder has none that can be read. */
export async function manifestsAt(git: Git, sha: Sha, folders: readonly string[]): Promise<Map<string, ModuleManifest | null>> {
  const files = await (await commitFiles(git, sha)).read(folders.map((folder) => `${folder}/${MANIFEST_FILE}`));
  return new Map(
    folders.map((folder) => {
      const text = files.get(`${folder}/${MANIFEST_FILE}`);
      return [folder, text === undefined ? null : (parseManifest(text) ?? { name: '', version: null, depends: [], installable: true })];
    }),
  );
}

/** The modules among some folders that differ between two commits, with their versions. */
export async function moduleChanges(git: Git, before: Sha, after: Sha, folders: readonly string[]): Promise<ModuleChange[]> {
  if (folders.length === 0) return [];
  const [old, now] = await Promise.all([manifestsAt(git, before, folders), manifestsAt(git, after, folders)]);
  return folders
    .map((folder) => moduleChange(folder, old.get(folder) ?? null, now.get(folder) ?? null))
    .filter((change) => change !== undefined);
}
