import { isBelow } from '../../config/paths.ts';
import { addonsFolders } from '../../config/schema.ts';
import type { RepositoryFacts } from '../rule.ts';

const MANIFEST = /(?:^|\/)(?:__manifest__|__openerp__)\.py$/;
const folderOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0));

/**
 * Tells files that run outside of Odoo: neither in an addon, nor in an addons folder, nor in Odoo's own source (beside `odoo-bin`).
 * @returns a test of a path from the root of the repository
 */
export function outsideAddons({ paths, config }: Pick<RepositoryFacts, 'paths' | 'config'>): (path: string) => boolean {
  // The root of the repository may be an addons folder: then the manifests tell.
  const folders = addonsFolders(config).filter((folder) => folder !== '');
  const inside = new Set(paths.filter((path) => MANIFEST.test(path)).map(folderOf));
  for (const path of paths) {
    if (path === 'odoo-bin' || path === 'setup/odoo') folders.push('odoo', 'addons');
    else if (path.endsWith('/odoo-bin')) folders.push(folderOf(path));
  }
  return (path) => {
    if (folders.some((folder) => isBelow(path, folder))) return false;
    for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder)) if (inside.has(folder)) return false;
    return true;
  };
}

/** Tests and their data: they run against databases of their own. */
export const isTestFile = (path: string): boolean =>
  /(?:^|\/)(?:tests?|__tests__|__mocks__|fixtures|spec|e2e|testdata)\//i.test(path) ||
  /(?:^|\/)(?:test_[^/]*|conftest|[^/]*_test)\.py$|\.(?:test|spec)\.[cm]?[jt]sx?$/.test(path);
