/** A moment in a time zone, as the parts that evidence needs (constitution §6.3: Asia/Manila, UTC+08:00). */
interface ZonedParts {
  year: string;
  month: string;
  day: string;
  hour: string;
  minute: string;
  second: string;
  /** `+0800` */
  offset: string;
}

// Making a formatter costs a hundred times as much as using it, and each line of a log has a time.
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  });
  formatters.set(timeZone, format);
  return format;
}

function zonedParts(date: Date, timeZone: string): ZonedParts {
  const parts = Object.fromEntries(
    formatterOf(timeZone)
      .formatToParts(date)
      .map(({ type, value }) => [type, value]),
  );
  const offset = (parts['timeZoneName'] ?? 'GMT').replace('GMT', '').replace(':', '');
  const part = (name: string) => parts[name] ?? '00';
  return {
    year: part('year').padStart(4, '0'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
    offset: offset === '' ? '+0000' : offset,
  };
}

/** `20260131-0905+0800`: the name of an evidence folder's parent (§6.3). */
export function evidenceStamp(date: Date, timeZone: string): string {
  const { year, month, day, hour, minute, offset } = zonedParts(date, timeZone);
  return `${year}${month}${day}-${hour}${minute}${offset}`;
}

/** The moment of an evidence stamp; 0 for a name that is none. */
export function stampTime(stamp: string): number {
  const iso = stamp.replace(/^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)([+-]\d\d)(\d\d)$/, '$1-$2-$3T$4:$5$6:$7');
  return (iso !== stamp && Date.parse(iso)) || 0;
}

/** `2026-01-31T09:05:07+08:00`: ISO 8601 with its offset, to the second. */
export function isoInZone(date: Date, timeZone: string): string {
  const { year, month, day, hour, minute, second, offset } = zonedParts(date, timeZone);
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${offset.slice(0, 3)}:${offset.slice(3)}`;
}

/** The part of the day, `14:05`. */
export const timeInZone = (date: Date, timeZone: string): string => isoInZone(date, timeZone).slice(11, 16);

/** The day, `2026-01-31`. */
export const dayInZone = (date: Date, timeZone: string): string => isoInZone(date, timeZone).slice(0, 10);

/** What a zone's clocks are ahead of UTC, in milliseconds. */
function offsetAt(moment: number, timeZone: string): number {
  const { offset } = zonedParts(new Date(moment), timeZone);
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3, 5));
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}

/**
 * The moment at which a zone's clocks show something. Of two, where clocks go back, the first; where they go forward over it, what a
 * clock that nobody moved would show.
 * @param local `2026-01-31T09:05:07`
 */
export function momentInZone(local: string, timeZone: string): Date {
  const asUtc = Date.parse(`${local}Z`);
  const day = 86_400_000;
  const [before, after] = [asUtc - day, asUtc + day].map((moment) => asUtc - offsetAt(moment, timeZone)) as [number, number];
  const shown = [before, after].sort((a, b) => a - b).find((moment) => isoInZone(new Date(moment), timeZone).startsWith(local));
  return new Date(shown ?? before);
}

/** True for a name that the platform's time zone database knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** `3 min ago`, for people. */
export function ago(date: Date, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - date.getTime()) / 1000));
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** `0.4 s`, `12 s`, `3 min`, `1 h 5 min`: how long something took, for people. */
export function lasted(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (milliseconds < 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
