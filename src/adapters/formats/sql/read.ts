import type { FileFacts } from '../../../core/policy/facts.ts';
import type { SqlPublication, SqlServer, SqlSubscription, SqlTable, SqlWrite } from '../../../core/policy/ledger/sql-facts.ts';
import type { LineIndex } from '../lines.ts';
import { nameAt, namesAt } from './names.ts';
import { protectionsOf } from './protections.ts';
import { isMark, isWord, sqlStatements, wordsAt } from './statements.ts';
import { importedTables, serverOf, tableOf, type Found } from './tables.ts';
import { inside, type Token } from './tokens.ts';
import { beginsStatement, writesOf } from './writes.ts';

const MAX_DEPTH = 5;

type SqlFacts = Required<
  Pick<FileFacts, 'sql_tables' | 'sql_writes' | 'sql_protections' | 'sql_servers' | 'sql_subscriptions' | 'sql_publications'>
>;

/** What a statement runs besides itself: the bodies of functions and of `do`, and texts that PL/pgSQL executes. */
function codeIn(tokens: readonly Token[]): Token[] {
  const isFunction = isWord(tokens[0], 'create') && tokens.some((token) => isWord(token, 'function', 'procedure'));
  const said = tokens.findIndex((token) => isWord(token, 'language'));
  const isForeign = said !== -1 && !['sql', 'plpgsql'].includes(tokens[said + 1]?.text.toLowerCase() ?? '');
  if (isForeign && (isFunction || isWord(tokens[0], 'do'))) return [];
  return tokens.filter((token, at) => {
    const before = tokens[at - 1];
    const executed = isWord(before, 'execute') || (isMark(before, '(') && isWord(tokens[at - 2], 'format'));
    if (token.kind === 'body') return executed || isWord(before, 'as', 'do') || isWord(tokens[0], 'do');
    return token.kind === 'string' && (executed || (isFunction && isWord(before, 'as')));
  });
}

const publication = (tokens: readonly Token[]): Found<SqlPublication> | undefined => {
  if (!wordsAt(tokens, 0, 'create', 'publication')) return undefined;
  const name = nameAt(tokens, 2);
  const tables = tokens.findIndex((token) => isWord(token, 'table'));
  if (!name || tables === -1) return undefined;
  const named = namesAt(tokens, tables + 1);
  return { name: name.name, tables: named.map(({ schema, name: table }) => ({ schema, name: table })), from: name.from, to: name.to };
};

const subscription = (tokens: readonly Token[]): Found<SqlSubscription> | undefined => {
  if (!wordsAt(tokens, 0, 'create', 'subscription')) return undefined;
  const name = nameAt(tokens, 2);
  const from = tokens.findIndex((token) => isWord(token, 'publication'));
  const connection = tokens.find(({ kind }) => kind === 'string')?.text ?? '';
  if (!name || from === -1) return undefined;
  const publications = namesAt(tokens, from + 1).map((one) => one.name);
  return { name: name.name, publications, from_odoo: /odoo/i.test(connection), from: name.from, to: name.to };
};

/**
 * What SQL says, statement by statement, with the bodies of its functions. Nothing in it is unreadable: a statement that is not
 * known here tells nothing.
 * @param isSql says of the first word of a statement whether it is one: texts of programs hold much else
 */
export function readSql(
  text: string,
  at: LineIndex,
  from = 0,
  end = text.length,
  isSql: (statement: readonly Token[]) => boolean = () => true,
): SqlFacts {
  const facts: SqlFacts = {
    ...{ sql_tables: [], sql_writes: [], sql_protections: [], sql_servers: [], sql_subscriptions: [], sql_publications: [] },
  };
  const placed = <Fact>({ from: start, to, ...fact }: Found<Fact>): Fact => ({ ...fact, range: at.range(start, to) }) as Fact;
  const read = (start: number, stop: number, depth: number): void => {
    for (const tokens of sqlStatements(text, start, stop)) {
      if (depth === 0 && !isSql(tokens)) continue;
      const published = publication(tokens);
      const subscribed = subscription(tokens);
      if (published) facts.sql_publications.push(placed<SqlPublication>(published));
      if (subscribed) facts.sql_subscriptions.push(placed<SqlSubscription>(subscribed));
      for (const [index, token] of tokens.entries()) {
        if (token.kind !== 'word' || !beginsStatement(tokens, index)) continue;
        const [table, server] = [tableOf(tokens, index), serverOf(tokens, index)];
        if (table) facts.sql_tables.push(placed<SqlTable>(table));
        if (server) facts.sql_servers.push(placed<SqlServer>(server));
        facts.sql_tables.push(...importedTables(tokens, index).map((one) => placed<SqlTable>(one)));
        for (const { from: first, to, ...fact } of protectionsOf(tokens, index))
          facts.sql_protections.push({ ...fact, range: at.range(first, to) });
      }
      for (const {
        verb,
        table: { schema, name, to },
        from: first,
      } of writesOf(tokens))
        facts.sql_writes.push({ schema, name, verb, via: 'sql', times: 1, range: at.range(first, to) });
      if (depth < MAX_DEPTH) for (const code of codeIn(tokens)) read(...inside(code), depth + 1);
    }
  };
  read(from, end, 0);
  return facts;
}

/** Each verb and table once a file, where it first stands: a file of rows to be put in may have thousands. */
export function countWrites(writes: readonly SqlWrite[]): SqlWrite[] {
  const counted = new Map<string, SqlWrite>();
  for (const write of writes) {
    const key = `${write.via}\0${write.verb}\0${write.schema ?? ''}\0${write.name}`;
    const first = counted.get(key);
    counted.set(key, first ? { ...first, times: first.times + write.times } : write);
  }
  return [...counted.values()];
}
