import * as vscode from 'vscode';
import { plainText } from '../../core/text.ts';
import type { OverviewModel } from '../overview-model.ts';
import type { PullRequestsModel } from '../pull-requests/model.ts';
import type { Row } from '../pull-requests/rows.ts';
import { FACTS, factText, lineItem, tellingLines, type Fact } from './builds-facts.ts';
import { rowItem } from './builds-item.ts';
import { rowTooltip } from './builds-tooltip.ts';
import { decorateBuilds } from './builds-decorations.ts';

/** A pull request or a branch that may become part of staging, and what stands below it. */
export type BuildNode = RowNode | { kind: 'fact'; row: RowNode; fact: Fact } | { kind: 'line'; row: RowNode; index: number };
export interface RowNode {
  kind: 'build';
  key: string;
  branch: string;
  number: number | null;
}

/** The nodes of the rows: the same object for the same row, so that one of them can be told to have changed. */
function createNodes() {
  const nodes = new Map<string, RowNode>();
  return ({ key, branch, number }: Row): RowNode => {
    const known = nodes.get(key);
    if (known?.branch === branch) return known;
    const made: RowNode = { kind: 'build', key, branch, number };
    nodes.set(key, made);
    return made;
  };
}

/** What stands above the tree: why it is old. Empty where all is well. */
function notice({ trouble, gitHubAwaySince }: PullRequestsModel, { stale }: OverviewModel): string {
  const time = (date: Date) => date.toLocaleTimeString();
  if (stale) return `Not refreshed since ${time(stale.since)}: ${stale.message}`;
  const parts: string[] = [];
  if (trouble?.since) parts.push(`Environments as of ${time(trouble.since)}: ${trouble.message}`);
  // A team that has no database server for environments has none: that is no news.
  else if (trouble && trouble.state !== 'noServer') parts.push(`${trouble.message} ${trouble.hint}`.trim());
  if (gitHubAwaySince) parts.push(`GitHub does not answer since ${time(gitHubAwaySince)}: titles and checks are of before.`);
  return plainText(parts.join(' '));
}

/** The PR Builds view: from git's own refs, from GitHub where somebody is signed in, and from the host of the environments. */
export function createBuildsView(
  overview: OverviewModel,
  model: PullRequestsModel,
  media: vscode.Uri,
): { view: vscode.TreeView<BuildNode>; disposables: vscode.Disposable[] } {
  const changed = new vscode.EventEmitter<RowNode[] | undefined>();
  const nodeOf = createNodes();
  const find = ({ key }: RowNode) => model.rows.find((row) => row.key === key);
  const linesOf = (row: Row) => tellingLines(row.environment?.lines ?? []);

  const children = (node?: BuildNode): BuildNode[] => {
    if (!node) return overview.state === 'ready' ? model.rows.map(nodeOf) : [];
    const own = node.kind === 'build' ? node : node.row;
    const row = find(own);
    if (row?.number == null) return [];
    if (node.kind === 'build') return FACTS.filter((fact) => factText(row, fact, model)).map((fact) => ({ kind: 'fact', row: node, fact }));
    return node.kind === 'fact' && node.fact === 'why' ? linesOf(row).map((_, index) => ({ kind: 'line', row: own, index })) : [];
  };

  const factItem = (row: Row, node: Extract<BuildNode, { kind: 'fact' }>): vscode.TreeItem => {
    const text = factText(row, node.fact, model);
    const folds = text?.folds === true ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None;
    const item = new vscode.TreeItem(text?.label ?? '', folds);
    item.description = text?.description ?? '';
    item.contextValue = text?.context ?? `fact.${node.fact}`;
    if (text) item.iconPath = text.icon;
    item.tooltip = text?.tooltip;
    // Else the tooltip would be read aloud instead of the label.
    item.accessibilityInformation = { label: [text?.label, text?.description].filter((part) => part).join(', ') };
    const argument: unknown = node.fact === 'evidence' ? row.environment?.evidence : node.row;
    const command = node.fact === 'evidence' ? 'showEvidence' : text?.command;
    if (command !== undefined) item.command = { command: `odooOps.${command}`, title: text?.tooltip ?? '', arguments: [argument] };
    return item;
  };

  const provider: vscode.TreeDataProvider<BuildNode> = {
    onDidChangeTreeData: changed.event,
    getChildren: children,
    getParent: (node) =>
      node.kind === 'build' ? undefined : node.kind === 'fact' ? node.row : { kind: 'fact', row: node.row, fact: 'why' },
    getTreeItem: (node) => {
      const own = node.kind === 'build' ? node : node.row;
      const row = find(own);
      if (!row) return new vscode.TreeItem(plainText(own.branch));
      if (node.kind === 'build') return rowItem(row, media, new Date());
      const item = node.kind === 'fact' ? factItem(row, node) : lineItem(linesOf(row)[node.index] ?? '');
      item.id = `build:${own.key}:${node.kind === 'fact' ? node.fact : `line:${node.index}`}`;
      if (node.kind === 'line') {
        item.contextValue = 'line';
        item.command = { command: 'odooOps.pullRequest.explain', title: 'Why is it red?', arguments: [own] };
      }
      return item;
    },
    resolveTreeItem: (item, node) => {
      const row = node.kind === 'build' ? find(node) : undefined;
      if (row) item.tooltip = rowTooltip(row, model, new Date());
      return item;
    },
  };
  const view = vscode.window.createTreeView('odooOps.builds', { treeDataProvider: provider, showCollapseAll: false });

  let drawn = new Map<string, string>();
  let state: string | undefined;
  const update = () => {
    const { rows } = model;
    const waiting = rows.filter(({ tip }) => tip !== null).length;
    view.badge =
      waiting > 0
        ? { value: waiting, tooltip: `${waiting === 1 ? '1 branch waits' : `${waiting} branches wait`} for promotion` }
        : undefined;
    view.message = notice(model, overview);
    const engine = rows.find(({ environment }) => environment)?.environment?.engine;
    view.description = engine === 'process' ? 'processes of this machine' : (engine ?? '');
    // Drawn anew under the pointer, an item would lose the click that is on its way: only what is new.
    const media = vscode.Uri.file('/');
    const textOf = (row: Row) =>
      JSON.stringify([rowItem(row, media, new Date()), FACTS.map((fact) => factText(row, fact, model)), linesOf(row)]);
    const now = new Map(rows.map((row) => [row.key, textOf(row)]));
    const isSameList = state === overview.state && [...drawn.keys()].join('\n') === [...now.keys()].join('\n');
    const different = rows.filter(({ key }) => drawn.get(key) !== now.get(key)).map(nodeOf);
    [drawn, state] = [now, overview.state];
    if (!isSameList) changed.fire(undefined);
    else if (different.length > 0) changed.fire(different);
  };
  return { view, disposables: [view, changed, model.onDidChange(update), decorateBuilds(model)] };
}
