import { isBelow, parentOf } from '../../config/paths.ts';
import { foldersOfAddons, isTestFile } from './outside-addons.ts';
import type { RepositoryFacts } from '../rule.ts';

/**
 * The addon that a file belongs to, as its folder; null for a test, for what is no addon, and for Odoo's own source (beside
 * `odoo-bin`), which nobody mends here.
 */
export function addonsOf({ paths }: Pick<RepositoryFacts, 'paths'>): (path: string) => string | null {
  const addons = foldersOfAddons(paths);
  const sources = paths.filter((path) => /(?:^|\/)odoo-bin$/.test(path)).map(parentOf);
  const own = sources.flatMap((folder) => ['odoo', 'addons'].map((name) => (folder === '' ? name : `${folder}/${name}`)));
  return (path) => {
    if (isTestFile(path) || own.some((folder) => isBelow(path, folder))) return null;
    let folder = parentOf(path);
    while (folder !== '' && !addons.has(folder)) folder = parentOf(folder);
    const isTestAddon = folder.slice(folder.lastIndexOf('/') + 1).startsWith('test_');
    return folder === '' || isTestAddon ? null : folder;
  };
}
