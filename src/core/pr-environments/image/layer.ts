import { checkSymlink, isSymlink } from '../../build/inputs.ts';
import { byCodeUnit, isBelow, normalizePath, parentOf } from '../../config/paths.ts';
import { OpsError } from '../../errors.ts';
import type { TreeEntry } from '../../repository/commit.ts';
import type { CodeFolder } from '../engine.ts';
import type { TarEntry } from './tar.ts';

/** Of everything that makes a layer's bytes: with another one, layers that were made before do not count. */
export const LAYER_FORMAT = 1;

/** Seconds; of folders, and the earliest of a file: the year 2000. */
const EPOCH = 946_684_800;

/**
 * The time of a file is told by its content: one time for all would let Odoo serve the bundle of JavaScript that it made of the file
 * before (its checksum is of names and times), and the commit's time would make an unchanged folder a new layer.
 * @param object git's id of the content
 * @returns seconds, within eight years of 2000
 */
export const mtimeOf = (object: string): number => EPOCH + Number.parseInt(object.slice(0, 7), 16);

/** From here a folder is a mirror of other people's code. */
const MIRROR = 3000;

/**
 * Layers stand on one another, so those above a changed one are sent with it: mirrors of others' code change least and lie at the bottom,
 * the largest first; above them the small ones, and what a team works in most comes last.
 */
export function layerOrder(folders: readonly CodeFolder[]): CodeFolder[] {
  const size = ({ files }: CodeFolder) => files.length;
  const isMirror = (folder: CodeFolder) => size(folder) >= MIRROR;
  return [...folders].sort((a, b) => {
    if (isMirror(a) !== isMirror(b)) return isMirror(a) ? -1 : 1;
    const bySize = isMirror(a) ? size(b) - size(a) : size(a) - size(b);
    return bySize === 0 ? byCodeUnit(a.path, b.path) : bySize;
  });
}

/** Where a folder of the commit lies in the image. */
export const placeOf = (workspaceFolder: string, path: string): string => (path === '' ? workspaceFolder : `${workspaceFolder}/${path}`);

/** What an image layer would not hold as it is: a name with a meaning of its own there, or no name of a file. */
function refuseName(path: string): void {
  const parts = path.split('/');
  const hides = parts.some((part) => part.startsWith('.wh.'));
  if (!hides && path !== '' && !path.includes('\0') && !path.startsWith('/') && normalizePath(path) === path) return;
  const reason = hides ? 'its name means "deleted" in an image' : 'that is no path of a file';
  throw new OpsError('repository', `${JSON.stringify(path)} cannot be put into an image: ${reason}.`, {
    hint: 'Rename it with `git mv`.',
    details: { path },
  });
}

/**
 * Refuses a symbolic link that leads out of the addons folders.
 * @throws OpsError `repository`
 */
export const refuseLeadingOut = (path: string, target: string, folders: readonly CodeFolder[]): void =>
  checkSymlink(path, target, (resolved) => folders.some((folder) => isBelow(resolved, folder.path)));

/** What a layer is written from: each folder before what is in it, everything in the order of its name. */
export interface LayerPlan {
  /** The folders above it, which a layer has to hold too: the engine would make them writable for everybody. */
  parents: TarEntry[];
  files: { file: TreeEntry; folders: TarEntry[]; entry: TarEntry }[];
}

/**
 * The layer of a folder; sizes are 0 until the file is read.
 * @throws OpsError `repository` for a name that cannot be in an image
 */
export function planLayer({ path, files }: CodeFolder, workspaceFolder: string): LayerPlan {
  const root = workspaceFolder.replace(/^\/+|\/+$/g, '');
  const seen = new Set(['']);
  const foldersDownTo = (folder: string): TarEntry[] => {
    if (seen.has(folder)) return [];
    seen.add(folder);
    return [...foldersDownTo(parentOf(folder)), { path: folder, type: 'folder', mode: 0o755, size: 0, mtime: EPOCH }];
  };
  const sorted = [...files].sort((a, b) => byCodeUnit(a.path, b.path));
  return {
    parents: foldersDownTo(placeOf(root, path)),
    files: sorted.map((file) => {
      refuseName(file.path);
      const name = placeOf(root, file.path);
      const type = isSymlink(file) ? 'symlink' : 'file';
      const mode = type === 'symlink' ? 0o777 : file.mode === '100755' ? 0o755 : 0o644;
      return { file, folders: foldersDownTo(parentOf(name)), entry: { path: name, type, mode, size: 0, mtime: mtimeOf(file.object) } };
    }),
  };
}
