import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_FILE } from '../../core/repository/module.ts';

const isModule = (folder: string): Promise<boolean> =>
  stat(join(folder, MANIFEST_FILE)).then(
    (found) => found.isFile(),
    () => false,
  );

/** The folder of each module of an addons path, by its name; the first one wins, as for Odoo. Folders that cannot be read hold none. */
export async function listModules(addonsPath: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of addonsPath) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => /^\w+$/.test(name)).sort();
    const modules = await Promise.all(names.map((name) => isModule(join(folder, name))));
    names.forEach((name, index) => {
      if (modules[index] === true && !found.has(name)) found.set(name, join(folder, name));
    });
  }
  return found;
}
