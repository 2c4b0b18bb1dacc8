import { workTreeChanges } from '../adapters/git/work-tree.ts';
import { completeAddonsPath } from '../adapters/odoo/addons-path.ts';
import { installedModules } from '../adapters/odoo/database.ts';
import { listModules } from '../adapters/odoo/list-modules.ts';
import { connectionOf } from '../adapters/odoo/server-environment.ts';
import { odooShell, psql, type TerminalProgram } from '../adapters/odoo/terminal.ts';
import { addonsFolders } from '../core/config/schema.ts';
import { moduleChoices, type ModuleChoice } from '../core/devserver/module-choices.ts';
import { moduleFolder } from '../core/repository/module.ts';
import { devServerOptions, type DevOptions } from './dev.ts';
import type { Workspace } from './workspace.ts';

export type { TerminalProgram };

/** The program for a terminal beside the development server: the same Odoo, database and role. @throws OpsError */
export async function terminalProgram(workspace: Workspace, what: 'shell' | 'psql', options: DevOptions): Promise<TerminalProgram> {
  const parsed = await devServerOptions(workspace, { ...options, reloader: 'odoo' });
  return what === 'shell' ? odooShell(parsed) : psql(parsed);
}

/** The modules that could be updated, the likely ones first. What cannot be asked (git, the database) leaves its part out. */
export async function updatableModules(
  workspace: Workspace,
  needsUpdate: ReadonlyMap<string, readonly string[]>,
  options: DevOptions,
): Promise<ModuleChoice[]> {
  const parsed = await devServerOptions(workspace, { ...options, reloader: 'odoo' });
  const addonsPath = await completeAddonsPath(parsed.odooHome, parsed.addonsPath, () => undefined);
  const folders = addonsFolders(workspace.config);
  const [known, changes, installed] = await Promise.all([
    listModules(addonsPath),
    workTreeChanges(workspace.git).catch(() => []),
    connectionOf(parsed).then(({ connection }) => installedModules(connection, parsed.database)),
  ]);
  const changed = changes.map(({ path }) => moduleFolder(path, folders)?.split('/').at(-1)).filter((name) => name !== undefined);
  return moduleChoices({ needsUpdate, changed, known: [...known.keys()], installed });
}
