import type { EvidenceRecord } from '../evidence/record.ts';
import { shortSha } from '../repository/short-sha.ts';
import { count, markdownText, plainText } from '../text.ts';
import { mostNotable, notableLines, type Notable } from './notable.ts';
import { durationText } from './text.ts';

/** Something that happened at a moment. */
interface Moment {
  /** ISO 8601 */
  at: string;
  text: string;
  /** What stands below it. */
  more?: readonly string[];
}

export interface Log {
  /** From `logs/`. */
  name: string;
  text: string;
}

/** Lines of logs that are shown. */
const LINES = 40;
const MARKS = { passed: '✓', failed: '✗', cancelled: '-', running: '…', inconclusive: '?' } as const;

const seconds = (milliseconds: number): string =>
  milliseconds < 10_000 ? `${(milliseconds / 1000).toFixed(1)} s` : durationText(milliseconds / 1000);

/** Words of a log as they are: nothing in them is Markdown. */
const code = (text: string): string => `\`${plainText(text).replaceAll('`', "'").trim()}\``;

export const endText = ({ result, message }: EvidenceRecord): string => `${result}${message === null ? '' : `: ${markdownText(message)}`}`;

function stepMoments({ steps }: EvidenceRecord): Moment[] {
  return steps.map(({ title, result, started_at, duration_ms, message }) => ({
    at: started_at,
    text: [
      `${MARKS[result]} ${markdownText(title)}`,
      duration_ms === null ? ' (its end is not recorded)' : ` (${seconds(duration_ms)})`,
      message === null ? '' : `: ${markdownText(message)}`,
    ].join(''),
  }));
}

function outcomeMoments({ outcome }: EvidenceRecord): Moment[] {
  if (outcome?.act === 'promotion')
    return outcome.gates.map(({ name, result, message, started_at, duration_ms }) => ({
      at: started_at,
      text: `${MARKS[result]} gate ${markdownText(name)} (${seconds(duration_ms)}): ${markdownText(message)}`,
    }));
  if (outcome?.act !== 'deployment') return [];
  return outcome.health.map(({ name, result, message, checked_at, duration_ms }) => ({
    at: checked_at,
    text: `${MARKS[result]} health, ${markdownText(name)} (${seconds(duration_ms)}): ${markdownText(message)}`,
  }));
}

const notableMoment = ({ log, time, lines }: Notable, end: string): Moment => {
  const [first = '', ...rest] = lines;
  return { at: time ?? end, text: `${markdownText(log)}: ${code(first)}`, more: rest.map(code) };
};

/** `14:00:07`, with the day where it is another one than that of the beginning. */
const clock = (at: string, start: string): string =>
  at.slice(0, 10) === start.slice(0, 10) ? at.slice(11, 19) : `${at.slice(0, 10)} ${at.slice(11, 19)}`;

/** What happened in an act, in its order, as a list of Markdown: its steps, gates, health and the lines of its logs that tell of trouble. */
export function timelineLines(record: EvidenceRecord, logs: readonly Log[]): string[] {
  const { started_at, finished_at, actor, process } = record;
  const end = finished_at ?? started_at;
  const { shown, left } = mostNotable(
    logs.flatMap(({ name, text }) => notableLines(name, text)),
    LINES,
  );
  const moments: Moment[] = [
    {
      at: started_at,
      text: `${markdownText(actor)} began, on ${markdownText(process.host)} with odoo-ops ${markdownText(process.version)}`,
    },
    ...stepMoments(record),
    ...outcomeMoments(record),
    ...shown.map((item) => notableMoment(item, end)),
    ...(finished_at === null ? [] : [{ at: finished_at, text: `**${endText(record)}**` }]),
  ];
  // What happened in the same second keeps the order above.
  const ordered = moments.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return [
    ...ordered.flatMap(({ at, text, more = [] }) => [`- ${clock(at, started_at)} ${text}`, ...more.map((line) => `  - ${line}`)]),
    ...(left > 0 ? ['', `${count(left, 'more message')} of the logs ${left === 1 ? 'is' : 'are'} not shown.`] : []),
  ];
}

/** One act in a line: when, what, by whom, how it ended. */
export function actLine(record: EvidenceRecord): string {
  const { plan, actor, started_at, id } = record;
  const sha =
    plan.act === 'deployment' ? plan.sha : plan.act === 'promotion' ? plan.from_sha : plan.act === 'pr-environment' ? plan.sha : null;
  const what = sha === null ? plan.act : `${plan.act} of ${shortSha(sha)}`;
  return `${started_at} ${what} by ${markdownText(actor)}: ${endText(record)} (record ${id.slice(0, 8)})`;
}
