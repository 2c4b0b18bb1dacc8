import { shortSha } from '../repository/short-sha.ts';
import { bytesText, count, plainText } from '../text.ts';
import type { EnvironmentOutcome, EnvironmentPlan, SweepOutcome, SweepPlan, ThingNote } from './plan.ts';

type Plain = typeof plainText;

/** Rows of a list that are shown; the record has all. */
const ROWS = 30;

const some = (lines: readonly string[]): string[] =>
  lines.length > ROWS ? [...lines.slice(0, ROWS), `- … and ${lines.length - ROWS} more`] : [...lines];

const section = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', `## ${title}`, ...some(lines)]);

const notes = (things: readonly ThingNote[], plain: Plain): string[] =>
  things.map(({ kind, name, reason }) => `- ${kind} ${plain(name)}: ${plain(reason)}`);

function planLines(plan: EnvironmentPlan, plain: Plain): string[] {
  const { number, title, branch, sha, fork, approved_by, url, engine, template, database } = plan;
  const title_ = title === '' ? '' : `: ${plain(title)}`;
  if (plan.action === 'down') return [`- environment ${number} is taken down${title_}`, `- database ${plain(database)}, on ${engine}`];
  const whose = fork ? `, from a fork${approved_by === null ? '' : `, approved by ${plain(approved_by)}`}` : '';
  return [
    `- pull request ${number}${title_}`,
    `- ${sha === null ? 'no commit' : shortSha(sha)} of ${plain(branch)}${whose}`,
    `- at ${plain(url)}, on ${engine}`,
    `- database ${plain(database)}, ${template === null ? 'a fresh one' : `a copy of ${plain(template.name)}`}`,
  ];
}

/** What an environment came to, and the proof that it is harmless, as lines of Markdown; null for one that got no outcome. */
export function environmentLines(plan: EnvironmentPlan, outcome: EnvironmentOutcome | null, plain: Plain = plainText): string[] {
  if (!outcome) return planLines(plan, plain);
  const { state, verdict, fallback, lines, image, database, neutralisation, uncovered, removed } = outcome;
  return [
    ...planLines(plan, plain),
    `- ${state}${verdict === null ? '' : `, ${verdict}`}${fallback ? ', with a database of base alone: its modules could not be installed' : ''}`,
    ...(image ? [`- code ${plain(image.id)}${image.base === null ? '' : `, on ${plain(image.base)}`}`] : []),
    ...(database ? [`- copied by ${plain(database.strategy)}: ${bytesText(database.bytes)}`] : []),
    ...section(
      verdict === 'red' || state === 'failed' ? 'Why it is red' : 'What its log says',
      lines.map((line) => `- ${plain(line)}`),
    ),
    ...(neutralisation
      ? [
          ...section('Harmless?', [
            `- SQL of Odoo: sha256 ${neutralisation.odoo_sql_sha256}`,
            `- our own after it: sha256 ${neutralisation.own_sql_sha256}`,
            `- ${count(neutralisation.asked.length, 'question')} to its database, ${count(neutralisation.problems.length, 'problem')}`,
            ...neutralisation.problems.map(({ check, message }) => `- ✗ ${plain(check)}: ${plain(message)}`),
          ]),
        ]
      : []),
    ...section(
      'Nobody neutralises',
      uncovered.map(({ module, reason }) => `- ${plain(module)}: ${plain(reason)}`),
    ),
    ...section(`${count(removed.length, 'thing')} removed`, notes(removed, plain)),
  ];
}

/** What a sweep took away, and what it left; null for one that did not get that far. */
export function sweepLines(plan: SweepPlan, outcome: SweepOutcome | null, plain: Plain = plainText): string[] {
  const open = plan.open.length === 0 ? 'none' : plan.open.map((number) => `#${number}`).join(', ');
  const head = [`- project ${plain(plan.project)}, open pull requests: ${open}`];
  if (!outcome) return [...head, ...section(`${count(plan.reclaim.length, 'thing')} to take away`, notes(plan.reclaim, plain))];
  const { removed, kept, gone } = outcome;
  return [
    ...head,
    ...(gone.length === 0 ? [] : [`- nothing is left of ${gone.map((number) => `pr-${number}`).join(', ')}`]),
    ...section(`${count(removed.length, 'thing')} removed`, notes(removed, plain)),
    ...section(`${count(kept.length, 'thing')} left alone`, notes(kept, plain)),
  ];
}
