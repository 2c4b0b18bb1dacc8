import * as vscode from 'vscode';
import type { CheckState } from '../../core/environments/overview.ts';
import { plainText } from '../../core/text.ts';
import type { Row } from '../pull-requests/rows.ts';
import { contextOf, descriptionOf, labelOf, stateText } from '../pull-requests/state.ts';
import { CHECK_ICONS, iconNameOf } from './builds-icons.ts';

type Icon = vscode.ThemeIcon | { light: vscode.Uri; dark: vscode.Uri };

export const themeIcon = (name: string, colour?: string): vscode.ThemeIcon =>
  new vscode.ThemeIcon(name, colour === undefined ? undefined : new vscode.ThemeColor(colour));

function iconOf(row: Row, media: vscode.Uri): Icon {
  const [name, colour] = iconNameOf(row);
  if (name !== 'moon') return themeIcon(name, colour);
  const moon = (theme: string) => vscode.Uri.joinPath(media, `moon-${theme}.svg`);
  return { light: moon('light'), dark: moon('dark') };
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
