import { parseLogLine, type LogLine } from '../devserver/log-line.ts';

/** Words of a log that a person who asks why looks for. */
export interface Notable {
  /** The log that it stands in, such as `deploy.log`. */
  log: string;
  /** ISO 8601, as the line itself says; null where it says none. */
  time: string | null;
  level: 'error' | 'warning';
  lines: string[];
}

/** What our own logs begin each line with. */
const STAMPED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)) (.*)$/;
const TRACEBACK = 'Traceback (most recent call last):';
const ERROR = /\b(?:error|fatal|critical|exception|panic|failed)\b/i;
const WARNING = /\bwarn(?:ing)?\b/i;
/** Longest line that is shown. */
const WIDTH = 300;

const cut = (line: string): string => (line.length > WIDTH ? `${line.slice(0, WIDTH)} …` : line);

/** Where it happened, and what: the frames between are in the log. */
function shortTraceback(frames: readonly string[], end: string): string[] {
  const last = frames.findLastIndex((line) => /^\s*File "/.test(line));
  const place = last < 0 ? frames.slice(-2) : frames.slice(last, last + 2);
  const left = frames.length - place.length;
  return [TRACEBACK, ...(left > 0 ? [`  … ${left} lines`] : []), ...place, end];
}

/** The level of a line: by Odoo's own words where it is one of Odoo's records, else by ours in act.log, else by its words. */
function levelOf(line: LogLine, own: boolean): Notable['level'] | null {
  if (line.logger !== '') {
    if (line.continued) return null;
    return line.level === 'ERROR' || line.level === 'CRITICAL' ? 'error' : line.level === 'WARNING' ? 'warning' : null;
  }
  if (own) return line.message.startsWith('error ') ? 'error' : line.message.startsWith('warning ') ? 'warning' : null;
  return ERROR.test(line.message) ? 'error' : WARNING.test(line.message) ? 'warning' : null;
}

/**
 * Errors and warnings of a log, with each traceback cut to where it happened and what.
 * @param log its name; `act.log` is our own, and says the level first
 */
export function notableLines(log: string, text: string): Notable[] {
  const own = log === 'act.log';
  const found: Notable[] = [];
  let previous: LogLine | undefined;
  let time: string | null = null;
  let frames: string[] | undefined;
  /** The error that a traceback belongs to, when it follows at once. */
  let above: Notable | undefined;
  for (const raw of text.split(/\r?\n/)) {
    const [, stamp, rest] = STAMPED.exec(raw) ?? [];
    // A message of several lines has one stamp.
    if (stamp === undefined && own) continue;
    time = stamp ?? time;
    const body = (rest ?? raw).trimEnd();
    if (frames) {
      if (/^\s/.test(body)) {
        frames.push(body);
        continue;
      }
      const lines = shortTraceback(frames, body).map(cut);
      if (above) above.lines.push(...lines);
      else found.push({ log, time, level: 'error', lines });
      frames = undefined;
      above = undefined;
      continue;
    }
    if (body.trim() === TRACEBACK) {
      frames = [];
      continue;
    }
    if (body.trim() === '') continue;
    // Only a record of Odoo's can be continued by what follows it.
    const line = parseLogLine(body, previous?.logger === '' ? undefined : previous);
    previous = line;
    const level = levelOf(line, own);
    if (level === null) {
      if (!line.continued) above = undefined;
      continue;
    }
    const item: Notable = { log, time, level, lines: [cut(body)] };
    found.push(item);
    above = level === 'error' && line.logger !== '' ? item : undefined;
  }
  if (frames) found.push({ log, time, level: 'error', lines: shortTraceback(frames, '… the log ends here').map(cut) });
  return found;
}

/** So many lines at most: warnings go first, then errors of the middle; why it began and how it ended stand at the ends. */
export function mostNotable(all: readonly Notable[], limit: number): { shown: Notable[]; left: number } {
  const size = (items: readonly Notable[]): number => items.reduce((sum, { lines }) => sum + lines.length, 0);
  if (size(all) <= limit) return { shown: [...all], left: 0 };
  const errors = all.filter(({ level }) => level === 'error');
  const [head, tail]: [Notable[], Notable[]] = [[], []];
  const rest = [...errors];
  let room = limit;
  for (let front = true; rest.length > 0; front = !front) {
    const item = front ? rest.shift() : rest.pop();
    if (!item || item.lines.length > room) break;
    room -= item.lines.length;
    if (front) head.push(item);
    else tail.unshift(item);
  }
  const shown = [...head, ...tail];
  return { shown, left: all.length - shown.length };
}
