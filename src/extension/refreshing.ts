import * as vscode from 'vscode';
import type { Host } from './host.ts';
import type { OverviewModel } from './overview-model.ts';

const POLL_MS = 60_000;
const DEBOUNCE_MS = 300;

/** The overview is asked again after a change of the configuration too; who follows branches alone is told of those only. */
const REFS = ['HEAD', 'packed-refs', 'refs/{heads,remotes}/**'];

/**
 * When the model is asked again: by events first (refs, configuration, trust, folders), and by polling the remote only while one of
 * the views is visible.
 */
export function refreshWhenNeeded(
  host: Host,
  model: OverviewModel,
  views: readonly vscode.TreeView<unknown>[],
  onDidChangeRefs: () => void,
): vscode.Disposable {
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
  let watched: string | undefined;
  const watchFolder = () => {
    watchers?.dispose();
    watched = model.gitFolder;
    const folder = host.folder();
    if (!folder) return;
    const git = watched === undefined ? vscode.Uri.joinPath(folder.uri, '.git') : vscode.Uri.file(watched);
    const refsMoved = () => {
      onDidChangeRefs();
      soon();
    };
    const watch = (pattern: vscode.RelativePattern, told: () => void) => {
      const watcher = vscode.workspace.createFileSystemWatcher(pattern);
      return [watcher, watcher.onDidChange(told), watcher.onDidCreate(told), watcher.onDidDelete(told)];
    };
    watchers = vscode.Disposable.from(
      ...watch(new vscode.RelativePattern(folder, 'odoo-ops.yml'), soon),
      ...REFS.flatMap((glob) => watch(new vscode.RelativePattern(git, glob), refsMoved)),
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
  disposables.push(
    vscode.workspace.onDidGrantWorkspaceTrust(soon),
    vscode.workspace.onDidChangeWorkspaceFolders(() => {
      watchFolder();
      soon();
    }),
  );
  disposables.push(
    model.onDidChange(() => {
      if (model.gitFolder !== watched) watchFolder();
    }),
  );
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
