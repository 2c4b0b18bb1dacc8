import { normalizePath } from '../../../core/config/paths.ts';

/** Files that belong to others, or that are made to be wrong. */
export const isForeign = (path: string): boolean => /(?:^|\/)(?:node_modules|static|i18n|tests?|\.venv|site-packages)\//.test(path);

/**
 * A path in a file as one from the root of the repository; absolute ones stay, and so does what climbs out of it.
 * @param folder that relative paths start from
 */
export function fromRoot(path: string, folder: string): string {
  if (path.startsWith('/') || path.startsWith('~')) return path;
  const joined = folder === '' ? path : `${folder}/${path}`;
  return normalizePath(joined) ?? joined;
}
