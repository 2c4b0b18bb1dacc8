import { isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import { summarize } from '../core/devserver/summary.ts';
import type { Place } from '../core/devserver/state.ts';
import { markdownText } from '../core/text.ts';
import { devStateOf, type DevServerController, type DevServerState } from './dev-server.ts';
import { mailCatcher } from './dev-settings.ts';
import type { SupabaseSession } from './supabase-session.ts';

const MENU = 'odooOps.showMenu';

interface Appearance {
  text: string;
  /** Paragraphs of Markdown. */
  tooltip: string[];
  failed?: boolean;
  /** Where a click leads instead of to the menu. */
  place?: Place | undefined;
}

const ICONS = { busy: '$(sync~spin)', ready: '$(check)', error: '$(error)' } as const;

function appearance(state: DevServerState): Appearance {
  const dev = devStateOf(state);
  const address = state.is === 'ready' ? [`Odoo runs at ${markdownText(state.url)}`] : [];
  if (dev && (state.is === 'ready' || state.is === 'starting' || state.is === 'broken')) {
    const { look, title, time, details, place } = summarize(dev);
    return {
      text: [ICONS[look], 'Odoo', time].filter((part) => part !== undefined).join(' '),
      tooltip: [...(look === 'ready' ? [] : [markdownText(title)]), ...address, ...details],
      failed: look === 'error',
      place,
    };
  }
  switch (state.is) {
    case 'stopped':
      return { text: '$(debug-start) Odoo', tooltip: ['The Odoo development server is stopped'] };
    case 'starting':
      return { text: '$(sync~spin) Odoo', tooltip: ['Odoo starts'] };
    case 'stopping':
      return { text: '$(sync~spin) Odoo', tooltip: ['Odoo stops'] };
    case 'failed':
      return { text: '$(error) Odoo', tooltip: [markdownText(state.message)], failed: true };
    case 'ready':
    case 'broken':
      return { text: '$(check) Odoo', tooltip: address };
  }
}

function openPlace({ file, line = 1, column = 1 }: Place): vscode.Command {
  const at = new vscode.Position(line - 1, column - 1);
  return { command: 'vscode.open', title: 'Open', arguments: [vscode.Uri.file(file), { selection: new vscode.Range(at, at) }] };
}

/** The one status bar item: the development server, with a menu behind it, or the place of what is wrong. */
export function createStatusBar(server: DevServerController): vscode.Disposable[] {
  const item = vscode.window.createStatusBarItem('odooOps.devServer', vscode.StatusBarAlignment.Left, 10);
  item.name = 'Odoo Ops';
  const update = () => {
    const { text, tooltip, failed = false, place } = appearance(server.state);
    const opens = place !== undefined && isAbsolute(place.file);
    const links = [
      ...(devStateOf(server.state)?.needsUpdate.size ? ['[Update…](command:odooOps.updateModule)'] : []),
      `[Menu](command:${MENU})`,
    ];
    item.text = text;
    item.tooltip = new vscode.MarkdownString([...tooltip, links.join(' · ')].join('\n\n'), true);
    item.tooltip.isTrusted = { enabledCommands: [MENU, 'odooOps.updateModule'] };
    item.backgroundColor = failed ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    item.command = opens ? openPlace(place) : MENU;
    item.show();
  };
  update();
  return [item, server.onDidChange(update)];
}

interface Entry {
  label: string;
  description?: string;
  command: string;
  argument?: unknown;
}

/** What can be done now, what is likely first. */
function entries(state: DevServerState): Entry[] {
  const runs = state.is === 'ready' || state.is === 'starting' || state.is === 'broken';
  const dev = devStateOf(state);
  const needed = [...(dev?.needsUpdate.keys() ?? [])];
  return [
    ...(needed.length > 0
      ? [{ label: `$(arrow-circle-up) Update ${needed.join(', ')}`, command: 'odooOps.updateModule', argument: needed }]
      : []),
    ...(runs ? [{ label: '$(globe) Open in Browser', command: 'odooOps.openInBrowser' }] : []),
    ...(dev && state.is !== 'starting'
      ? [
          { label: '$(refresh) Reload Odoo', command: 'odooOps.reloadDevServer' },
          { label: '$(arrow-circle-up) Update Module…', command: 'odooOps.updateModule' },
          { label: '$(debug-alt) Attach Debugger', command: 'odooOps.attachDebugger' },
        ]
      : []),
    ...(runs
      ? [
          { label: '$(debug-restart) Restart Odoo', command: 'odooOps.restartDevServer' },
          { label: '$(debug-stop) Stop Odoo', command: 'odooOps.stopDevServer' },
        ]
      : [{ label: '$(debug-start) Start Odoo', command: 'odooOps.startDevServer' }]),
    { label: '$(terminal) Open Odoo Shell', command: 'odooOps.openShell' },
    { label: '$(database) Open psql', command: 'odooOps.openPsql' },
    ...(mailCatcher() ? [{ label: '$(mail) Open Mail Catcher', command: 'odooOps.openMailCatcher' }] : []),
    { label: '$(rocket) Promote…', command: 'odooOps.promote' },
    { label: '$(checklist) Check the Repository', command: 'odooOps.runChecks' },
    { label: '$(output) Show Log', command: 'odooOps.showLog' },
  ];
}

/** Who is signed in as what, and the way in or out. */
function signInEntries({ state, person = '' }: Pick<SupabaseSession, 'state' | 'person'>): Entry[] {
  if (state.is === 'none') return [];
  if (state.is === 'signedIn')
    return [{ label: '$(account) Sign Out of Supabase', description: person, command: 'odooOps.signOutOfSupabase' }];
  const description = state.is === 'expired' ? state.message : '';
  return [{ label: '$(account) Sign In to Supabase', description, command: 'odooOps.signInToSupabase' }];
}

/** The menu of the status bar item. */
export async function showMenu(server: DevServerController, supabase: Pick<SupabaseSession, 'state' | 'person'>): Promise<void> {
  const choice = await vscode.window.showQuickPick([...entries(server.state), ...signInEntries(supabase)], {
    title: 'Odoo Ops',
    placeHolder: 'What now?',
  });
  if (choice) await vscode.commands.executeCommand(choice.command, choice.argument);
}
