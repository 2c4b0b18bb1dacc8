import type { Suppression } from '../config/policy.ts';
import type { Finding } from './finding.ts';

/** What the configuration may let stand: an entry cannot let findings about entries stand. */
export const isSuppressible = ({ rule }: Pick<Finding, 'rule'>): boolean => rule !== 'suppression';

/** Of a message what stays the same where lines are put in above: the text before the first place, as in `f (line 5)`. */
function stablePart(message: string): string {
  const [stable = ''] = message.split(/ \(line \d/);
  return stable === '' ? message : stable;
}

/** The entry of policy.suppressions that is about this finding and no other. */
export function suppressionOf({ rule, file, message }: Finding, reason: string, until: string): Suppression | undefined {
  if (rule === 'suppression') return undefined;
  return { rule, ...(file === null ? {} : { file }), contains: stablePart(message), reason: reason.trim(), until };
}

const DAY_MS = 86_400_000;

/** A day by its distance from another: `2026-12-25` is 30 days after `2026-11-25`. */
export const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

/** `2027-11-25` for `2026-11-25`. */
export const yearAfter = (day: string): string => `${Number(day.slice(0, 4)) + 1}${day.slice(4)}`.replace(/-02-29$/, '-02-28');

/** What is wrong with a last day; undefined where nothing is. */
export function untilProblem(text: string, today: string): string | undefined {
  const moment = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  if (Number.isNaN(moment) || !new Date(moment).toISOString().startsWith(text)) return `Write a day, as ${dayAfter(today, 30)}.`;
  if (text < today) return 'That day is over.';
  return text > yearAfter(today) ? 'More than a year ahead: somebody should look at it again before.' : undefined;
}

/** What is wrong with a reason; undefined where nothing is. */
export const reasonProblem = (text: string): string | undefined =>
  text.trim().length < 10 ? 'Say why in a sentence: at least 10 characters.' : undefined;
