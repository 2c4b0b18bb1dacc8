import * as vscode from 'vscode';
import type { Host } from '../host.ts';
import type { OverviewModel } from '../overview-model.ts';
import type { PullRequestsModel } from './model.ts';
import { isChanging } from './state.ts';

const POLL_MS = 60_000;
const DEBOUNCE_MS = 500;

/**
 * When environments are asked for: only while the view is seen, and by events: it comes into sight, pull requests or their heads changed, an
 * act of this clone wrote its record. They are polled only while one of them is on its way to another state.
 */
export function followEnvironments(
  host: Host,
  overview: OverviewModel,
  model: PullRequestsModel,
  view: vscode.TreeView<unknown>,
): vscode.Disposable {
  let debounce: NodeJS.Timeout | undefined;
  let poll: NodeJS.Timeout | undefined;
  let watcher: vscode.Disposable | undefined;
  let asked = '';

  const soon = () => {
    clearTimeout(debounce);
    debounce = setTimeout(() => {
      if (view.visible) void model.refresh();
    }, DEBOUNCE_MS);
  };
  const pollWhileChanging = () => {
    const wanted = view.visible && model.rows.some(isChanging);
    if (!wanted) clearInterval(poll);
    poll = wanted ? (poll ?? setInterval(soon, POLL_MS)) : undefined;
  };
  const onOverview = () => {
    const { pullRequests = [], forks = [], gitHub } = overview.overview ?? {};
    const heads = [...pullRequests.flatMap(({ pullRequest }) => pullRequest ?? []), ...forks].map(({ number, head }) => [number, head]);
    const now = JSON.stringify([overview.state, gitHub, heads]);
    if (now === asked) return;
    asked = now;
    soon();
  };
  const onVisibility = () => {
    watcher?.dispose();
    watcher = undefined;
    pollWhileChanging();
    if (!view.visible) return;
    soon();
    const folder = host.folder();
    if (!folder) return;
    const records = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, '**/record.json'));
    watcher = vscode.Disposable.from(records, records.onDidCreate(soon), records.onDidChange(soon));
  };
  const disposables = [
    view.onDidChangeVisibility(onVisibility),
    vscode.workspace.onDidChangeWorkspaceFolders(onVisibility),
    overview.onDidChange(onOverview),
    model.onDidChange(pollWhileChanging),
  ];
  onVisibility();
  return {
    dispose: () => {
      clearTimeout(debounce);
      clearInterval(poll);
      watcher?.dispose();
      vscode.Disposable.from(...disposables).dispose();
    },
  };
}
