import * as vscode from 'vscode';

/** Scheme of our read-only documents: plans and records. */
const SCHEME = 'odoo-ops';

/** The files that a text names. */
export interface FilesBeside {
  folder: vscode.Uri;
  /** Reads one that does not lie there as a file: an old record's are in an archive. */
  read: (path: string) => Promise<string>;
}

/** The files beside a record that its text names: its logs open with a click. */
function linksOf(document: vscode.TextDocument, { folder }: FilesBeside): Promise<vscode.DocumentLink[]> {
  const names = [...document.getText().matchAll(/(?<=\s)(?:logs\/[\w.-]+|[\w-]+\.json)(?=\s|$)/gm)];
  return Promise.all(
    names.map(async ({ index, 0: path }) => {
      const range = new vscode.Range(document.positionAt(index), document.positionAt(index + path.length));
      const file = vscode.Uri.joinPath(folder, path);
      const exists = await vscode.workspace.fs.stat(file).then(
        () => true,
        () => false,
      );
      // Its name alone as the path, so that it is shown as what it is; where it comes from is in the query.
      const name = path.slice(path.lastIndexOf('/') + 1);
      const unpacked = vscode.Uri.from({ scheme: SCHEME, path: `/${name}`, query: JSON.stringify([document.uri.toString(), path]) });
      return new vscode.DocumentLink(range, exists ? file : unpacked);
    }),
  );
}

export interface Documents extends vscode.Disposable {
  /**
   * Shows a text as a read-only document.
   * @param name title of its tab
   * @param files those that it names
   * @param extension Markdown unless told
   */
  show: (name: string, text: string, files?: FilesBeside, extension?: 'md' | 'log') => Promise<vscode.TextDocument>;
}

export function createDocuments(): Documents {
  const texts = new Map<string, { text: string; files: FilesBeside | undefined }>();
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    onDidChange: changed.event,
    provideTextDocumentContent: (uri) => {
      const [owner, path] = uri.query === '' ? [] : (JSON.parse(uri.query) as string[]);
      const files = owner === undefined ? undefined : texts.get(owner)?.files;
      if (files && path !== undefined) return files.read(path);
      return texts.get(uri.toString())?.text ?? 'This document belonged to an earlier session. Run the command again.';
    },
  });
  const links = vscode.languages.registerDocumentLinkProvider(
    { scheme: SCHEME },
    {
      provideDocumentLinks: (document) => {
        const files = texts.get(document.uri.toString())?.files;
        return files ? linksOf(document, files) : [];
      },
    },
  );
  const closed = vscode.workspace.onDidCloseTextDocument(({ uri }) => texts.delete(uri.toString()));
  return {
    show: async (name, text, files, extension = 'md') => {
      const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name.replaceAll('/', '∕')}.${extension}` });
      texts.set(uri.toString(), { text, files });
      changed.fire(uri);
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document, { preview: true });
      return document;
    },
    dispose: () => {
      vscode.Disposable.from(registration, links, closed, changed).dispose();
    },
  };
}
