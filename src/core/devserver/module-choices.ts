import { byCodeUnit } from '../config/paths.ts';

/** A module that could be updated, and why it stands where it stands. */
export interface ModuleChoice {
  module: string;
  group: 'needed' | 'changed' | 'other';
  /** Why it needs the update; empty in the other groups. */
  reasons: readonly string[];
}

export interface ModuleFacts {
  /** What the server says; in its order. */
  needsUpdate: ReadonlyMap<string, readonly string[]>;
  /** Modules with changes that are not committed. */
  changed: readonly string[];
  /** Modules of the addons path. */
  known: readonly string[];
  /** Modules in the database; undefined where it could not be asked. */
  installed: readonly string[] | undefined;
}

/** First what needs an update, then what was changed, then the rest: each module once. Odoo updates only what is installed. */
export function moduleChoices({ needsUpdate, changed, known, installed }: ModuleFacts): ModuleChoice[] {
  const present = new Set(known);
  const inDatabase = installed && new Set(installed);
  const possible = (module: string): boolean => present.has(module) && (inDatabase?.has(module) ?? true);
  const seen = new Set(needsUpdate.keys());
  const rest = (modules: readonly string[], group: 'changed' | 'other'): ModuleChoice[] =>
    [...new Set(modules)]
      .filter((module) => possible(module) && !seen.has(module))
      .sort(byCodeUnit)
      .map((module) => {
        seen.add(module);
        return { module, group, reasons: [] };
      });
  return [
    ...[...needsUpdate].map(([module, reasons]): ModuleChoice => ({ module, group: 'needed', reasons })),
    ...rest(changed, 'changed'),
    ...rest(known, 'other'),
  ];
}
