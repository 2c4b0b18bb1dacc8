import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/javascript';
import type { Reader } from '../../../core/policy/facts.ts';
import type { SqlVerb, SqlWrite } from '../../../core/policy/ledger/sql-facts.ts';
import { lineIndex, type LineIndex } from '../lines.ts';
import { countWrites } from './read.ts';
import { mayWriteSql, sqlOfString, writesOfSql, type StringPart } from './strings.ts';

const SUPABASE_VERBS: Readonly<Record<string, SqlVerb>> = { insert: 'insert', upsert: 'insert', update: 'update', delete: 'delete' };
/** A table of Odoo has an underscore in its name: others are not looked for. */
const mayUseSupabase = (text: string): boolean =>
  /\.from\(\s*(['"`])\w+_\w+\1\s*\)/.test(text) && /\.(?:insert|upsert|update|delete)\s*[(<]/.test(text);

const dialectOf = (path: string): string => (/\.[cm]?ts$/.test(path) ? 'ts' : path.endsWith('.tsx') ? 'ts jsx' : 'jsx');

/** `from('x')` as it is called on something: the name, and where it stands. */
function argumentOf(
  text: string,
  call: SyntaxNode | null,
  method: string,
): { value: string; node: SyntaxNode; on: SyntaxNode } | undefined {
  const callee = call?.name === 'CallExpression' ? call.firstChild : null;
  const [on, property] = [callee?.firstChild, callee?.lastChild];
  if (callee?.name !== 'MemberExpression' || !on || !property || text.slice(property.from, property.to) !== method) return undefined;
  const argument = call?.getChild('ArgList')?.firstChild?.nextSibling;
  const value = argument && /^(['"`])(\w+)\1$/.exec(text.slice(argument.from, argument.to))?.[2];
  return argument && value !== undefined && value !== '' ? { value: value ?? '', node: argument, on } : undefined;
}

/** `supabase.from('account_move').insert(…)` */
function supabaseWrite(text: string, call: SyntaxNode, at: LineIndex): SqlWrite[] {
  // `insert<Row>(…)` is one thing more around its name.
  const callee = call.firstChild?.name === 'InstantiationExpression' ? call.firstChild.firstChild : call.firstChild;
  const property = callee?.name === 'MemberExpression' ? callee.lastChild : null;
  const verb = property && SUPABASE_VERBS[text.slice(property.from, property.to)];
  const table = verb && argumentOf(text, callee?.firstChild ?? null, 'from');
  if (!verb || !table) return [];
  const schema = argumentOf(text, table.on, 'schema')?.value ?? null;
  return [{ schema, name: table.value, verb, via: 'supabase-js', times: 1, range: at.range(table.node.from, table.node.to) }];
}

function partsOf(node: SyntaxNode): StringPart[] {
  const parts: StringPart[] = [];
  let from = node.from + 1;
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== 'Interpolation') continue;
    parts.push({ from, to: child.from }, { from: child.from, to: child.to, filled: true });
    from = child.to;
  }
  return [...parts, { from, to: Math.max(node.to - 1, from) }];
}

/** SQL in the strings of JavaScript and TypeScript, and what supabase-js writes. */
export const javascriptSqlReader: Reader = {
  name: 'sql-in-javascript',
  version: 2,
  reads: (path) => /\.[cm]?[jt]sx?$/.test(path) && !/\.min\.js$|(?:^|\/)(?:node_modules|dist)\//.test(path),
  mayTell: (text) => mayWriteSql(text) || mayUseSupabase(text),
  read: (path, text) => {
    const at = lineIndex(text);
    const writes: SqlWrite[] = [];
    parser
      .configure({ dialect: dialectOf(path) })
      .parse(text)
      .iterate({
        enter: ({ node }) => {
          if (node.name === 'CallExpression') writes.push(...supabaseWrite(text, node, at));
          if (node.name === 'String' || node.name === 'TemplateString')
            writes.push(...writesOfSql(sqlOfString(text, node.from, node.to, partsOf(node)), node.from, at, 'javascript'));
          return node.name !== 'String';
        },
      });
    return { sql_writes: countWrites(writes) };
  },
};
