import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Root of this program's own package: the sources and the bundle lie at different depths below it. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

export function packageVersion(): string {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
  // Our own file, and read at every start: no schema.
  return (JSON.parse(text) as { version: string }).version;
}
