import { nameOf, normalizePath } from '../../../core/config/paths.ts';
import type { Mount } from '../../../core/policy/facts.ts';
import { fromRoot } from './paths.ts';

/** `odoo.conf`, and not `addons`: files have a dot in their name, as a rule. */
const looksLikeFile = (path: string): boolean => /[^.]\.[^.]/.test(nameOf(path));

/**
 * What `COPY a b target` puts where. A folder's content goes into the target; a file goes below it, where the target is a folder.
 * @param folder the build context
 */
export function copiedFolders(words: readonly string[], workingFolder: string | null, folder: string): Mount[] {
  const sources = words.slice(0, -1);
  const written = words.at(-1) ?? '';
  const target = normalizePath(written.startsWith('/') ? written : `${workingFolder ?? ''}/${written}`);
  if (target?.startsWith('/') !== true || target.includes('$')) return [];
  const isFolder = sources.length > 1 || /(?:\/|^\.|\/\.)$/.test(written);
  return sources
    .filter((source) => !/[*?$]|^\w+:|^<</.test(source))
    .map((source) => ({
      source: fromRoot(source.replace(/^\/+/, ''), folder),
      target: isFolder && looksLikeFile(source) ? `${target === '/' ? '' : target}/${nameOf(source)}` : target,
    }));
}
