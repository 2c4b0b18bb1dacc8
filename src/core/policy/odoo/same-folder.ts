import { normalizePath } from '../../config/paths.ts';
import type { Mount } from '../facts.ts';

/** The folder that holds the repository, as editors, shells, make and CI write it. */
const WORKSPACE =
  /\$\{(?:containerWorkspaceFolder|localWorkspaceFolder|workspaceFolder|workspaceRoot|PWD|CURDIR|GITHUB_WORKSPACE)\}|\$(?:PWD|GITHUB_WORKSPACE)(?!\w)|\$\((?:pwd|PWD|CURDIR)\)|\$\{\{ *github\.workspace *\}\}/g;

/** What only the machine knows: `$X` and what a template fills in, apart from the names of the workspace; `^prod$` is a value. */
export const isKnown = (value: string): boolean => !/\$[\w{($]|\{[{%]|<%|^@\w+@$/.test(value.replace(WORKSPACE, ''));

/** From where a path is seen. */
export interface PathView {
  /** Where the repository is in containers. */
  workspace_folder: string;
  mounts: readonly Mount[];
  /** Absolute; null where the file does not tell: then relative paths are those of the repository. */
  working_folder: string | null;
}

const isUnder = (path: string, folder: string): boolean => path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);

/** A path in the container as one of the repository, or absolute on the host; undefined where nothing mounts or copies it there. */
export function pathOnDisk(path: string, mounts: readonly Mount[]): string | undefined {
  const plain = normalizePath(path);
  if (plain === undefined) return undefined;
  const [nearest] = mounts
    .map(({ source, target }) => ({ source, target: normalizePath(target) ?? target }))
    .filter(({ target }) => isUnder(plain, target))
    .sort((a, b) => b.target.length - a.target.length);
  if (nearest?.source == null) return undefined;
  return normalizePath(
    nearest.source === '' ? plain.slice(nearest.target.length).slice(1) : nearest.source + '/' + plain.slice(nearest.target.length),
  );
}

/** True for what `canonical` says of a folder of the repository. */
export const isInside = (canonicalPath: string): boolean => !/^(?:\/|~|\.\.(?:\/|$))/.test(canonicalPath);

/**
 * One spelling for a folder, however it is written: relative, absolute below the workspace, with a variable for the workspace, or
 * through the mounts of a container.
 * @returns from the root of the repository (`` is the root), or absolute for a folder outside of it; null where only the machine knows
 */
export function canonical(path: string, { workspace_folder, mounts, working_folder }: PathView): string | null {
  const written = path.trim();
  if (!isKnown(written)) return null;
  const plain = written.replace(WORKSPACE, '.');
  if (plain.startsWith('~')) return plain;
  const isRelative = !plain.startsWith('/');
  if (isRelative && (working_folder === null || plain !== written)) return normalizePath(plain) ?? plain;
  const absolute = normalizePath(isRelative ? `${working_folder ?? ''}/${plain}` : plain);
  if (absolute === undefined) return plain;
  const onDisk = pathOnDisk(absolute, mounts);
  if (onDisk !== undefined && isInside(onDisk)) return onDisk;
  const workspace = normalizePath(workspace_folder) ?? workspace_folder;
  if (!isUnder(absolute, workspace)) return absolute;
  return absolute.slice(workspace.length).replace(/^\//, '');
}
