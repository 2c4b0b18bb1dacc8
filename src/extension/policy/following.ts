import * as vscode from 'vscode';
import { CONFIG_FILE } from '../../core/config/schema.ts';
import type { Host } from '../host.ts';
import type { OverviewModel } from '../overview-model.ts';
import type { PolicyModel } from './model.ts';

/** Folders that editors and git write into all the time, and no rule reads. */
const NOISE = /\/(?:\.git|node_modules|__pycache__)\//;

export interface PolicyFollowing extends vscode.Disposable {
  /** Checks for the first time, where nobody has yet and the repository is one of ours. */
  begin: () => void;
  /** Branches, tags or HEAD moved. */
  repositoryChanged: () => void;
}

/**
 * When the rules are asked again: while somebody types in a file that one of them reads, when files change on disk, when branches or
 * the configuration do. Nothing is asked before the first check, and nothing waits for it.
 */
export function followChanges(host: Host, overview: OverviewModel, policy: PolicyModel, view: vscode.TreeView<unknown>): PolicyFollowing {
  const hasBegun = () => policy.state !== 'waiting';
  const isConfig = (uri: vscode.Uri) => uri.path.endsWith(`/${CONFIG_FILE}`);
  const start = () => {
    if (!hasBegun() || policy.state === 'failed') policy.soon({ changed: 'all' });
  };
  const begin = () => {
    if (overview.overview && overview.state !== 'noConfiguration') start();
  };

  const typed = ({ uri, isUntitled }: vscode.TextDocument) => {
    if (hasBegun() && !isUntitled && uri.scheme === 'file' && policy.reads(uri)) policy.soon({});
  };
  const onDisk = (uri: vscode.Uri, isListed: boolean) => {
    if (!hasBegun() || NOISE.test(uri.path)) return;
    if (isConfig(uri)) policy.soon({ reopen: true, changed: 'all' });
    else if (policy.reads(uri)) policy.soon({ changed: isListed ? new Set([uri.toString()]) : 'all' });
  };
  /** A person looks at a file that a rule reads: what is found in it should not wait for the remote's answer. */
  const opened = async ({ uri }: vscode.TextDocument): Promise<void> => {
    if (hasBegun() || !overview.overview || uri.scheme !== 'file') return;
    const folder = host.folder();
    if (!folder || !uri.fsPath.startsWith(folder.uri.fsPath)) return;
    const { readsFile } = await import('../../runtime/policy/session.ts');
    if (readsFile(vscode.workspace.asRelativePath(uri, false))) begin();
  };

  let watcher: vscode.Disposable | undefined;
  const watch = () => {
    watcher?.dispose();
    const folder = host.folder();
    if (!folder) return;
    const files = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, '**/*'));
    watcher = vscode.Disposable.from(
      files,
      files.onDidChange((uri) => onDisk(uri, true)),
      files.onDidCreate((uri) => onDisk(uri, false)),
      files.onDidDelete((uri) => onDisk(uri, false)),
    );
  };
  watch();

  let isFirst = true;
  let isTrustNew = false;
  const disposables = vscode.Disposable.from(
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) typed(document);
    }),
    // Closed without being saved, what was typed is gone.
    vscode.workspace.onDidCloseTextDocument((document) => {
      const path = policy.shown?.files.pathOf(document.uri);
      if (path !== undefined && policy.shown?.overlay.texts.has(path) === true) typed(document);
    }),
    vscode.workspace.onDidSaveTextDocument(({ uri }) => onDisk(uri, true)),
    vscode.workspace.onDidOpenTextDocument((document) => void opened(document)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      isTrustNew = true;
      if (view.visible) start();
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(() => {
      watch();
      if (hasBegun()) policy.soon({ reopen: true, changed: 'all' });
    }),
    view.onDidChangeVisibility(({ visible }) => {
      if (visible) start();
    }),
    overview.onDidChange(() => {
      if (!isFirst || !overview.overview) return;
      isFirst = false;
      if (isTrustNew) begin();
      for (const { document } of vscode.window.visibleTextEditors) void opened(document);
    }),
  );
  if (view.visible) start();
  return {
    begin,
    repositoryChanged: () => {
      if (hasBegun()) policy.soon({ reopen: true, changed: 'all' });
    },
    dispose: () => {
      watcher?.dispose();
      disposables.dispose();
    },
  };
}
