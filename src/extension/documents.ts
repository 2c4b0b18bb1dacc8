import * as vscode from 'vscode';

/** Scheme of our read-only documents: plans and records. */
const SCHEME = 'odoo-ops';

/** The files beside a record that its text names: its logs open with a click. */
function linksOf(document: vscode.TextDocument, folder: vscode.Uri): vscode.DocumentLink[] {
  return [...document.getText().matchAll(/(?<=\s)(?:logs\/[\w.-]+|[\w-]+\.json)(?=\s|$)/gm)].map((match) => {
    const range = new vscode.Range(document.positionAt(match.index), document.positionAt(match.index + match[0].length));
    return new vscode.DocumentLink(range, vscode.Uri.joinPath(folder, match[0]));
  });
}

export interface Documents extends vscode.Disposable {
  /**
   * Shows a text as a read-only Markdown document.
   * @param name title of its tab
   * @param folder where the files lie that it names
   */
  show: (name: string, text: string, folder?: vscode.Uri) => Promise<vscode.TextDocument>;
}

export function createDocuments(): Documents {
  const texts = new Map<string, { text: string; folder: vscode.Uri | undefined }>();
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    onDidChange: changed.event,
    provideTextDocumentContent: (uri) =>
      texts.get(uri.toString())?.text ?? 'This document belonged to an earlier session. Run the command again.',
  });
  const links = vscode.languages.registerDocumentLinkProvider(
    { scheme: SCHEME },
    {
      provideDocumentLinks: (document) => {
        const folder = texts.get(document.uri.toString())?.folder;
        return folder ? linksOf(document, folder) : [];
      },
    },
  );
  const closed = vscode.workspace.onDidCloseTextDocument(({ uri }) => texts.delete(uri.toString()));
  return {
    show: async (name, text, folder) => {
      const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name.replaceAll('/', '∕')}.md` });
      texts.set(uri.toString(), { text, folder });
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
