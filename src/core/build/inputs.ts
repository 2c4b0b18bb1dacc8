import { byCodeUnit, isBelow } from '../config/paths.ts';
import { matchesAny } from '../config/patterns.ts';
import { addonsFolders, type Config } from '../config/schema.ts';
import { OpsError } from '../errors.ts';
import type { TreeEntry } from '../repository/commit.ts';

const SYMLINK = '120000';
/** Mode of a submodule in a tree. */
export const SUBMODULE = '160000';

/** True where a file of the commit belongs to a build: addons, dependency files, configuration. */
export function isBuildInput(path: string, config: Config, addons: readonly string[] = addonsFolders(config)): boolean {
  if (isBelow(path, config.evidence.folder)) return false;
  return (
    addons.some((folder) => isBelow(path, folder)) ||
    matchesAny(path, config.build.dependency_files) ||
    matchesAny(path, config.build.include)
  );
}

/** The entries of a build in the order of its tar: by path, the same on every machine. A submodule may hold a whole addons folder. */
export function buildInputs(tree: readonly TreeEntry[], config: Config): TreeEntry[] {
  const addons = addonsFolders(config);
  const holdsAddons = (entry: TreeEntry) => isSubmodule(entry) && addons.some((folder) => isBelow(folder, entry.path));
  return tree.filter((entry) => isBuildInput(entry.path, config, addons) || holdsAddons(entry)).sort((a, b) => byCodeUnit(a.path, b.path));
}

/**
 * Refuses what the artifact could not hold: a submodule is only a pointer, so its files are not part of the commit.
 * @throws OpsError `repository`, naming each path
 */
export function refuseSubmodules(inputs: readonly TreeEntry[]): void {
  const paths = inputs.filter(({ mode }) => mode === SUBMODULE).map(({ path }) => path);
  if (paths.length === 0) return;
  throw new OpsError('repository', `The build would miss the files of submodule ${paths.join(', ')}.`, {
    hint: 'Initialise it with `git submodule update --init`, or leave its folder out of odoo.addons_path.',
    details: { paths },
  });
}

/**
 * Refuses file names that are not UTF-8: two of them could become one.
 * @throws OpsError `repository`, naming each path
 */
export function refuseUnreadableNames(inputs: readonly TreeEntry[]): void {
  const paths = inputs.filter(({ path }) => path.includes('\ufffd')).map(({ path }) => path);
  if (paths.length === 0) return;
  throw new OpsError('repository', `These file names are not UTF-8: ${paths.join(', ')}.`, {
    hint: 'Rename them with `git mv`.',
    details: { paths },
  });
}

/**
 * A symbolic link is kept as a link where it points to something inside the build, and refused by name elsewhere:
 * outside, its meaning would depend on the machine.
 * @param target what the link holds
 * @throws OpsError `repository`
 */
export function checkSymlink(path: string, target: string, known: (path: string) => boolean): void {
  const resolved = resolveLink(path, target);
  if (resolved !== undefined && known(resolved)) return;
  throw new OpsError('repository', `The symbolic link ${path} points to ${target}, outside of the build.`, {
    hint: 'Replace it by the files it points to, or by a link within the addons folders.',
    details: { path, target },
  });
}

function resolveLink(path: string, target: string): string | undefined {
  if (target === '' || target.startsWith('/')) return undefined;
  const parts = path.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

export const isSymlink = (entry: TreeEntry): boolean => entry.mode === SYMLINK;
export const isSubmodule = (entry: TreeEntry): boolean => entry.mode === SUBMODULE;
