import { OpsError } from './errors.ts';
import { dayInZone, momentInZone } from './time.ts';

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const AGE = /^(\d{1,6})([mhdw])$/;
const DAY = /^\d{4}-\d\d-\d\d$/;
const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?$/i;

const HINT = 'Expected an age (30m, 12h, 7d, 4w), a day (2026-03-01) or a time (2026-03-01 14:00).';

/** False for 30 February and for 25:00, which `Date` would take for the day and the hour after, and for times without computers. */
const exists = (local: string): boolean => {
  const moment = Date.parse(`${local}Z`);
  return local >= '1970' && local < '9999' && !Number.isNaN(moment) && new Date(moment).toISOString().startsWith(local);
};

/** The day after, by the calendar. */
const nextDay = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + UNITS.d).toISOString().slice(0, 10);

/**
 * What a person says of a time: `7d` ago, a day, or a time of a day; without an offset in the zone of the evidence.
 * @param edge which moment of a day is meant: its first one, or its last millisecond
 * @throws OpsError `usage`
 */
export function parseMoment(text: string, { now, timeZone, edge }: { now: Date; timeZone: string; edge: 'start' | 'end' }): Date {
  const word = text.trim();
  const [, amount, unit] = AGE.exec(word) ?? [];
  if (amount !== undefined) return new Date(Math.max(0, now.getTime() - Number(amount) * UNITS[unit as keyof typeof UNITS]));
  if (DAY.test(word) && exists(`${word}T00:00:00`)) {
    if (edge === 'start') return momentInZone(`${word}T00:00:00`, timeZone);
    return new Date(momentInZone(`${nextDay(word)}T00:00:00`, timeZone).getTime() - 1);
  }
  const [, day, minute, second = ':00', offset] = TIME.exec(word) ?? [];
  if (day !== undefined && minute !== undefined && exists(`${day}T${minute}${second}`)) {
    const local = `${day}T${minute}${second}`;
    if (offset === undefined) return momentInZone(local, timeZone);
    const moment = new Date(`${local}${offset.toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`);
    if (!Number.isNaN(moment.getTime())) return moment;
  }
  throw new OpsError('usage', `${JSON.stringify(text)} is no time.`, { hint: HINT });
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** `Today`, `Yesterday`, `3 March 2026`. @param day `2026-03-03` */
export function dayText(day: string, now: Date, timeZone: string): string {
  const today = dayInZone(now, timeZone);
  if (day === today) return 'Today';
  if (nextDay(day) === today) return 'Yesterday';
  return `${Number(day.slice(8))} ${MONTHS[Number(day.slice(5, 7)) - 1] ?? ''} ${day.slice(0, 4)}`;
}
