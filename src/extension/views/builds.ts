import * as vscode from 'vscode';
import type { CheckState, PullRequestStatus } from '../../core/environments/overview.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { markdownText } from '../../core/text.ts';
import { ago } from '../../core/time.ts';
import type { OverviewModel } from '../overview-model.ts';

/** A branch that may become part of staging. */
export interface BuildNode {
  kind: 'build';
  branch: string;
}

const CHECK_ICONS: Record<CheckState, [string, string | undefined]> = {
  success: ['pass', 'testing.iconPassed'],
  failure: ['error', 'testing.iconFailed'],
  pending: ['sync', 'testing.iconQueued'],
  none: ['git-pull-request', undefined],
};

function icon({ pullRequest }: PullRequestStatus): vscode.ThemeIcon {
  if (!pullRequest) return new vscode.ThemeIcon('git-branch');
  if (pullRequest.draft) return new vscode.ThemeIcon('git-pull-request-draft');
  const [name, colour] = CHECK_ICONS[pullRequest.checks];
  return new vscode.ThemeIcon(name, colour === undefined ? undefined : new vscode.ThemeColor(colour));
}

function tooltip({ branch, tip, pullRequest }: PullRequestStatus): vscode.MarkdownString {
  const lines = [
    `**${markdownText(branch)}**`,
    `${shortSha(tip.sha)} ${markdownText(tip.subject)} — ${markdownText(tip.author)}`,
    ...(pullRequest
      ? [
          `[#${pullRequest.number} ${markdownText(pullRequest.title)}](${pullRequest.url})`,
          `Checks: ${pullRequest.checks}`,
          `Environment: ${pullRequest.host}`,
        ]
      : ['No pull request known: sign in to GitHub, or push is all that happened yet.']),
  ];
  return new vscode.MarkdownString(lines.join('\n\n'));
}

/** The PR Builds view: from git's own refs, and from GitHub where somebody is signed in. */
export function createBuildsView(model: OverviewModel): { view: vscode.TreeView<BuildNode>; disposables: vscode.Disposable[] } {
  const changed = new vscode.EventEmitter<void>();
  const find = (branch: string) => model.overview?.pullRequests.find((status) => status.branch === branch);
  const provider: vscode.TreeDataProvider<BuildNode> = {
    onDidChangeTreeData: changed.event,
    getChildren: (node) =>
      node || model.state !== 'ready' ? [] : (model.overview?.pullRequests.map(({ branch }) => ({ kind: 'build', branch })) ?? []),
    getParent: () => undefined,
    getTreeItem: ({ branch }) => {
      const status = find(branch);
      const item = new vscode.TreeItem(branch);
      if (!status) return item;
      item.id = `build:${branch}`;
      item.description = `${status.pullRequest ? `#${status.pullRequest.number} · ` : ''}${shortSha(status.tip.sha)} · ${ago(new Date(status.tip.committed_at), new Date())}`;
      item.contextValue = status.pullRequest ? 'build.pullRequest' : 'build';
      item.iconPath = icon(status);
      return item;
    },
    resolveTreeItem: (item, { branch }) => {
      const status = find(branch);
      if (status) item.tooltip = tooltip(status);
      return item;
    },
  };
  const view = vscode.window.createTreeView('odooOps.builds', { treeDataProvider: provider });
  let drawn = '';
  const update = () => {
    const number = model.overview?.pullRequests.length ?? 0;
    view.badge = number > 0 ? { value: number, tooltip: `${number} branches wait for promotion` } : undefined;
    // Drawn anew under the pointer, an item would lose the click that is on its way: only for something new.
    const now = [model.state, model.overview?.pullRequests.map((status) => [status, ago(new Date(status.tip.committed_at), new Date())])];
    const text = JSON.stringify(now);
    if (drawn === text) return;
    drawn = text;
    changed.fire();
  };
  return { view, disposables: [view, changed, model.onDidChange(update)] };
}
