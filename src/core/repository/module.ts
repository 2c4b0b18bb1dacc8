import * as z from 'zod';
import { byCodeUnit } from '../config/paths.ts';
import type { FileChange } from './commit.ts';

export const MANIFEST_FILE = '__manifest__.py';

/** What we read of an Odoo module's `__manifest__.py`. */
export const moduleManifestSchema = z.object({
  name: z.string().default(''),
  version: z.string().nullable().default(null),
  depends: z.array(z.string()).default([]),
  installable: z.boolean().default(true),
});
export type ModuleManifest = z.infer<typeof moduleManifestSchema>;

/** How a promotion changes one module. */
export const moduleChangeSchema = z.object({
  module: z.string(),
  /** Folder of the module in the repository. */
  path: z.string(),
  change: z.enum(['added', 'changed', 'removed']),
  old_version: z.string().nullable(),
  new_version: z.string().nullable(),
});
export type ModuleChange = z.infer<typeof moduleChangeSchema>;

/** Folder of the module that holds `path`, or undefined: a module lies directly below an addons folder. */
export function moduleFolder(path: string, addonsFolders: readonly string[]): string | undefined {
  for (const folder of addonsFolders) {
    const prefix = folder === '' ? '' : `${folder}/`;
    if (!path.startsWith(prefix)) continue;
    const [name, ...rest] = path.slice(prefix.length).split('/');
    if (name !== undefined && rest.length > 0) return prefix + name;
  }
  return undefined;
}

/** Folders of the modules that a change touches, in order. */
export function touchedModules(changes: readonly Pick<FileChange, 'path'>[], addonsFolders: readonly string[]): string[] {
  const folders = changes.map(({ path }) => moduleFolder(path, addonsFolders)).filter((folder) => folder !== undefined);
  return [...new Set(folders)].sort(byCodeUnit);
}

/** A module before and after; folders without a manifest on either side are no modules. */
export function moduleChange(path: string, before: ModuleManifest | null, after: ModuleManifest | null): ModuleChange | undefined {
  if (before === null && after === null) return undefined;
  return {
    module: path.slice(path.lastIndexOf('/') + 1),
    path,
    change: before === null ? 'added' : after === null ? 'removed' : 'changed',
    old_version: before?.version ?? null,
    new_version: after?.version ?? null,
  };
}
