import type { SqlWrite } from '../../../core/policy/ledger/sql-facts.ts';
import type { LineIndex } from '../lines.ts';
import { readSql } from './read.ts';
import { isMark, isWord } from './statements.ts';
import { HOLE, type Token } from './tokens.ts';

/**
 * Must hold of a program that changes rows by SQL: cheap, so that few programs are read. A table of Odoo has an underscore in its name.
 */
export const mayWriteSql = (text: string): boolean =>
  /(?:insert\s+into|delete\s+from|merge\s+into|truncate|truncate\s+table|copy)[\s"'+\\]+(?:only\s+)?[^\s(;,]*_|truncate\s[\w\s".,]*_|update[\s"'+\\]+[^\s(;,]*_\S*\s+(?:(?:as\s+)?\w+\s+)?set\s/i.test(
    text,
  );

/** Words that statements begin with: what else a program has in quotes is no SQL, however it goes on. */
const BEGINNINGS = ['insert', 'update', 'delete', 'merge', 'truncate', 'copy', 'with', 'do', 'begin', 'explain', 'create'];
const isSql = (tokens: readonly Token[]): boolean => isWord(tokens[isMark(tokens[0], '(') ? 1 : 0], ...BEGINNINGS);

/** A part of a string: text that stands in the program as it is, or a place that it fills in. */
export interface StringPart {
  from: number;
  to: number;
  filled?: boolean;
}

/**
 * A string of a program as SQL, of the same length as its source, so that places need no sums: quotes and what joins two strings become
 * blanks, escapes the character that they mean.
 * @param escapes what is an escape in this language, with the character as its group
 */
export function sqlOfString(text: string, from: number, to: number, parts: readonly StringPart[], escapes = /\\([^])/g): string {
  let [sql, end] = ['', from];
  for (const part of parts) {
    sql += ' '.repeat(Math.max(part.from - end, 0));
    const source = text.slice(part.from, part.to);
    sql +=
      part.filled === true
        ? HOLE.repeat(source.length)
        : source.replace(escapes, (_, char: string) => ` ${/[a-z]/.test(char) ? ' ' : char}`);
    end = part.to;
  }
  return sql + ' '.repeat(Math.max(to - end, 0));
}

/** Writes of SQL that stands at `offset` of a file. */
export function writesOfSql(sql: string, offset: number, at: LineIndex, via: SqlWrite['via']): SqlWrite[] {
  const shifted: LineIndex = {
    position: (place) => at.position(place + offset),
    range: (from, to) => at.range(from + offset, to + offset),
  };
  return readSql(sql, shifted, 0, sql.length, isSql).sql_writes.map((write) => ({ ...write, via }));
}
