import * as vscode from 'vscode';
import { byDay } from '../../core/control-plane/days.ts';
import { filterText } from '../../core/control-plane/filter-text.ts';
import type { Activity } from '../../core/control-plane/questions.ts';
import { dayText } from '../../core/moment.ts';
import { count, sentence } from '../../core/text.ts';
import type { ActivityModel } from '../activity-model.ts';
import { actItem, actTooltip } from './act-item.ts';

/** Ids hold no time of asking and no state, so that a refresh keeps what is selected and what is folded. */
export type ActivityNode = { kind: 'day'; day: string } | { kind: 'act'; id: string } | { kind: 'more' };

/** What is shown at one moment, as the tree asks for it. */
interface Tree {
  /** Nodes at the top; the same object for the same thing, so that one of them can be told to have changed. */
  roots: ActivityNode[];
  children: ReadonlyMap<string, ActivityNode[]>;
  parents: ReadonlyMap<string, ActivityNode>;
  acts: ReadonlyMap<string, { act: Activity; runs: boolean }>;
  /** Changes where a day is not Today any more. */
  labels: ReadonlyMap<string, string>;
}

const EMPTY: Tree = { roots: [], children: new Map(), parents: new Map(), acts: new Map(), labels: new Map() };
const MORE: ActivityNode = { kind: 'more' };

function createTree(model: ActivityModel, nodeOf: (kind: 'day' | 'act', key: string) => ActivityNode): Tree {
  const { shown } = model;
  if (!shown) return EMPTY;
  const { items, running, next, timeZone } = shown;
  const days = byDay(items, timeZone);
  const now = new Date();
  const node = (act: Activity) => nodeOf('act', act.id);
  return {
    roots: [...running.map(node), ...days.map(({ day }) => nodeOf('day', day)), ...(next ? [MORE] : [])],
    children: new Map(days.map(({ day, items: found }) => [day, found.map(node)])),
    parents: new Map(days.flatMap(({ day, items: found }) => found.map(({ id }) => [id, nodeOf('day', day)]))),
    acts: new Map(
      [...items.map((act) => ({ act, runs: false })), ...running.map((act) => ({ act, runs: true }))].map((one) => [one.act.id, one]),
    ),
    labels: new Map(days.map(({ day }) => [day, dayText(day, now, timeZone)])),
  };
}

const isSame = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);

/** The nodes whose children changed; undefined where the top did; none where nothing did. */
function changes(before: Tree, after: Tree): ActivityNode[] | undefined {
  const days = [...after.labels];
  if (!isSame(before.roots, after.roots) || days.some(([day, label]) => before.labels.get(day) !== label)) return undefined;
  return after.roots.filter(
    (node) => node.kind === 'day' && !isSame(before.children.get(node.day) ?? [], after.children.get(node.day) ?? []),
  );
}

function stateOf({ shown, stale, filter }: ActivityModel): string {
  if (!shown) return stale ? 'failed' : 'loading';
  if (shown.items.length + shown.running.length > 0) return 'ready';
  return filterText(filter) === '' ? 'empty' : 'noMatch';
}

/** What stands above the tree: why it is old, or where it comes from. Empty where all is well. */
function notice({ shown, stale }: ActivityModel): string {
  if (stale && shown) return `Not refreshed since ${stale.since.toLocaleTimeString()}: ${stale.message}`;
  return shown?.notice == null ? '' : `${sentence(shown.notice)} Read from the evidence of this clone.`;
}

/** The Activity view: what happened, newest first, by day. It asks for nothing before it is seen. */
export function createActivityView(model: ActivityModel): { view: vscode.TreeView<ActivityNode>; disposables: vscode.Disposable[] } {
  const changed = new vscode.EventEmitter<ActivityNode[] | undefined>();
  const nodes = new Map<string, ActivityNode>();
  let tree = EMPTY;

  const nodeOf = (kind: 'day' | 'act', key: string): ActivityNode => {
    const known = nodes.get(key);
    if (known) return known;
    const made: ActivityNode = kind === 'day' ? { kind, day: key } : { kind, id: key };
    nodes.set(key, made);
    return made;
  };

  const provider: vscode.TreeDataProvider<ActivityNode> = {
    onDidChangeTreeData: changed.event,
    getChildren: (node) => (!node ? tree.roots : node.kind === 'day' ? (tree.children.get(node.day) ?? []) : []),
    getParent: (node) => (node.kind === 'act' ? tree.parents.get(node.id) : undefined),
    getTreeItem: (node) => {
      if (node.kind === 'more') {
        const item = new vscode.TreeItem('Load more…');
        item.id = 'activity:more';
        item.iconPath = new vscode.ThemeIcon('ellipsis');
        item.command = { command: 'odooOps.loadMoreActivity', title: 'Load more' };
        return item;
      }
      if (node.kind === 'day') {
        const label = tree.labels.get(node.day) ?? node.day;
        const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
        item.id = `activity:${node.day}`;
        item.contextValue = 'day';
        item.tooltip = node.day;
        item.accessibilityInformation = { label: `${label}, ${count(tree.children.get(node.day)?.length ?? 0, 'act')}` };
        return item;
      }
      const found = tree.acts.get(node.id);
      return found && model.shown ? actItem(found.act, found.runs, model.shown.timeZone) : new vscode.TreeItem(node.id);
    },
    resolveTreeItem: async (item, node, token) => {
      const found = node.kind === 'act' ? tree.acts.get(node.id) : undefined;
      if (!found || !model.shown) return item;
      const left = new Promise<null>((resolve) => token.onCancellationRequested(() => resolve(null)));
      const details = await Promise.race([model.details(found.act).catch(() => null), left]);
      item.tooltip = actTooltip(found.act, found.runs, details, model.shown.timeZone);
      return item;
    },
  };
  const view = vscode.window.createTreeView('odooOps.activity', { treeDataProvider: provider, showCollapseAll: true });
  const setContext = (key: string, value: unknown) => void vscode.commands.executeCommand('setContext', `odooOps.${key}`, value);
  const update = () => {
    const before = tree;
    tree = createTree(model, nodeOf);
    const { shown, filter } = model;
    const text = filterText(filter);
    view.description = text === '' && shown?.source === 'evidence' && shown.notice === null ? 'evidence of this clone' : text;
    view.message = notice(model);
    setContext('activity', stateOf(model));
    setContext('activityFiltered', text !== '');
    const different = changes(before, tree);
    if (different === undefined || different.length > 0) changed.fire(different);
  };
  update();
  return { view, disposables: [view, changed, model.onDidChange(update)] };
}
