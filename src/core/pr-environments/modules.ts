import * as z from 'zod';
import { byCodeUnit } from '../config/paths.ts';
import { inDatabase, NO_VERSION } from '../deployment/migrations.ts';
import type { ModuleChange, ModuleManifest } from '../repository/module.ts';

/** A row of Odoo's `ir_module_module`. */
export const moduleRowSchema = z.object({ name: z.string(), state: z.string().nullable(), latest_version: z.string().nullable() });
export type ModuleRow = z.infer<typeof moduleRowSchema>;

/** The query that gives such rows. */
export const MODULE_ROWS_SQL = 'select name, state, latest_version from public.ir_module_module order by name';

export type ManifestFacts = Pick<ModuleManifest, 'version' | 'installable'>;

export interface ModuleWorkFacts {
  /** From the commit that the database was made with to the one that is built. */
  changes: readonly ModuleChange[];
  /** Of the commit that is built, by module: at least of the changed ones. The first on the addons path counts, as for Odoo. */
  manifests: ReadonlyMap<string, ManifestFacts>;
  rows: readonly ModuleRow[];
}

/** A module that has to be there in the end, at the version of its manifest. */
export interface AskedModule {
  module: string;
  version: string | null;
}

/** What Odoo is asked to do with the modules of a copy. It also updates what depends on them. */
export interface ModuleWork {
  install: string[];
  update: string[];
  asked: AskedModule[];
  /** Installed in the copy, and not in the commit any more: Odoo runs without their code. */
  removed: string[];
  /** Changed, and their manifest says that nobody installs them. */
  skipped: string[];
}

/** `19.0` of a database, by the version of its module base; null where it has none. */
export const seriesOf = (rows: readonly ModuleRow[]): string | null =>
  /^(?:saas~)?\d+\.\d+(?=\.)/.exec(rows.find(({ name }) => name === 'base')?.latest_version ?? '')?.[0] ?? null;

/** A manifest's version as Odoo writes it into the database. */
export const versionIn = (series: string | null, version: string | null): string =>
  series === null ? (version ?? NO_VERSION) : inDatabase(version ?? NO_VERSION, series);

/** Whether a module is in the database, or on its way there or out. */
const isThere = ({ state }: ModuleRow): boolean => ['installed', 'to upgrade', 'to remove'].includes(state ?? '');

/**
 * Which modules are installed and updated for a commit: those that it changed, and those whose version in the copy is not that of their
 * manifest. Each list in order.
 */
export function moduleWork({ changes, manifests, rows }: ModuleWorkFacts): ModuleWork {
  const there = new Map(rows.filter(isThere).map((row) => [row.name, row]));
  const series = seriesOf(rows);
  const manifestOf = ({ module, change, new_version: version }: ModuleChange): ManifestFacts | undefined =>
    manifests.get(module) ?? (change === 'removed' ? undefined : { version, installable: true });
  const changed = new Map(changes.map((change) => [change.module, manifestOf(change)]));
  const drifted = [...manifests].filter(([name, { version }]) => {
    const row = there.get(name);
    return row !== undefined && row.latest_version !== versionIn(series, version);
  });
  const all = [...new Map<string, ManifestFacts | undefined>([...changed, ...drifted])].sort(([a], [b]) => byCodeUnit(a, b));
  const able = all.filter((one): one is [string, ManifestFacts] => one[1]?.installable === true);
  const names = (list: readonly (readonly [string, unknown])[]): string[] => list.map(([name]) => name);
  return {
    install: names(able.filter(([name]) => !there.has(name))),
    update: names(able.filter(([name]) => there.has(name))),
    asked: able.map(([module, { version }]) => ({ module, version })),
    removed: names(all.filter(([name, manifest]) => manifest === undefined && there.has(name))),
    skipped: names(all.filter(([, manifest]) => manifest?.installable === false)),
  };
}

/**
 * Words for Odoo's command; none where there is nothing to do.
 * @param tested modules whose tests run, after they were installed or updated; tests of pages need Odoo to answer
 */
export function moduleArguments({ install, update }: Pick<ModuleWork, 'install' | 'update'>, tested: readonly string[] = []): string[] {
  const words = [...(install.length > 0 ? ['-i', install.join(',')] : []), ...(update.length > 0 ? ['-u', update.join(',')] : [])];
  if (words.length === 0) return [];
  // Without workers: tests of pages ask the server that runs them, which only a threaded one has.
  const tests = tested.length === 0 ? ['--no-http'] : ['--workers=0', '--test-tags', tested.map((module) => `/${module}`).join(',')];
  return [...words, '--stop-after-init', ...tests];
}
