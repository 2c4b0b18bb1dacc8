import * as vscode from 'vscode';
import { lackTexts } from '../../core/pr-environments/text.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { count, plainText } from '../../core/text.ts';
import type { PullRequestsModel } from '../pull-requests/model.ts';
import type { Row } from '../pull-requests/rows.ts';
import { contextOf, exists, isBehind, stateOf } from '../pull-requests/state.ts';
import { checksIcon, themeIcon } from './builds-item.ts';

/** What stands below a pull request, in this order. */
export const FACTS = ['environment', 'why', 'behind', 'checks', 'unlocked', 'evidence'] as const;
export type Fact = (typeof FACTS)[number];

const MOST_LINES = 10;

/** Lines of a log below "why", without the inside of a traceback; the rest is in the document behind them. */
export const tellingLines = (lines: readonly string[]): string[] => lines.filter((line) => /^\S/.test(line)).slice(0, MOST_LINES);

export interface FactText {
  label: string;
  description?: string;
  icon: vscode.ThemeIcon;
  /** Command without its prefix; its argument is the row. */
  command?: string;
  context?: string;
  tooltip?: string;
  folds?: boolean;
}

const WARNING = themeIcon('warning', 'problemsWarningIcon.foreground');
const ERROR = themeIcon('error', 'testing.iconFailed');

const CHECKS = { success: 'Checks passed', failure: 'Checks failed', pending: 'Checks are running', none: 'No checks' } as const;

/** What an environment that is no address yet says of itself. */
function environmentText(row: Row, { trouble }: Pick<PullRequestsModel, 'trouble'>): FactText {
  const { environment, doing, pull } = row;
  const context = contextOf(row).replace(/^build/, 'prEnvironment');
  switch (stateOf(row)) {
    case 'running':
      return {
        label: (environment?.url ?? '').replace(/^https?:\/\//, ''),
        icon: themeIcon('globe'),
        context,
        command: 'pullRequest.open',
        tooltip: 'Open it in the browser',
      };
    case 'sleeping':
      return { label: 'Asleep', description: 'a click wakes it', icon: themeIcon('eye-closed'), context, command: 'pullRequest.wake' };
    case 'waiting':
      return { label: 'Built, and waits for its turn', description: 'others run', icon: themeIcon('watch'), context };
    case 'building':
    case 'removing':
    case 'waking':
    case 'stopping': {
      const what = doing?.what ?? environment?.state ?? '';
      return {
        label: doing?.step ?? `${what.charAt(0).toUpperCase()}${what.slice(1)}…`,
        icon: themeIcon('loading~spin'),
        context,
        tooltip: 'It takes a moment',
      };
    }
    case 'failed':
      return { label: 'Nothing of it runs', icon: themeIcon('circle-slash'), context };
    case 'absent': {
      const why = trouble?.since === null ? plainText(trouble.message) : '';
      return { label: pull ? 'No environment yet' : 'No environment', description: why, icon: themeIcon('vm-outline'), context };
    }
  }
}

function whyText({ environment }: Row): FactText | undefined {
  if (!environment || environment.lines.length === 0) return undefined;
  const { verdict, state, lines } = environment;
  const label = state === 'failed' ? 'Why it failed' : verdict === 'yellow' ? 'Why it is yellow' : 'Why it is red';
  return {
    label,
    description: count(lines.length, 'line'),
    icon: verdict === 'yellow' ? WARNING : ERROR,
    context: 'prEnvironment.why',
    folds: true,
  };
}

/** @returns undefined where there is nothing to say */
export function factText(row: Row, fact: Fact, model: Pick<PullRequestsModel, 'trouble'>): FactText | undefined {
  const { environment, pull, tip } = row;
  switch (fact) {
    case 'environment':
      return environmentText(row, model);
    case 'why':
      return whyText(row);
    case 'behind': {
      const head = pull?.head ?? tip?.sha;
      if (!isBehind(row) || head === undefined) return undefined;
      return {
        label: `The branch went on to ${shortSha(head)}`,
        description: `the environment is at ${shortSha(environment?.sha ?? '')}`,
        icon: themeIcon('git-commit'),
      };
    }
    case 'checks':
      return pull
        ? { label: CHECKS[pull.checks], description: 'on GitHub', icon: checksIcon(pull.checks), command: 'openChecks' }
        : undefined;
    case 'unlocked': {
      if (!environment || !exists(row) || environment.lacks.length === 0) return undefined;
      const lacks = lackTexts(environment.lacks);
      return { label: 'Not locked in', description: lacks[0] ?? '', icon: themeIcon('unlock'), tooltip: lacks.join('\n') };
    }
    case 'evidence':
      return environment?.evidence != null
        ? { label: 'Evidence', description: plainText(environment.evidence.split('/').slice(-2)[0] ?? ''), icon: themeIcon('history') }
        : undefined;
  }
}

/** `2026-03-05 12:00:02,500 7 ERROR database odoo.addons.x: message`; what stands before the message is not worth the width of a tree. */
const ODOO_LINE = /^\S+ \S+ \d+ [A-Z]+ \S+ ([\w.]+): (.+)$/;

/** A line of a log below "why". */
export function lineItem(line: string): vscode.TreeItem {
  const [, logger, message] = ODOO_LINE.exec(line) ?? [];
  const item = new vscode.TreeItem(plainText(message ?? line).trim());
  item.description = logger ?? '';
  const isError = /\b(?:ERROR|CRITICAL|FAIL|Traceback|\w+Error)\b|^(?:\w+\.)+\w+: /.test(line);
  const isWarning = /\bWARNING\b/.test(line);
  item.iconPath = isError ? ERROR : isWarning ? WARNING : themeIcon('dash');
  item.tooltip = plainText(line);
  return item;
}
