import { isBelow } from '../../config/paths.ts';
import { isTestFile } from './outside-addons.ts';
import type { RepositoryFacts } from '../rule.ts';

const MANIFEST = /(?:^|\/)__(?:manifest|openerp)__\.py$/;
const folderOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0));

/**
 * The addon that a file belongs to, as its folder; null for a test, for what is no addon, and for Odoo's own source (beside
 * `odoo-bin`), which nobody mends here.
 */
export function addonsOf({ paths }: Pick<RepositoryFacts, 'paths'>): (path: string) => string | null {
  const addons = new Set(paths.filter((path) => MANIFEST.test(path)).map(folderOf));
  const sources = paths.filter((path) => /(?:^|\/)odoo-bin$/.test(path)).map(folderOf);
  const own = sources.flatMap((folder) => ['odoo', 'addons'].map((name) => (folder === '' ? name : `${folder}/${name}`)));
  return (path) => {
    if (isTestFile(path) || own.some((folder) => isBelow(path, folder))) return null;
    let folder = folderOf(path);
    while (folder !== '' && !addons.has(folder)) folder = folderOf(folder);
    const isTestAddon = folder.slice(folder.lastIndexOf('/') + 1).startsWith('test_');
    return folder === '' || isTestAddon ? null : folder;
  };
}
