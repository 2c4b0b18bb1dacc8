import type { LogLevel } from '../events.ts';

export type OdooLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';

/** One line of what an Odoo process writes. */
export interface LogLine {
  /** ISO 8601 in UTC: Odoo sets its own process to `TZ=UTC` (`odoo/_monkeypatches`). `undefined` before the first record. */
  time: string | undefined;
  pid: number | undefined;
  level: OdooLevel;
  /** `undefined` where the record belongs to no database (Odoo prints `?`). */
  database: string | undefined;
  /** For instance `odoo.modules.loading`; empty before the first record. */
  logger: string;
  /** Without the blank that Odoo's format leaves at the end. */
  message: string;
  /** Belongs to the record before it: a traceback, or a message of several lines. It then has that record's other fields. */
  continued: boolean;
}

/** `%(asctime)s %(pid)s %(levelname)s %(dbname)s %(name)s: %(message)s %(perf_info)s`, from `odoo/netsvc.py`. */
const RECORD = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d),(\d{3}) (\d+) (DEBUG|INFO|WARNING|ERROR|CRITICAL) (\S+) (\S+):(?: (.*))?$/;

// Odoo colours the level and the timings where it believes to write to a terminal (ODOO_PY_COLORS).
const COLOUR = /\u001b\[[\d;]*m/g;

export const withoutColour = (text: string): string => text.replace(COLOUR, '');

/**
 * Reads one line, without its newline. What is no record continues `previous` and inherits its fields; with nothing before it
 * (Python's or optparse's words before Odoo sets up its log) it is a message of level INFO.
 */
export function parseLogLine(text: string, previous?: LogLine): LogLine {
  const plain = withoutColour(text);
  const match = RECORD.exec(plain);
  if (match === null) {
    const inherited = previous ?? { time: undefined, pid: undefined, level: 'INFO', database: undefined, logger: '' };
    return { ...inherited, message: plain.trimEnd(), continued: previous !== undefined };
  }
  const [, day, clock, milliseconds, pid, level, database, logger, message] = match;
  return {
    time: `${day ?? ''}T${clock ?? ''}.${milliseconds ?? ''}Z`,
    pid: Number(pid),
    level: level as OdooLevel,
    database: database === '?' ? undefined : database,
    logger: logger ?? '',
    message: (message ?? '').trimEnd(),
    continued: false,
  };
}

const LEVELS: Record<OdooLevel, LogLevel> = { DEBUG: 'debug', INFO: 'info', WARNING: 'warning', ERROR: 'error', CRITICAL: 'error' };

export function logLevelOf(level: OdooLevel): LogLevel {
  return LEVELS[level];
}
