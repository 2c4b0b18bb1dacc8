import * as vscode from 'vscode';
import type { PullRequestsModel } from '../pull-requests/model.ts';
import type { Row } from '../pull-requests/rows.ts';
import { isBehind, stateOf } from '../pull-requests/state.ts';
import { DECORATED, decoratedUri } from './builds-item.ts';

/** What is wrong stands out, what sleeps steps back; what is well looks as anything else. */
function decorationOf(row: Row): vscode.FileDecoration | undefined {
  const state = stateOf(row);
  const verdict = state === 'running' ? row.environment?.verdict : null;
  const [colour, words] =
    state === 'failed'
      ? ['list.errorForeground', 'Nothing of it runs']
      : verdict === 'red'
        ? ['list.errorForeground', 'It is red']
        : verdict === 'yellow'
          ? ['list.warningForeground', 'Its log warns']
          : state === 'sleeping'
            ? ['disabledForeground', 'Asleep']
            : [undefined, undefined];
  const [badge, why] = isBehind(row) ? ['↑', 'The branch went on after it was built'] : [undefined, undefined];
  if (colour === undefined && badge === undefined) return undefined;
  const tooltip = [words, why].filter((part) => part !== undefined).join('. ');
  return new vscode.FileDecoration(badge, tooltip, colour === undefined ? undefined : new vscode.ThemeColor(colour));
}

export function decorateBuilds(model: PullRequestsModel): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri[]>();
  let drawn = new Map<number, string>();
  const textOf = (row: Row) => JSON.stringify([stateOf(row), row.environment?.verdict, isBehind(row)]);
  const provider = vscode.window.registerFileDecorationProvider({
    onDidChangeFileDecorations: changed.event,
    provideFileDecoration: ({ scheme, path }) => {
      const row = scheme === DECORATED ? model.find(Number(path.slice(1))) : undefined;
      return row && decorationOf(row);
    },
  });
  const follow = model.onDidChange(() => {
    const now = new Map(model.rows.flatMap((row) => (row.number === null ? [] : [[row.number, textOf(row)] as const])));
    const different = [...new Set([...now.keys(), ...drawn.keys()])].filter((number) => now.get(number) !== drawn.get(number));
    drawn = now;
    if (different.length > 0) changed.fire(different.map(decoratedUri));
  });
  return vscode.Disposable.from(provider, follow, changed);
}
