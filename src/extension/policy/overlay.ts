import * as vscode from 'vscode';
import type { RepositoryFiles } from '../repository-files.ts';

/** What the editor holds at one moment of the files that rules read. */
export interface Overlay {
  /** Unsaved texts by path. */
  texts: ReadonlyMap<string, string>;
  /** Versions of all open documents by path. */
  versions: ReadonlyMap<string, number>;
}

export function overlayOf(files: RepositoryFiles, reads: (path: string) => boolean): Overlay {
  const known = vscode.workspace.textDocuments.flatMap((document) => {
    const path = files.pathOf(document.uri);
    return path !== undefined && reads(path) && !document.isClosed ? [{ path, document }] : [];
  });
  return {
    texts: new Map(known.filter(({ document }) => document.isDirty).map(({ path, document }) => [path, document.getText()])),
    versions: new Map(known.map(({ path, document }) => [path, document.version])),
  };
}
