import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '../../core/events.ts';

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** A folder that Odoo 19 takes: one child at least has both files (`_is_addons_path` in `odoo/tools/config.py`). */
async function holdsModules(folder: string): Promise<boolean> {
  for (const name of await readdir(folder)) {
    if ((await isFile(join(folder, name, '__manifest__.py'))) && (await isFile(join(folder, name, '__init__.py')))) return true;
  }
  return false;
}

/**
 * The addons path to start with, in the given order, without what Odoo would skip anyway (it only logs a warning), so that the
 * person hears of it. An entry that is a whole Odoo source tree stands for its `addons`.
 *
 * Odoo 19 adds `odoo/addons` (first) and `$ODOO_HOME/addons` (last) by itself (`initialize_sys_path` in `odoo/modules/module.py`). Last
 * would let any addon shadow a core module of the same name, so where the path does not name the core addons they come first here.
 * A packaged Odoo has all of them in `odoo/addons`, which needs no entry.
 */
export async function completeAddonsPath(odooHome: string, addonsPath: readonly string[], report: Report): Promise<string[]> {
  const core = join(odooHome, 'addons');
  const kept = new Map<string, string>();
  for (const entry of addonsPath) {
    const folder = (await isFile(join(entry, 'odoo-bin'))) ? join(entry, 'addons') : entry;
    const problem = await holdsModules(folder).then(
      (good) => (good ? undefined : 'holds no module'),
      () => 'is not a folder that can be read',
    );
    if (problem === undefined) {
      const real = await realpath(folder);
      if (!kept.has(real)) kept.set(real, folder);
    } else {
      report({ type: 'text', level: 'warning', text: `Addons path: ${folder} ${problem}, left out.` });
    }
  }
  const realCore = await realpath(core).catch(() => undefined);
  const coreIsMissing = realCore !== undefined && !kept.has(realCore) && (await holdsModules(core).catch(() => false));
  return [...(coreIsMissing ? [core] : []), ...kept.values()];
}
