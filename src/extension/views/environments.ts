import * as vscode from 'vscode';
import { waitingText, type EnvironmentStatus, type Overview } from '../../core/environments/overview.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { count, markdownText, sentence } from '../../core/text.ts';
import { ago } from '../../core/time.ts';
import type { DevServerController, DevServerState } from '../dev-server.ts';
import type { OverviewModel } from '../overview-model.ts';
import type { SupabaseSession, SupabaseState } from '../supabase-session.ts';

/** An environment, or one fact about it. Ids hold no time and no state, so that a refresh keeps what is expanded. */
export type EnvironmentNode =
  { kind: 'environment'; name: string } | { kind: 'fact'; name: string; fact: 'commit' | 'distance' | 'last' | 'url' };

const FACTS = ['commit', 'distance', 'last', 'url'] as const;
const ICONS = { dev: 'tools', staging: 'beaker', production: 'server-environment' } as const;
const HEALTH_COLOURS = { healthy: 'testing.iconPassed', unhealthy: 'testing.iconFailed' } as const;

function distanceText({ name, ahead, behind }: EnvironmentStatus): string | undefined {
  if (name === 'production') return undefined;
  const other = name === 'dev' ? 'staging' : 'production';
  if (ahead === 0 && behind === 0) return `same as ${other}`;
  return [ahead > 0 ? `${count(ahead, 'commit')} ahead of ${other}` : '', behind > 0 ? `${count(behind, 'commit')} behind` : '']
    .filter((text) => text !== '')
    .join(', ');
}

function factText(
  status: EnvironmentStatus,
  fact: (typeof FACTS)[number],
): { label: string; description?: string; icon: string } | undefined {
  const { tip, last, url, health } = status;
  if (fact === 'commit')
    return tip
      ? { label: tip.subject, description: `${shortSha(tip.sha)} ${tip.author}`, icon: 'git-commit' }
      : { label: 'no commit yet', icon: 'git-commit' };
  if (fact === 'distance') {
    const label = distanceText(status);
    return label === undefined ? undefined : { label, icon: 'git-compare' };
  }
  if (fact === 'last') {
    if (status.name === 'dev') return undefined;
    return last
      ? {
          label: `Promoted ${ago(new Date(last.finished_at), new Date())}`,
          description: `from ${last.from} by ${last.actor}`,
          icon: 'rocket',
        }
      : { label: 'Never promoted with evidence', icon: 'rocket' };
  }
  return url === null ? undefined : { label: url, description: health === 'unknown' ? '' : health, icon: 'globe' };
}

const RECORDS: Record<Overview['controlPlane'], string> = {
  none: 'No control plane: read from the evidence folders',
  reachable: 'Read from the control plane',
  unreachable: 'The control plane does not answer: read from the evidence folders',
  'signed-out': 'Nobody is signed in to the control plane: read from the evidence folders',
};

function tooltip(status: EnvironmentStatus, controlPlane: Overview['controlPlane']): vscode.MarkdownString {
  const { name, stage, branch, tip, last, health } = status;
  const lines = [
    `**${name}** · \`ODOO_STAGE=${stage}\``,
    branch === null ? 'no branch' : `Branch ${markdownText(branch)}`,
    ...(tip ? [`${shortSha(tip.sha)} ${markdownText(tip.subject)} — ${markdownText(tip.author)}`] : []),
    distanceText(status) ?? '',
    ...(last ? [`Last promotion ${markdownText(last.finished_at)} by ${markdownText(last.actor)}`] : []),
    health === 'unknown' ? '' : `Health: ${health}`,
    `_${RECORDS[controlPlane]}_`,
  ];
  return new vscode.MarkdownString(lines.filter((line) => line !== '').join('\n\n'));
}

const RUNNING: Record<DevServerState['is'], string> = {
  stopped: '',
  starting: 'starting',
  ready: 'running',
  broken: 'broken',
  stopping: 'stopping',
  failed: 'failed',
};

/** What is known of an environment's health: for dev the server of this window says it. */
function healthOf(status: EnvironmentStatus, server: DevServerState): EnvironmentStatus['health'] {
  if (status.name !== 'dev' || server.is === 'stopped') return status.health;
  return server.is === 'ready' ? 'healthy' : server.is === 'failed' || server.is === 'broken' ? 'unhealthy' : 'unknown';
}

function environmentItem(status: EnvironmentStatus, server: DevServerState): vscode.TreeItem {
  const { name, branch, tip, ahead } = status;
  const health = healthOf(status, server);
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Collapsed);
  const parts = [
    branch ?? 'no branch',
    tip ? shortSha(tip.sha) : '',
    name === 'staging' && ahead > 0 ? `↑${ahead}` : '',
    name === 'dev' ? RUNNING[server.is] : '',
  ];
  item.id = `environment:${name}`;
  item.description = parts.filter((part) => part !== '').join(' · ');
  item.contextValue = `environment.${name}${status.url === null ? '' : '.url'}`;
  item.iconPath = new vscode.ThemeIcon(ICONS[name], health === 'unknown' ? undefined : new vscode.ThemeColor(HEALTH_COLOURS[health]));
  item.accessibilityInformation = { label: `${name}, ${item.description}, ${health === 'unknown' ? 'health not known' : health}` };
  return item;
}

/** What stands above the tree: why it is old, or what waits. Empty where all is well. */
function notice({ stale, overview }: OverviewModel, supabase: SupabaseState): string {
  if (stale) return `Not refreshed since ${stale.since.toLocaleTimeString()}: ${stale.message}`;
  // What could not be asked is told where it is missed: a tree that looks fresh and is not would be worse than an old one.
  if (overview && overview.notices.length > 0) return [...overview.notices.map(sentence), waitingText(overview)].join(' ').trimEnd();
  // The title of the view has the button.
  if (overview?.controlPlane === 'signed-out')
    return supabase.is === 'expired' ? supabase.message : 'Sign in to Supabase to see what was done outside this clone.';
  return overview ? waitingText(overview) : '';
}

/** The Environments view. */
export function createEnvironmentsView(
  model: OverviewModel,
  server: Pick<DevServerController, 'state' | 'onDidChange'>,
  supabase: Pick<SupabaseSession, 'state'>,
): { view: vscode.TreeView<EnvironmentNode>; disposables: vscode.Disposable[] } {
  const changed = new vscode.EventEmitter<void>();
  const find = (name: string) => model.overview?.environments.find((status) => status.name === name);
  const provider: vscode.TreeDataProvider<EnvironmentNode> = {
    onDidChangeTreeData: changed.event,
    getChildren: (node) => {
      if (!node)
        return model.state === 'ready' ? (model.overview?.environments.map(({ name }) => ({ kind: 'environment', name })) ?? []) : [];
      const status = node.kind === 'environment' ? find(node.name) : undefined;
      return status ? FACTS.filter((fact) => factText(status, fact)).map((fact) => ({ kind: 'fact', name: status.name, fact })) : [];
    },
    getParent: (node) => (node.kind === 'fact' ? { kind: 'environment', name: node.name } : undefined),
    getTreeItem: (node) => {
      const status = find(node.name);
      if (!status) return new vscode.TreeItem(node.name);
      if (node.kind === 'environment') return environmentItem(status, server.state);
      const text = factText(status, node.fact);
      const item = new vscode.TreeItem(text?.label ?? '');
      item.id = `environment:${node.name}:${node.fact}`;
      item.description = text?.description ?? '';
      item.contextValue = `fact.${node.fact}`;
      item.iconPath = new vscode.ThemeIcon(text?.icon ?? 'circle');
      if (node.fact === 'last' && status.last)
        item.command = { command: 'odooOps.showEvidence', title: 'Show Evidence', arguments: [status.last.id] };
      return item;
    },
    resolveTreeItem: (item, node) => {
      const status = find(node.name);
      if (status && model.overview) item.tooltip = tooltip(status, model.overview.controlPlane);
      return item;
    },
  };
  const view = vscode.window.createTreeView('odooOps.environments', { treeDataProvider: provider, showCollapseAll: false });
  let drawn = '';
  const update = () => {
    view.description = model.overview?.remote ?? '';
    view.message = notice(model, supabase.state);
    // Drawn anew under the pointer, an item would lose the click that is on its way: only for something new.
    const { environments, controlPlane } = model.overview ?? {};
    const texts = environments?.map((status) => FACTS.map((fact) => factText(status, fact)));
    const text = JSON.stringify([model.state, environments, texts, controlPlane, server.state.is]);
    if (drawn === text) return;
    drawn = text;
    changed.fire();
  };
  return { view, disposables: [view, changed, model.onDidChange(update), server.onDidChange(update)] };
}
