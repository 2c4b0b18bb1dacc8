import * as vscode from 'vscode';
import { detailLines, type ActDetails } from '../../core/control-plane/act-details.ts';
import { actBy, actLasted, actTitle, shownTime } from '../../core/control-plane/act-text.ts';
import type { Activity } from '../../core/control-plane/questions.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { markdownText } from '../../core/text.ts';
import { timeInZone } from '../../core/time.ts';

const ACTS: Record<string, string> = {
  promotion: 'rocket',
  deployment: 'cloud-upload',
  build: 'package',
  'pr-environment': 'git-pull-request',
  sweep: 'clear-all',
  prune: 'archive',
};
/** What went well is quiet and shows what it was; what did not shows how it ended. */
const RESULTS: Partial<Record<Activity['result'], [icon: string, colour: string]>> = {
  failed: ['error', 'testing.iconFailed'],
  refused: ['circle-slash', 'testing.iconQueued'],
  interrupted: ['debug-disconnect', 'testing.iconErrored'],
  cancelled: ['circle-outline', 'disabledForeground'],
};

function icon({ act, result }: Activity, runs: boolean): vscode.ThemeIcon {
  if (runs) return new vscode.ThemeIcon('sync~spin');
  const [name, colour] = RESULTS[result] ?? [ACTS[act] ?? 'history', undefined];
  return new vscode.ThemeIcon(name, colour === undefined ? undefined : new vscode.ThemeColor(colour));
}

/** Nothing for what took no time that counts. */
const took = (act: Activity): string => (act.started_at === act.finished_at ? '' : actLasted(act));

export function actItem(act: Activity, runs: boolean, timeZone: string): vscode.TreeItem {
  const title = actTitle(act);
  const item = new vscode.TreeItem(title);
  const began = timeInZone(new Date(act.started_at), timeZone);
  item.id = `activity:${act.id}`;
  item.description = runs
    ? `since ${began} · ${actBy(act)}`
    : [act.result === 'passed' ? '' : act.result, timeInZone(new Date(act.finished_at), timeZone), actBy(act), took(act)]
        .filter((part) => part !== '')
        .join(' · ');
  item.iconPath = icon(act, runs);
  item.contextValue = runs ? 'act.running' : `act.${act.act}`;
  item.command = { command: 'odooOps.showEvidence', title: 'Show Evidence', arguments: [act.id] };
  item.accessibilityInformation = { label: `${title}, ${runs ? 'running' : act.result}, ${item.description}` };
  return item;
}

/** Lines of a document, as quiet as a tooltip wants them: no headings, no bullets, each on a line of its own. */
const quiet = (line: string): string => `${line.replace(/^## (.*)$/, '**$1**').replace(/^- /, '')}${line === '' ? '' : '  '}`;

/** @param details null while they could not be asked */
export function actTooltip(act: Activity, runs: boolean, details: ActDetails | null, timeZone: string): vscode.MarkdownString {
  const title = actTitle(act);
  const into = act.environment === null || title.includes(act.environment) ? '' : ` · ${markdownText(act.environment)}`;
  const began = shownTime(act.started_at, timeZone);
  const lines = details ? detailLines(details, markdownText) : [];
  return new vscode.MarkdownString(
    [
      `**${markdownText(title)}** · ${runs ? 'running' : act.result}${into}`,
      '',
      ...(act.error === null ? [] : [markdownText(act.error), '']),
      `${markdownText(actBy(act))}, ${runs ? `since ${began}` : `${began}, ${actLasted(act)}`}`,
      '',
      ...lines.map(quiet),
      ...(details || act.sha === null ? [] : [`Commit ${shortSha(act.sha)}`]),
    ].join('\n'),
  );
}
