import * as vscode from 'vscode';
import { lackTexts } from '../../core/pr-environments/text.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { markdownText } from '../../core/text.ts';
import { ago } from '../../core/time.ts';
import type { PullRequestsModel } from '../pull-requests/model.ts';
import type { Row } from '../pull-requests/rows.ts';
import { isBehind, stateText } from '../pull-requests/state.ts';

const MOST_LINES = 5;

/** Words of a stranger: an editor makes links of bare addresses, too. */
const strange = (text: string): string =>
  markdownText(text).replace(/(?<=https?|ftp|mailto|command):|(?<=www)\.|@/gi, (sign) => `&#${sign.charCodeAt(0)};`);

function environmentLines({ environment, number }: Row, { trouble }: Pick<PullRequestsModel, 'trouble'>, now: Date): string[] {
  if (number === null) return ['No pull request known: sign in to GitHub, or push is all that happened yet.'];
  if (!environment || environment.state === 'absent') {
    return [trouble?.since === null ? markdownText(`${trouble.message} ${trouble.hint}`.trim()) : 'No environment'];
  }
  const { sha, created_at, expires_at, engine, url, lines, lacks } = environment;
  const built = [sha === null ? '' : `commit ${shortSha(sha)}`, created_at === null ? '' : `built ${ago(new Date(created_at), now)}`];
  const until = expires_at === null ? '' : `stays until ${expires_at.slice(0, 10)}`;
  return [
    [...built, until, `by ${engine}`].filter((part) => part !== '').join(', '),
    ...(url === '' ? [] : [markdownText(url)]),
    ...(lines.length === 0 ? [] : [lines.slice(0, MOST_LINES).map(strange).join('  \n')]),
    ...(lacks.length === 0 ? [] : [`_${lackTexts(lacks).join('; ')}_`]),
  ];
}

/** Words of strangers are escaped: no link, picture, HTML or command comes out of a title, and nothing here is trusted. */
export function rowTooltip(row: Row, model: Pick<PullRequestsModel, 'trouble'>, now: Date): vscode.MarkdownString {
  const { pull, tip, branch, title, number } = row;
  const state = stateText(row);
  const since = model.trouble?.since;
  const lines = [
    number === null ? `**${strange(branch)}**` : `**#${number} ${strange(title)}**${state === '' ? '' : ` · ${state}`}`,
    ...(pull ? [`${strange(branch)} by ${strange(pull.author)}${pull.fork ? ', from a fork' : ''}${pull.draft ? ', a draft' : ''}`] : []),
    ...(tip ? [`${shortSha(tip.sha)} ${strange(tip.subject)} — ${strange(tip.author)}`] : []),
    ...environmentLines(row, model, now),
    ...(isBehind(row) ? ['The branch went on after it was built.'] : []),
    ...(pull ? [`Checks: ${pull.checks}`] : []),
    ...(since ? [`_As of ${ago(since, now)}_`] : []),
  ];
  return new vscode.MarkdownString(lines.join('\n\n'));
}
