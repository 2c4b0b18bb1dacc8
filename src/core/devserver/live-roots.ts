import { isBelow, normalizePath } from '../config/paths.ts';

/** A folder of the addons path, as it is named and as it is without symbolic links. */
export interface AddonsRoot {
  path: string;
  real: string;
}

export interface LiveRootsQuestion {
  /** In Odoo's order (§5.2: core, then OCA, then the team's own). */
  roots: readonly AddonsRoot[];
  /** The person's repository. */
  repository: string;
  /** Odoo's source folder, without symbolic links. */
  odooHome: string;
}

/** `oca`, `OCA`, `oca-server-tools`: the words by which repositories name what they took from there. */
const OCA = /(?:^|\/)oca(?:[-_][^/]*)?(?:\/|$)/i;
/** A name in the repository for Odoo's own addons: `addons/odoo`, `odoo/addons`, `enterprise`. */
const CORE = /(?:^|\/)(?:odoo|odoo\/addons|odoo\/odoo\/addons|enterprise|design-themes)$/;

const relativeTo = (repository: string, path: string): string | undefined => {
  if (!isBelow(path, repository)) return undefined;
  return path.slice(repository.length + 1);
};

/**
 * The addons folders whose code people edit, in the given order: those of the repository that are neither Odoo's own nor OCA's.
 * Everything else is loaded once by the development server's parent process. In a repository that holds nothing but OCA's
 * modules, those are what people edit.
 */
export function liveRoots({ roots, repository, odooHome }: LiveRootsQuestion): string[] {
  const top = normalizePath(repository) ?? repository;
  const home = normalizePath(odooHome) ?? odooHome;
  // Where somebody works on addons within Odoo's own repository, only Odoo's own two folders are core.
  const isCore = (real: string): boolean =>
    [home, `${home}/addons`, `${home}/odoo/addons`].includes(real) || (!isBelow(top, home) && isBelow(real, home));
  const inside = roots
    .map(({ path, real }) => ({ path, real, name: relativeTo(top, normalizePath(path) ?? path) }))
    .filter((root): root is AddonsRoot & { name: string } => root.name !== undefined && !isCore(root.real));
  const notCore = inside.filter(({ name }) => !CORE.test(name));
  const edited = notCore.filter(({ name, real }) => !OCA.test(name) && !OCA.test(relativeTo(top, real) ?? lastTwo(real)));
  // A name is only a hint: where it would leave nothing, it meant something else here.
  return ([edited, notCore, inside].find((found) => found.length > 0) ?? []).map(({ path }) => path);
}

const lastTwo = (path: string): string => path.split('/').slice(-2).join('/');
