import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import * as vscode from 'vscode';

/** Paths from the root of the repository, and the files of the editor that they are. */
export interface RepositoryFiles {
  uriOf: (path: string) => vscode.Uri;
  /** Undefined for a file that is not in the repository. */
  pathOf: (uri: vscode.Uri) => string | undefined;
}

const below = (folder: string, file: string): string | undefined => {
  const path = relative(folder, file);
  return path.startsWith('..') || isAbsolute(path) ? undefined : path.split(sep).join('/');
};

/**
 * @param root as git says it, without symbolic links
 * @param folder as it was opened, maybe through one: the editor knows its files by that name
 */
export async function repositoryFiles(root: string, folder: vscode.Uri = vscode.Uri.file(root)): Promise<RepositoryFiles> {
  const real = await realpath(folder.fsPath).catch(() => folder.fsPath);
  /** '' where the folder is the root; undefined where it is not in the repository at all. */
  const prefix = below(root, real);
  const inFolder = (path: string) =>
    prefix === '' ? path : path.startsWith(`${prefix ?? '/'}/`) ? path.slice((prefix ?? '').length + 1) : undefined;
  return {
    uriOf: (path) => {
      const rest = inFolder(path);
      return rest === undefined ? vscode.Uri.joinPath(vscode.Uri.file(root), path) : vscode.Uri.joinPath(folder, rest);
    },
    pathOf: ({ scheme, fsPath }) => {
      if (scheme !== 'file') return undefined;
      const rest = prefix === undefined ? undefined : below(folder.fsPath, fsPath);
      if (rest === undefined) return below(root, fsPath);
      return prefix === '' ? rest : `${prefix ?? ''}/${rest}`;
    },
  };
}
