import { createHash } from 'node:crypto';
import type { Reader } from '../../../core/policy/facts.ts';
import { isSupabaseMigration } from '../../../core/policy/row-level-security.ts';
import { lineIndex } from '../lines.ts';
import { countWrites, readSql } from './read.ts';

/** The hash by which a migration is compared with the one that this program brings; how lines end makes no difference. */
export const sqlTextHash = (text: string): string => createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex');

/** Files of SQL. Cut into words here and not by a parser of statements: those that exist for Node do not know all of PostgreSQL. */
export const sqlReader: Reader = {
  name: 'sql',
  version: 2,
  reads: (path) => path.endsWith('.sql'),
  read: (path, text) => {
    const facts = readSql(text, lineIndex(text));
    return {
      ...facts,
      sql_writes: countWrites(facts.sql_writes),
      ...(isSupabaseMigration(path) ? { sql_texts: [{ sha256: sqlTextHash(text) }] } : {}),
    };
  },
};
