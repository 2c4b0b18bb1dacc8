/** Paths inside the repository are POSIX and relative, without `.` or `..`; the root itself is ``. */

/** `a//b/./c/..` as `a/b`; leading `/` kept. Undefined where it climbs above its start. */
export function normalizePath(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return (path.startsWith('/') ? '/' : '') + parts.join('/');
}

/**
 * An addons path entry as a folder of the repository.
 * @param entry relative to the repository, or absolute below `workspaceFolder` (§5.2)
 * @returns the relative folder, or undefined where the entry lies outside of the repository
 */
export function folderInRepository(entry: string, workspaceFolder: string): string | undefined {
  const path = normalizePath(entry);
  if (path === undefined) return undefined;
  if (!path.startsWith('/')) return path;
  const root = normalizePath(workspaceFolder) ?? workspaceFolder;
  if (path === root) return '';
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined;
}

/** True where `path` is `folder` or below it; the folder `` holds everything. */
export function isBelow(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

/** The folder of a file, without a slash at its end; `` for the root. */
export const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0));
/** The same with the slash, as a file's path begins; `` for the root. */
export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
/** What comes behind the folder. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** True for a relative path in its one spelling that names no part of git's own: what another machine may ask us to write. */
export function isPlainPath(path: string): boolean {
  return (
    path !== '' &&
    !path.startsWith('/') &&
    !/[\\\0]/.test(path) &&
    normalizePath(path) === path &&
    !path.split('/').some((part) => part.toLowerCase() === '.git')
  );
}

/** Orders by UTF-16 code unit, the same on every machine (no locale). */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
