import { isBelow, parentOf } from '../../config/paths.ts';
import { addonsFolders } from '../../config/schema.ts';
import type { RepositoryFacts } from '../rule.ts';

/** The folders that hold a manifest. */
export const foldersOfAddons = (paths: readonly string[]): Set<string> =>
  new Set(paths.filter((path) => /(?:^|\/)__(?:manifest|openerp)__\.py$/.test(path)).map(parentOf));

/**
 * Tells files that run outside of Odoo: neither in an addon, nor in an addons folder, nor in Odoo's own source (beside `odoo-bin`).
 * @returns a test of a path from the root of the repository
 */
export function outsideAddons({ paths, config }: Pick<RepositoryFacts, 'paths' | 'config'>): (path: string) => boolean {
  // The root of the repository may be an addons folder: then the manifests tell.
  const folders = addonsFolders(config).filter((folder) => folder !== '');
  const inside = foldersOfAddons(paths);
  for (const path of paths) {
    if (path === 'odoo-bin' || path === 'setup/odoo') folders.push('odoo', 'addons');
    else if (path.endsWith('/odoo-bin')) folders.push(parentOf(path));
  }
  return (path) => {
    if (folders.some((folder) => isBelow(path, folder))) return false;
    for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) if (inside.has(folder)) return false;
    return true;
  };
}

/** Tests and their data: they run against databases of their own. */
export const isTestFile = (path: string): boolean =>
  /(?:^|\/)(?:tests?|__tests__|__mocks__|fixtures|spec|e2e|testdata)\//i.test(path) ||
  /(?:^|\/)(?:test_[^/]*|conftest|[^/]*_test)\.py$|\.(?:test|spec)\.[cm]?[jt]sx?$/.test(path);
