import { createRedactor } from '../evidence/redact.ts';
import type { Sha } from '../repository/names.ts';
import { shortSha } from '../repository/short-sha.ts';
import { plainText, sentence } from '../text.ts';
import { codeBlock, codeSpan } from './markdown.ts';
import type { EnvironmentOutcome, Verdict } from './plan.ts';
import type { CommitStatus } from './pull-request.ts';
import { lackTexts } from './text.ts';
import { LONGEST_LINE, MOST_LINES } from './verdict.ts';

/** What a pull request is told of its environment. Branch, message, lines and modules are words of strangers. */
export interface EnvironmentNews {
  number: number;
  branch: string;
  /** Null where nothing was built. */
  sha: Sha | null;
  state: 'building' | 'running' | 'waiting' | 'stopped' | 'failed' | 'removed';
  /** Where people open it. */
  url: string;
  verdict: Verdict | null;
  /** Why it is yellow or red. */
  lines: readonly string[];
  /** Why it failed. */
  message: string | null;
  /** True where a database with `base` alone is shown, because its modules could not be installed. */
  fallback: boolean;
  lacks: readonly string[];
  uncovered: EnvironmentOutcome['uncovered'];
  /** The commit that still runs, where a build came to nothing before it had changed anything. */
  stands: Sha | null;
  /** ISO 8601; null where it is not known. */
  expiresAt: string | null;
}

/** Name of the commit status. */
export const STATUS_CONTEXT = 'odoo-ops/environment';

/** What our comment begins with, and is found by. */
export const commentMarker = (project: string, number: number): string => `<!-- odoo-ops:${project}:pr-${number} -->`;

const MOST_UNCOVERED = 20;
const LONGEST = 300;
const STATUS_LENGTH = 140;

const cut = (text: string, length: number): string => {
  const points = Array.from(text);
  return points.length > length ? `${points.slice(0, length - 1).join('')}…` : text;
};

const HEADLINES: Readonly<Record<EnvironmentNews['state'], string>> = {
  building: '⏳ The environment is being built',
  running: '✅ The environment is up',
  waiting: '💤 The environment is built, and waits for its turn',
  stopped: '🛑 The environment was stopped: it is not harmless any more',
  failed: '❌ The environment could not be made',
  removed: '🧹 The environment is gone',
};

const VERDICTS: Readonly<Record<Verdict, string>> = {
  green: '🟢 Green: its modules are installed, and its log is quiet.',
  yellow: '🟡 Yellow: its log warns.',
  red: '🔴 Red: its log has errors, or its modules are not as they should be.',
};

/** Only an address that is one: nothing else becomes a link. */
const link = (url: string): string => (/^https?:\/\/[a-z0-9.-]+(?::\d+)?\/?$/.test(url) ? `<${url}>` : codeSpan(url));

/** `2026-02-14 09:05 UTC` */
const moment = (iso: string): string => `${new Date(iso).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const few = (items: readonly string[], most: number): string[] =>
  items.length <= most ? [...items] : [...items.slice(0, most), `… and ${items.length - most} more`];

function* paragraphs(news: EnvironmentNews): Generator<string> {
  const { state, sha, verdict, lines, lacks, uncovered, expiresAt, number } = news;
  const isUp = state === 'running' || state === 'waiting';
  yield `### ${HEADLINES[state]}`;
  if (isUp) yield `${link(news.url)} holds a harmless copy: mail is caught, scheduled actions and integrations are off.`;
  if (sha !== null) yield `Commit ${codeSpan(shortSha(sha))} of ${codeSpan(cut(news.branch, LONGEST))}.`;
  if ((state === 'failed' || state === 'stopped') && news.message !== null) yield codeBlock([cut(news.message, LONGEST * 4)]);
  if (news.stands !== null) yield `The environment of ${codeSpan(shortSha(news.stands))} runs on as it was, at ${link(news.url)}.`;
  if (verdict !== null) yield VERDICTS[verdict];
  if (news.fallback) yield 'Its modules could not be installed, so this is a database with `base` alone.';
  if (lines.length > 0) yield codeBlock(lines);
  if (uncovered.length > 0) {
    yield 'Look at these modules: they send something or hold credentials, and nothing neutralises them.';
    yield codeBlock(
      few(
        uncovered.map(({ module, reason }) => cut(`${module}: ${reason}`, LONGEST)),
        MOST_UNCOVERED,
      ),
    );
  }
  if (isUp && lacks.length > 0) yield `It is without: ${lackTexts(lacks).join('; ')}.`;
  if (state === 'removed') yield 'Nothing of it is left but its evidence.';
  else {
    const expiry =
      isUp && expiresAt !== null ? ` Without another build it goes on ${moment(expiresAt)}; in any case when this is closed.` : '';
    yield `<sub>Its log: \`odoo-ops pr logs ${number} --follow\`. Build it again: push a commit, or run \`odoo-ops pr rebuild ${number}\`.${expiry}</sub>`;
  }
}

/**
 * A line of a log without what PostgreSQL tells of rows and statements: those are of a copy of production, and a pull request may be read by
 * many. The evidence has them.
 */
export const withoutData = (line: string): string =>
  line.replace(/^(\s*(?:DETAIL|CONTEXT|STATEMENT|QUERY|LINE \d+):).*/s, '$1 …').replace(/(\bbad query:).*/s, '$1 …');

/** The one comment of a pull request, without its marker: Markdown in which words of strangers are code and nothing else. */
export function commentBody(news: EnvironmentNews): string {
  const redact = createRedactor({});
  const clean = {
    ...news,
    lines: few(
      news.lines.map((line) => cut(withoutData(redact(line)), LONGEST_LINE)),
      MOST_LINES,
    ),
    message: news.message === null ? null : withoutData(redact(news.message)),
  };
  return `${[...paragraphs(clean)].join('\n\n')}\n`;
}

const STATES: Readonly<Record<Exclude<EnvironmentNews['state'], 'removed'>, CommitStatus['state']>> = {
  building: 'pending',
  waiting: 'pending',
  running: 'success',
  stopped: 'error',
  failed: 'error',
};

function statusText({ state, verdict, lines, message, fallback }: EnvironmentNews): string {
  if (state === 'building') return 'The environment is being built.';
  if (state === 'stopped') return `Stopped: ${withoutData(message ?? 'it is not harmless any more.')}`;
  if (state === 'failed') return sentence(withoutData(message ?? 'The environment could not be made.'));
  const built = state === 'waiting' ? 'Built, and waits for its turn' : 'Up';
  if (verdict === 'red') return `${fallback ? 'Up with base alone' : built}, red: ${withoutData(lines[0] ?? 'see the comment.')}`;
  return verdict === 'yellow' ? `${built}, with warnings in its log.` : `${built}.`;
}

/** The status of the commit; null where there is nothing to say of it any more. */
export function commitStatus(news: EnvironmentNews): CommitStatus | null {
  if (news.state === 'removed') return null;
  const isUp = news.state === 'running' || news.state === 'waiting';
  const description = cut(plainText(createRedactor({})(statusText(news))), STATUS_LENGTH);
  return {
    state: isUp && news.verdict === 'red' ? 'failure' : STATES[news.state],
    description,
    url: news.state === 'running' ? news.url : null,
  };
}
