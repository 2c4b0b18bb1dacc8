import * as vscode from 'vscode';
import type { CheckState } from '../../core/environments/overview.ts';
import type { Verdict } from '../../core/pr-environments/plan.ts';
import { plainText } from '../../core/text.ts';
import type { Row } from '../pull-requests/rows.ts';
import { contextOf, descriptionOf, labelOf, stateOf, stateText, type RowState } from '../pull-requests/state.ts';

export type Icon = vscode.ThemeIcon | { light: vscode.Uri; dark: vscode.Uri };

export const themeIcon = (name: string, colour?: string): vscode.ThemeIcon =>
  new vscode.ThemeIcon(name, colour === undefined ? undefined : new vscode.ThemeColor(colour));

type IconName = readonly [name: string, colour?: string];
const CHECK_ICONS: Record<CheckState, IconName> = {
  success: ['pass', 'testing.iconPassed'],
  failure: ['error', 'testing.iconFailed'],
  pending: ['clock', 'testing.iconQueued'],
  none: ['git-pull-request'],
};

const VERDICT_ICONS: Record<Verdict, IconName> = {
  green: ['vm-running', 'testing.iconPassed'],
  yellow: ['warning', 'problemsWarningIcon.foreground'],
  red: ['error', 'testing.iconFailed'],
};

const SPINS: IconName = ['sync~spin', 'progressBar.background'];
const STATE_ICONS: Partial<Record<RowState, IconName>> = {
  building: SPINS,
  removing: SPINS,
  waking: SPINS,
  stopping: SPINS,
  waiting: ['watch', 'testing.iconQueued'],
  failed: ['circle-slash', 'testing.iconFailed'],
};

/** What a row's icon says: how its environment is; where there is none, a pull request in the colour of its checks. */
export function iconOf(row: Row, media: vscode.Uri): Icon {
  const state = stateOf(row);
  if (state === 'sleeping') {
    const moon = (theme: string) => vscode.Uri.joinPath(media, `moon-${theme}.svg`);
    return { light: moon('light'), dark: moon('dark') };
  }
  if (state === 'running') return themeIcon(...VERDICT_ICONS[row.environment?.verdict ?? 'green']);
  const known = STATE_ICONS[state];
  if (known) return themeIcon(...known);
  const { pull } = row;
  if (!pull) return themeIcon(row.number === null ? 'git-branch' : 'git-pull-request-closed');
  const [, colour] = CHECK_ICONS[pull.checks];
  return themeIcon(pull.draft ? 'git-pull-request-draft' : 'git-pull-request', colour);
}

export const checksIcon = (checks: CheckState): vscode.ThemeIcon => themeIcon(...CHECK_ICONS[checks]);

/** What decorations are asked for: it names the row, and nothing of its state. */
export const DECORATED = 'odoo-ops-pull-request';
export const decoratedUri = (number: number): vscode.Uri => vscode.Uri.from({ scheme: DECORATED, path: `/${number}` });

export function rowItem(row: Row, media: vscode.Uri, now: Date): vscode.TreeItem {
  const { number, branch } = row;
  const folds = number === null ? vscode.TreeItemCollapsibleState.None : vscode.TreeItemCollapsibleState.Collapsed;
  const item = new vscode.TreeItem(labelOf(row), folds);
  item.id = `build:${row.key}`;
  item.description = descriptionOf(row, now);
  item.contextValue = contextOf(row);
  item.iconPath = iconOf(row, media);
  if (number !== null) item.resourceUri = decoratedUri(number);
  const state = stateText(row);
  const checks = row.pull && row.pull.checks !== 'none' ? `checks ${row.pull.checks}` : '';
  const spoken = [labelOf(row), state === '' ? 'no environment' : `environment ${state}`, checks, number === null ? '' : plainText(branch)];
  item.accessibilityInformation = { label: spoken.filter((part) => part !== '').join(', ') };
  return item;
}
