import * as vscode from 'vscode';

/** Scheme of our read-only documents: plans and records. */
const SCHEME = 'odoo-ops';

export interface Documents extends vscode.Disposable {
  /** Shows a text as a read-only Markdown document. The name is its tab's title. */
  show: (name: string, text: string) => Promise<vscode.TextDocument>;
}

export function createDocuments(): Documents {
  const texts = new Map<string, string>();
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    onDidChange: changed.event,
    provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? 'This document belonged to an earlier session. Run the command again.',
  });
  const closed = vscode.workspace.onDidCloseTextDocument(({ uri }) => texts.delete(uri.toString()));
  return {
    show: async (name, text) => {
      const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name.replaceAll('/', '∕')}.md` });
      texts.set(uri.toString(), text);
      changed.fire(uri);
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document, { preview: true });
      return document;
    },
    dispose: () => {
      registration.dispose();
      closed.dispose();
      changed.dispose();
    },
  };
}
