import { rmSync } from 'node:fs';
import { chmod, cp, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunAs } from './run-as.ts';

const PACKAGE = 'odoo_reload';

export interface ReloadProgram {
  /** What Python runs. */
  path: string;
  /** Removes what was made for it. May be called again. */
  dispose: () => void;
}

/**
 * The program, in a place that its user can read. Our own folder may lie in a home that is closed to others (0700), so for another
 * user it is copied to a folder of its own, which goes when the server does.
 */
export async function reloadProgram(folder: string, runAs: RunAs | undefined): Promise<ReloadProgram> {
  if (runAs === undefined) return { path: join(folder, PACKAGE), dispose: () => undefined };
  const copy = await mkdtemp(join(tmpdir(), 'odoo-ops-reload-'));
  const dispose = (): void => {
    process.off('exit', dispose);
    rmSync(copy, { recursive: true, force: true });
  };
  process.on('exit', dispose);
  try {
    await cp(folder, copy, { recursive: true, filter: (path) => !path.endsWith('__pycache__') });
    await openToAll(copy);
  } catch (error) {
    dispose();
    throw error;
  }
  return { path: join(copy, PACKAGE), dispose };
}

/** Whatever our umask is, and whatever the modes of the installed files. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else await chmod(path, 0o644);
  }
}
