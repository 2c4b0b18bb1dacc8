import * as vscode from 'vscode';
import type { Host } from './host.ts';
import type { OverviewModel } from './overview-model.ts';

const POLL_MS = 60_000;
const DEBOUNCE_MS = 300;

/**
 * When the model is asked again: by events first (refs, configuration, trust, folders), and by polling the remote only while one of
 * the views is visible.
 */
export function refreshWhenNeeded(host: Host, model: OverviewModel, views: readonly vscode.TreeView<unknown>[]): vscode.Disposable {
  const disposables: vscode.Disposable[] = [];
  let debounce: NodeJS.Timeout | undefined;
  let poll: NodeJS.Timeout | undefined;
  const soon = () => {
    clearTimeout(debounce);
    debounce = setTimeout(() => void model.refresh(), DEBOUNCE_MS);
  };
  const pollWhileVisible = () => {
    clearInterval(poll);
    poll = undefined;
    if (views.some(({ visible }) => visible)) poll = setInterval(() => void model.refresh({ fetch: true }), POLL_MS);
  };
  let watchers: vscode.Disposable | undefined;
  const watchFolder = () => {
    watchers?.dispose();
    const folder = host.folder();
    if (!folder) return;
    watchers = vscode.Disposable.from(
      ...['.git/HEAD', '.git/packed-refs', '.git/refs/{heads,remotes}/**', 'odoo-ops.yml'].flatMap((pattern) => {
        const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, pattern));
        return [watcher, watcher.onDidChange(soon), watcher.onDidCreate(soon), watcher.onDidDelete(soon)];
      }),
    );
  };
  watchFolder();
  for (const view of views) {
    disposables.push(
      view.onDidChangeVisibility(({ visible }) => {
        pollWhileVisible();
        if (visible) soon();
      }),
    );
  }
  disposables.push(vscode.workspace.onDidGrantWorkspaceTrust(soon), vscode.workspace.onDidChangeWorkspaceFolders(() => {
      watchFolder();
      soon();
    }));
  pollWhileVisible();
  return {
    dispose: () => {
      clearTimeout(debounce);
      clearInterval(poll);
      watchers?.dispose();
      vscode.Disposable.from(...disposables).dispose();
    },
  };
}
