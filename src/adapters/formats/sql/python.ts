import type { SyntaxNodeRef } from '@lezer/common';
import { parser } from '@lezer/python';
import type { Reader } from '../../../core/policy/facts.ts';
import type { SqlWrite } from '../../../core/policy/ledger/sql-facts.ts';
import { lineIndex } from '../lines.ts';
import { countWrites } from './read.ts';
import { mayWriteSql, sqlOfString, writesOfSql, type StringPart } from './strings.ts';

/** A program that Odoo runs, with Odoo's own cursor: it is no outside one (§2.1). */
const isInsideOdoo = (text: string): boolean =>
  /^[ \t]*(?:from|import)[ \t]+(?:odoo|openerp|openupgradelib)(?:[.\s,]|$)/m.test(text) ||
  (/\benv\.cr\b/.test(text) && !/\bpsycopg/.test(text));

/** The text of a string between its quotes, and what an f-string fills in. */
function partsOf(text: string, { node }: SyntaxNodeRef): StringPart[] {
  const [open = ''] = /^[a-zA-Z]*(?:'''|"""|'|")/.exec(text.slice(node.from, node.from + 6)) ?? [];
  const quotes = open.replace(/^[a-zA-Z]*/, '').length;
  const parts: StringPart[] = [];
  let from = node.from + open.length;
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== 'FormatReplacement') continue;
    parts.push({ from, to: child.from }, { from: child.from, to: child.to, filled: true });
    from = child.to;
  }
  return [...parts, { from, to: Math.max(node.to - quotes, from) }];
}

/** SQL in the strings of Python, those of f-strings and of neighbours that Python joins. */
export const pythonSqlReader: Reader = {
  name: 'sql-in-python',
  version: 2,
  reads: (path) => path.endsWith('.py'),
  mayTell: (text) => mayWriteSql(text) && !isInsideOdoo(text),
  read: (_path, text) => {
    if (isInsideOdoo(text)) return {};
    const at = lineIndex(text);
    const writes: SqlWrite[] = [];
    parser.parse(text).iterate({
      enter: (node) => {
        if (!['String', 'FormatString', 'ContinuedString'].includes(node.name)) return true;
        // A string that is a statement of its own is documentation.
        if (node.node.parent?.name === 'ExpressionStatement') return false;
        const strings = node.name === 'ContinuedString' ? [...children(node)] : [node];
        const sql = sqlOfString(
          text,
          node.from,
          node.to,
          strings.flatMap((one) => partsOf(text, one)),
        );
        writes.push(...writesOfSql(sql, node.from, at, 'python'));
        return false;
      },
    });
    return { sql_writes: countWrites(writes) };
  },
};

function* children({ node }: SyntaxNodeRef): Generator<SyntaxNodeRef> {
  for (let child = node.firstChild; child; child = child.nextSibling) if (child.name.endsWith('String')) yield child;
}
