import { byCodeUnit } from '../config/paths.ts';
import type { ModuleChange } from '../repository/module.ts';
import type { MigrationPlan } from './plan.ts';

// All of this is what odoo/modules/migration.py of Odoo 19 does; `upgrades` is its other name for `migrations`.
const FOLDERS = ['migrations', 'upgrades'];
const STAGES = ['pre', 'post', 'end'] as const;
const ANY_VERSION = '0.0.0';
/** What Odoo takes for the version of a manifest that states none. */
export const NO_VERSION = '1.0';
/** A folder's name: two or three numbers, with or without the series before them. */
const FOLDER_VERSION =
  /^(?:(?:6\.1|[6-9]\.0|[1-9]\d+\.0|(?:7|8|9|10)\.saas~[1-9]\d*|saas~(?:1[1-9]|[2-9]\d+)\.[1-9])\.)?\d+\.\d+(?:\.\d+)?$/;

type Version = readonly number[];

/** Numbers to compare by; zeros at the end do not count. */
function parse(version: string): Version {
  const numbers = (version.match(/\d+/g) ?? []).map(Number);
  while (numbers.at(-1) === 0) numbers.pop();
  return numbers;
}

/** Negative where `a` is the older one. */
export function compareVersions(a: Version, b: Version): number {
  const differs = a.findIndex((number, index) => number !== b[index]);
  return differs === -1 ? a.length - b.length : (a[differs] ?? 0) - (b[differs] ?? -1);
}

const dots = (version: string): number => version.split('.').length - 1;

/** `1.1` of a manifest as `19.0.1.1`, as the database keeps it. */
export const inDatabase = (version: string, series: string): string =>
  dots(version) > 2 || version.startsWith(series) ? version : `${series}.${version}`;

/** The version of a folder with its series. */
const inFull = (version: string, series: string): string => (dots(version) > 2 ? version : `${series}.${version}`);

/** Scripts of a module by the version of their folder: `migrations/1.1/pre-rename.py`, from the module's folder. */
function scriptsByVersion(module: string, files: readonly string[]): Map<string, string[]> {
  const scripts = new Map<string, string[]>();
  for (const file of files) {
    if (!file.startsWith(`${module}/`)) continue;
    const path = file.slice(module.length + 1);
    const [folder = '', version = '', name = '', ...deeper] = path.split('/');
    if (deeper.length > 0 || !FOLDERS.includes(folder) || !FOLDER_VERSION.test(version) || !/^(?:pre|post|end)-.*\.py$/.test(name))
      continue;
    scripts.set(version, [...(scripts.get(version) ?? []), path]);
  }
  return scripts;
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The scripts that Odoo runs to bring one module from its old version to its new one, in Odoo's order. */
function scriptsOf(scripts: ReadonlyMap<string, readonly string[]>, installed: Version, current: Version, series: string): string[] {
  const runs = (version: string): boolean => {
    if (version === ANY_VERSION) return compareVersions(installed, current) < 0;
    const full = parse(inFull(version, series));
    // Without its series, a folder counts for its module's part alone: a new series does not run it again.
    const from = dots(version) > 2 ? 0 : 2;
    const part = full.slice(from);
    return compareVersions(installed.slice(from), part) < 0 && compareVersions(part, current.slice(from)) <= 0;
  };
  const versions = [...scripts.keys()]
    .filter((version) => version !== ANY_VERSION && runs(version))
    .sort((a, b) => compareVersions(parse(inFull(a, series)), parse(inFull(b, series))) || byCodeUnit(a, b));
  const always = scripts.has(ANY_VERSION) && runs(ANY_VERSION) ? [ANY_VERSION] : [];
  return STAGES.flatMap((stage) =>
    (stage === 'pre' ? [...always, ...versions] : [...versions, ...always]).flatMap((version) =>
      (scripts.get(version) ?? [])
        .filter((path) => nameOf(path).startsWith(`${stage}-`))
        .sort((a, b) => byCodeUnit(nameOf(a), nameOf(b)) || byCodeUnit(a, b)),
    ),
  );
}

/**
 * Modules that a deployment brings to a newer version, one entry a script; a module without a script has one entry that says so.
 * Odoo runs them where the module is installed. A version that goes down brings no script: databases do not go back by themselves.
 * @param files paths of the commit that is deployed
 * @param series such as `19.0`
 */
export function migrationsOf(modules: readonly ModuleChange[], files: readonly string[], series: string): MigrationPlan[] {
  return modules.flatMap(({ module, path, change, old_version, new_version }): MigrationPlan[] => {
    if (change === 'removed') return [];
    const version = new_version ?? NO_VERSION;
    if (change === 'added') return [{ module, old_version: null, new_version: version, script: null }];
    const [old, now] = [old_version ?? NO_VERSION, version].map((text) => inDatabase(text, series)) as [string, string];
    const [installed, current] = [parse(old), parse(inFull(now, series))];
    if (old === now || compareVersions(installed, current) >= 0) return [];
    const scripts = scriptsOf(scriptsByVersion(path, files), installed, current, series);
    return (scripts.length > 0 ? scripts : [null]).map((script) => ({
      module,
      old_version: old_version ?? NO_VERSION,
      new_version: version,
      script,
    }));
  });
}
