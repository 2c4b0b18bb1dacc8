import { checkSymlink, isSymlink } from '../../build/inputs.ts';
import { byCodeUnit, isBelow, normalizePath, parentOf } from '../../config/paths.ts';
import { OpsError } from '../../errors.ts';
import type { TreeEntry } from '../../repository/commit.ts';
import type { CodeFolder } from '../engine.ts';
import { joined, paddingOf, TAR_END, tarHeader } from './tar.ts';

/** Of everything that makes a layer's bytes: with another one, layers that were made before do not count. */
export const LAYER_FORMAT = 1;

/** Seconds; of folders, and the earliest of a file: the year 2000. */
const EPOCH = 946_684_800;

/**
 * The time of a file is told by its content: one time for all would let Odoo serve the bundle of JavaScript that it made of the file
 * before (its checksum is of names and times), and the commit's time would make an unchanged folder a new layer.
 * @param object git's id of the content
 * @returns seconds, within nine years of 2000
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
  const hides = path.split('/').some((part) => part.startsWith('.wh.'));
  if (!hides && path !== '' && !path.includes('\0') && !path.startsWith('/') && normalizePath(path) === path) return;
  const reason = hides ? 'in an image its name means "deleted"' : 'that is no path of a file';
  throw new OpsError('repository', `${JSON.stringify(path)} cannot be put into an image: ${reason}.`, {
    hint: 'Rename it with `git mv`.',
    details: { path },
  });
}

/** What a layer is written from, in this order. Its bytes depend on git's id of the folder and on its place alone. */
export interface LayerPlan {
  /** Of all of it. */
  bytes: number;
  first: Uint8Array;
  /** What stands before each file: its folders where they are new, and its header. After it come `paddingOf` zeros. */
  files: { file: TreeEntry; size: number; before: Uint8Array }[];
  last: Uint8Array;
}

export interface LayerFacts {
  /** All of the commit: a link may lead from one to another. */
  folders: readonly CodeFolder[];
  /** `/workspaces/odoo` */
  workspaceFolder: string;
  sizeOf: (file: TreeEntry) => number;
  /** Target of a symbolic link. */
  targetOf: (link: TreeEntry) => string;
}

/**
 * The layer of an addons folder: a tar with each folder before what is in it, files in the order of their names, and symbolic links last.
 * @throws OpsError `repository` for a name that cannot be in an image, or a symbolic link that leads out of the addons folders
 */
export function planLayer({ path, files }: CodeFolder, { folders, workspaceFolder, sizeOf, targetOf }: LayerFacts): LayerPlan {
  const root = workspaceFolder.replace(/^\/+|\/+$/g, '');
  const seen = new Set(['']);
  // Those above the addons folder too: an engine that has to make them lets everybody write there.
  const foldersDownTo = (folder: string): Uint8Array[] => {
    if (seen.has(folder)) return [];
    seen.add(folder);
    return [...foldersDownTo(parentOf(folder)), tarHeader({ path: folder, type: 'folder', mode: 0o755, size: 0, mtime: EPOCH })];
  };
  const sorted = [...files].sort((a, b) => byCodeUnit(a.path, b.path));
  for (const file of sorted) refuseName(file.path);
  const first = joined(foldersDownTo(placeOf(root, path)));
  const planned = sorted
    .filter((file) => !isSymlink(file))
    .map((file) => {
      const size = sizeOf(file);
      const name = placeOf(root, file.path);
      const mode = file.mode === '100755' ? 0o755 : 0o644;
      const header = tarHeader({ path: name, type: 'file', mode, size, mtime: mtimeOf(file.object) });
      return { file, size, before: joined([...foldersDownTo(parentOf(name)), header]) };
    });
  const links = sorted.filter(isSymlink).flatMap((file) => {
    const target = targetOf(file);
    // Not UTF-8, or cut short where it is used: then it leads elsewhere there.
    const isWhole = !/[\0\ufffd]/.test(target);
    checkSymlink(file.path, target, (resolved) => isWhole && folders.some((folder) => isBelow(resolved, folder.path)));
    const name = placeOf(root, file.path);
    const header = tarHeader({ path: name, type: 'symlink', mode: 0o777, size: 0, mtime: mtimeOf(file.object), target });
    return [...foldersDownTo(parentOf(name)), header];
  });
  const last = joined([...links, TAR_END]);
  const content = planned.reduce((sum, { size, before }) => sum + before.length + size + paddingOf(size), 0);
  return { bytes: first.length + content + last.length, first, files: planned, last };
}
