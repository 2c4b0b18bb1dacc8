import { createHash } from 'node:crypto';
import type { Git } from '../../adapters/git/git.ts';
import { blobSizes, listTree, readBlobs, readFiles } from '../../adapters/git/objects.ts';
import { submoduleFiles } from '../../adapters/git/submodules.ts';
import { checkOutInto } from '../../adapters/git/work-tree.ts';
import { refuseSubmodules, refuseUnreadableNames, SUBMODULE } from '../../core/build/inputs.ts';
import { byCodeUnit, isBelow, nameOf, parentOf } from '../../core/config/paths.ts';
import { addonsFolders, type Config } from '../../core/config/schema.ts';
import type { CodeFolder, CodeSource } from '../../core/pr-environments/engine.ts';
import type { Commit, TreeEntry } from '../../core/repository/commit.ts';
import { MANIFEST_FILE, moduleFolder } from '../../core/repository/module.ts';

/** A file and the repository that has its bytes: this one, or that of a submodule. */
interface Origin {
  git: Git;
  entry: TreeEntry;
}

/** Puts the files of a submodule in its place, where this clone has them; what it has not is left as the pointer. */
async function expand(git: Git, entry: TreeEntry): Promise<Origin[]> {
  const found = entry.mode === SUBMODULE ? await submoduleFiles(git, entry) : null;
  return found ? found.files.map((file) => ({ git: found.git, entry: file })) : [{ git, entry }];
}

/** git names each file by its content: modes, names and paths say all that a folder holds. */
function treeOf(folder: string, files: readonly TreeEntry[]): string {
  const hash = createHash('sha256');
  for (const { mode, object, path } of files) hash.update(`${mode} ${object} ${path.slice(folder.length)}\0`);
  return hash.digest('hex');
}

/** Names of the modules that lie directly in an addons folder. */
export const modulesIn = ({ path, files }: Pick<CodeFolder, 'path' | 'files'>): string[] =>
  files
    .filter((file) => file.path.endsWith(`/${MANIFEST_FILE}`) && moduleFolder(file.path, [path]) === parentOf(file.path))
    .map((file) => nameOf(parentOf(file.path)));

/**
 * The code of a commit as an engine takes it in: its addons folders, from git's objects, nothing of the work tree.
 * @param config the commit's own: where its addons lie is for it to say
 * @throws OpsError `repository` where a submodule is not in this clone
 */
export async function codeSource(git: Git, { sha, committed_at }: Commit, config: Config): Promise<CodeSource> {
  const tree = await listTree(git, sha);
  const folders = addonsFolders(config);
  const inside = tree.filter(({ path, mode }) =>
    folders.some((folder) => isBelow(path, folder) || (mode === SUBMODULE && isBelow(folder, path))),
  );
  const origins = (await Promise.all(inside.map((entry) => expand(git, entry)))).flat();
  const entries = origins.map(({ entry }) => entry);
  refuseSubmodules(entries);
  refuseUnreadableNames(entries);
  const gits = new Map(origins.map((origin) => [origin.entry.path, origin.git]));
  const codeFolders = folders
    .map((path): CodeFolder => {
      const files = entries.filter((entry) => isBelow(entry.path, path)).sort((a, b) => byCodeUnit(a.path, b.path));
      return { path, tree: treeOf(path, files), files };
    })
    // Odoo refuses an addons folder without a module.
    .filter((folder) => modulesIn(folder).length > 0);
  /** In runs of one repository: each run is one process of git. */
  const runs = (files: readonly TreeEntry[]): { owner: Git; run: readonly TreeEntry[] }[] => {
    const found: { owner: Git; run: TreeEntry[] }[] = [];
    for (const file of files) {
      const owner = gits.get(file.path) ?? git;
      const last = found.at(-1);
      if (last?.owner === owner) last.run.push(file);
      else found.push({ owner, run: [file] });
    }
    return found;
  };
  const { requirements } = config.pull_requests.odoo;
  const lock = tree.find(({ path, mode }) => path === requirements && mode.startsWith('100'));
  return {
    commit: sha,
    committed_at,
    folders: codeFolders,
    requirements: lock ? ((await readFiles(git, [lock])).get(lock.path)?.toString('utf8') ?? null) : null,
    sizes: async (files) => (await Promise.all(runs(files).map(({ owner, run }) => blobSizes(owner, run)))).flat(),
    read: async (files, each) => {
      for (const { owner, run } of runs(files)) await readBlobs(owner, run, (file, blob) => each(file, blob.size, blob.chunks()));
    },
    checkout: (folder) => checkOutInto(git, sha, folder),
  };
}
