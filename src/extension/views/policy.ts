import * as vscode from 'vscode';
import { countFindings, type Finding, type FindingRule } from '../../core/policy/finding.ts';
import { count } from '../../core/text.ts';
import { placeOf, rangeOf } from '../policy/diagnostics.ts';
import type { PolicyModel } from '../policy/model.ts';
import { findingItem, findingTooltip, ruleItem, ruleRows, ruleTooltip, type RuleRow } from './policy-item.ts';

/** Ids hold no line and no result, so that what is selected and what is folded stays while somebody types. */
export type PolicyNode = { kind: 'rule'; rule: FindingRule } | { kind: 'finding'; id: string };

/** What is shown at one moment; the same object for the same thing. */
interface Tree {
  rows: ReadonlyMap<string, RuleRow>;
  roots: PolicyNode[];
  children: ReadonlyMap<string, PolicyNode[]>;
  findings: ReadonlyMap<string, Finding>;
}

/** The rules whose rows changed; undefined where the top did; none where nothing did. */
function changes(before: Tree, after: Tree): PolicyNode[] | undefined {
  if (before.roots.length !== after.roots.length || before.roots.some((node, index) => node !== after.roots[index])) return undefined;
  return after.roots.filter(
    (node) => node.kind === 'rule' && JSON.stringify(before.rows.get(node.rule)) !== JSON.stringify(after.rows.get(node.rule)),
  );
}

const EMPTY: Tree = { rows: new Map(), roots: [], children: new Map(), findings: new Map() };

function createTree({ shown }: PolicyModel, nodeOf: (kind: PolicyNode['kind'], key: string) => PolicyNode): Tree {
  if (!shown) return EMPTY;
  const rows = ruleRows(shown.result);
  const findings = new Map<string, Finding>();
  const children = new Map<string, PolicyNode[]>();
  for (const row of rows) {
    const ids = row.findings.map((finding) => {
      const base = JSON.stringify([finding.rule, finding.file, finding.message]);
      let [id, number] = [base, 1];
      while (findings.has(id)) id = `${base}#${++number}`;
      findings.set(id, finding);
      return id;
    });
    children.set(
      row.rule,
      ids.map((id) => nodeOf('finding', id)),
    );
  }
  return { rows: new Map(rows.map((row) => [row.rule, row])), roots: rows.map(({ rule }) => nodeOf('rule', rule)), children, findings };
}

/** What stands above the tree: why it is old, or what was not looked at. Empty where all is well. */
function notice({ shown, stale }: PolicyModel): string {
  if (stale && shown) return `Not checked since ${stale.since.toLocaleTimeString()}: ${stale.message}`;
  return shown?.result.notices.join(' ') ?? '';
}

/** The Policy view: each rule with its result and why, what has to be mended first. */
export function createPolicyView(model: PolicyModel): {
  view: vscode.TreeView<PolicyNode>;
  /** The finding of a row. */
  findingOf: (node: PolicyNode) => Finding | undefined;
  disposables: vscode.Disposable[];
} {
  const changed = new vscode.EventEmitter<PolicyNode[] | undefined>();
  let nodes = new Map<string, PolicyNode>();
  let tree = EMPTY;
  const nodeOf = (kind: PolicyNode['kind'], key: string): PolicyNode => {
    const known = nodes.get(`${kind} ${key}`);
    if (known) return known;
    const made: PolicyNode = kind === 'rule' ? { kind, rule: key as FindingRule } : { kind, id: key };
    nodes.set(`${kind} ${key}`, made);
    return made;
  };
  const findingOf = (node: PolicyNode) => (node.kind === 'finding' ? tree.findings.get(node.id) : undefined);
  const locationOf = (finding: Finding): vscode.Location | undefined => {
    const place = model.shown && placeOf(finding, model.shown);
    return model.shown && place && new vscode.Location(model.shown.files.uriOf(place.path), rangeOf(place.range));
  };

  const provider: vscode.TreeDataProvider<PolicyNode> = {
    onDidChangeTreeData: changed.event,
    getChildren: (node) => (!node ? tree.roots : node.kind === 'rule' ? (tree.children.get(node.rule) ?? []) : []),
    getParent: (node) => {
      const finding = findingOf(node);
      return finding && nodeOf('rule', finding.rule);
    },
    getTreeItem: (node) => {
      const finding = findingOf(node);
      const row = node.kind === 'rule' ? tree.rows.get(node.rule) : undefined;
      if (row) return ruleItem(row);
      if (finding && node.kind === 'finding') return findingItem(finding, node.id, locationOf(finding));
      return new vscode.TreeItem('');
    },
    resolveTreeItem: (item, node) => {
      const finding = findingOf(node);
      const row = node.kind === 'rule' ? tree.rows.get(node.rule) : undefined;
      if (row) item.tooltip = ruleTooltip(row);
      if (finding) item.tooltip = findingTooltip(finding);
      return item;
    },
  };
  const view = vscode.window.createTreeView('odooOps.policy', { treeDataProvider: provider, showCollapseAll: true });

  const contexts = new Map<string, unknown>();
  const setContext = (key: string, value: unknown) => {
    if (contexts.get(key) === value) return;
    contexts.set(key, value);
    void vscode.commands.executeCommand('setContext', `odooOps.${key}`, value);
  };
  let endProgress: (() => void) | undefined;
  const showProgress = () => {
    if (!model.busy) {
      endProgress?.();
      endProgress = undefined;
    } else if (!endProgress) {
      const done = new Promise<void>((resolve) => (endProgress = resolve));
      void vscode.window.withProgress({ location: { viewId: 'odooOps.policy' } }, () => done);
    }
  };
  const update = () => {
    const { shown, state, busy } = model;
    const findings = shown?.result.findings ?? [];
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    setContext('policy', state);
    setContext('policyBusy', busy);
    setContext(
      'policyFixable',
      findings.some(({ edits = [] }) => edits.length > 0),
    );
    showProgress();
    view.description = shown ? (findings.length === 0 ? 'no findings' : countFindings(findings)) : '';
    view.message = notice(model);
    view.badge =
      errors > 0
        ? { value: errors, tooltip: `${count(errors, 'finding')} that ${errors === 1 ? 'is an error' : 'are errors'}` }
        : undefined;
    const before = tree;
    tree = createTree(model, nodeOf);
    const used = new Set([...tree.roots, ...[...tree.children.values()].flat()]);
    nodes = new Map([...nodes].filter(([, node]) => used.has(node)));
    // Drawn anew under the pointer, an item would lose the click that is on its way: only for something new.
    const different = changes(before, tree);
    if (different === undefined || different.length > 0) changed.fire(different);
  };
  update();
  return { view, findingOf, disposables: [view, changed, model.onDidChange(update), { dispose: () => endProgress?.() }] };
}
