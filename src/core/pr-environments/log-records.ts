import { parseLogLine, withoutColour, type LogLine, type OdooLevel } from '../devserver/log-line.ts';

/** A record of Odoo's log: its line, and those that belong to it (a traceback, a message of several lines). */
export interface LogRecord {
  level: OdooLevel;
  /** As Odoo wrote them, without colours. */
  lines: string[];
}

/**
 * Groups a log into records. What stands before the first record (Python's own words, a traceback of an import) has the level INFO.
 */
export function logRecords(log: readonly string[]): LogRecord[] {
  const records: LogRecord[] = [];
  let previous: LogLine | undefined;
  for (const text of log) {
    previous = parseLogLine(text, previous);
    const line = withoutColour(text).trimEnd();
    if (previous.continued) records.at(-1)?.lines.push(line);
    else records.push({ level: previous.level, lines: [line] });
  }
  return records;
}

/** The one line of a log that says most of why Odoo ended; null where it said nothing. */
export const tellingLine = (log: readonly string[]): string | null =>
  log.findLast((line) => / (?:CRITICAL|ERROR) /.test(line)) ?? log.findLast((line) => line.trim() !== '') ?? null;

/** Of a long record the head and the end: the end of a traceback is what went wrong. */
const HEAD = 2;
const END = 8;

export function inShort({ lines }: LogRecord): string[] {
  const told = lines.filter((line) => line !== '');
  if (told.length <= HEAD + END + 1) return told;
  return [...told.slice(0, HEAD), `    … ${told.length - HEAD - END} more lines`, ...told.slice(-END)];
}
