import { isScalar, parseDocument, visit } from 'yaml';
import type { Reader } from '../../../core/policy/facts.ts';
import type { SqlWrite } from '../../../core/policy/ledger/sql-facts.ts';
import { lineIndex, type LineIndex } from '../lines.ts';
import { shellTexts } from './shell-texts.ts';
import { countWrites } from './read.ts';
import { mayWriteSql, sqlOfString, writesOfSql } from './strings.ts';

/** A script without a client of PostgreSQL runs no SQL, whatever it writes to a file. */
const mayRunSql = (text: string): boolean => /\b(?:psql|pgcli|usql)\b/.test(text) && mayWriteSql(text);

/** Those of double quotes; `\\copy` is none. */
const ESCAPES = /\\([$"\\`\n])/g;

const writesOfShell = (text: string, at: LineIndex, via: SqlWrite['via'], from = 0, end = text.length): SqlWrite[] =>
  [...shellTexts(text, from, end)].flatMap((one) =>
    writesOfSql(sqlOfString(text, one.from, one.to, one.parts, ESCAPES), one.from, at, via),
  );

/** SQL that shell scripts give to psql, in quotes or as here-documents. */
export const shellSqlReader: Reader = {
  name: 'sql-in-shell',
  version: 2,
  reads: (path) => /\.(?:sh|bash|zsh)$|(?:^|\/)(?:Makefile|justfile)$/.test(path),
  mayTell: mayRunSql,
  read: (_path, text) => ({ sql_writes: countWrites(writesOfShell(text, lineIndex(text), 'shell')) }),
};

/** The same in the `run:` blocks of workflows. */
export const workflowSqlReader: Reader = {
  name: 'sql-in-workflows',
  version: 2,
  reads: (path) => /(?:^|\/)\.github\/workflows\/[^/]+\.ya?ml$/.test(path),
  mayTell: mayRunSql,
  read: (_path, text) => {
    const at = lineIndex(text);
    const writes: SqlWrite[] = [];
    // What is wrong in it, the reader of workflows says.
    visit(parseDocument(text, { logLevel: 'silent' }), {
      Pair: (_key, { key, value }) => {
        if (!isScalar(key) || key.value !== 'run' || !isScalar(value) || !value.range) return;
        const [from, end] = value.range;
        const isBlock = value.type === 'BLOCK_LITERAL' || value.type === 'BLOCK_FOLDED';
        writes.push(...writesOfShell(text, at, 'workflow', isBlock ? text.indexOf('\n', from) : from, end));
      },
    });
    return { sql_writes: countWrites(writes) };
  },
};
