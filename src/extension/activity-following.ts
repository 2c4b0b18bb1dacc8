import * as vscode from 'vscode';
import type { ActivityModel } from './activity-model.ts';
import type { Host } from './host.ts';

const DEBOUNCE_MS = 500;

/** While the view is seen: asks when it comes into sight, when this clone writes evidence, and when the feed says so. Else never. */
export function followWhileVisible(
  host: Host,
  model: ActivityModel,
  view: vscode.TreeView<unknown>,
  onDidChangePerson: vscode.Event<void>,
): vscode.Disposable {
  let seen: AbortController | undefined;
  let debounce: NodeJS.Timeout | undefined;
  const poll = () => {
    if (seen) void model.poll();
  };

  const watch = (base: vscode.WorkspaceFolder | vscode.Uri, glob: string): vscode.Disposable => {
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(base, glob));
    const soon = () => {
      clearTimeout(debounce);
      debounce = setTimeout(poll, DEBOUNCE_MS);
    };
    return vscode.Disposable.from(watcher, watcher.onDidCreate(soon), watcher.onDidChange(soon), watcher.onDidDelete(soon));
  };

  /** Told of changes where the control plane can, else by looking. */
  const followFeed = async (signal: AbortSignal): Promise<void> => {
    const { activityFeed, pollingFeed } = await import('../runtime/activity-feed.ts');
    try {
      const workspace = await host.open({ signal, report: host.logEvent });
      // Each act of this clone ends with a line in its ledger. The folders of records are new ones, and what is written into a new
      // folder before the watch on it stands is told by nobody.
      const watcher = watch(vscode.Uri.file(workspace.stateFolder), '*.jsonl');
      signal.addEventListener('abort', () => void watcher.dispose());
      if (signal.aborted) watcher.dispose();
      await activityFeed(workspace).follow(poll, signal);
    } catch (error) {
      if (signal.aborted) return;
      // Without a repository there is nothing to be told of, but one may come.
      host.log.debug(`Activity: ${error instanceof Error ? error.message : String(error)}`);
      await pollingFeed().follow(poll, signal);
    }
  };

  const start = () => {
    const controller = (seen = new AbortController());
    const { signal } = controller;
    void model.poll();
    const folder = host.folder();
    // Acts that begin or end in a terminal of this clone show at once.
    const watcher = folder && watch(folder, '**/record.json');
    signal.addEventListener('abort', () => void watcher?.dispose());
    void followFeed(signal);
  };
  const stop = () => {
    clearTimeout(debounce);
    seen?.abort();
    seen = undefined;
  };
  const visibility = view.onDidChangeVisibility(({ visible }) => {
    stop();
    if (visible) start();
  });
  const again = () => {
    if (!seen) return;
    stop();
    start();
  };
  const trust = vscode.Disposable.from(
    vscode.workspace.onDidGrantWorkspaceTrust(again),
    vscode.workspace.onDidChangeWorkspaceFolders(again),
    onDidChangePerson(again),
  );
  if (view.visible) start();
  return vscode.Disposable.from(visibility, trust, { dispose: stop });
}
