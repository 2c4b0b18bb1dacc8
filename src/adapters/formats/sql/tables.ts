import type { SqlName, SqlTable } from '../../../core/policy/ledger/sql-facts.ts';
import { nameAt } from './names.ts';
import { isMark, isWord, wordsAt } from './statements.ts';
import type { Token } from './tokens.ts';

export type Found<Fact> = Omit<Fact, 'range'> & { from: number; to: number };

const plain = ({ schema, name }: SqlName): SqlName => ({ schema, name });
const NO_COLUMN = ['constraint', 'primary', 'unique', 'foreign', 'check', 'exclude', 'like'];

/** Index after the parenthesis that closes the one at `at`. */
function afterParentheses(tokens: readonly Token[], at: number): number {
  let depth = 0;
  for (let next = at; next < tokens.length; next++) {
    if (isMark(tokens[next], '(')) depth++;
    else if (isMark(tokens[next], ')') && --depth === 0) return next + 1;
  }
  return tokens.length;
}

/** Names of columns, and the tables that `like` names, in the parentheses at `at`. */
function columnsAt(tokens: readonly Token[], at: number, end: number): { columns: string[]; like: SqlName[] } {
  const columns: string[] = [];
  const like: SqlName[] = [];
  for (let next = at + 1, depth = 1, begins = true; next < end; next++) {
    const token = tokens[next];
    if (begins && depth === 1 && token) {
      const name = isWord(token, 'like') ? nameAt(tokens, next + 1) : undefined;
      if (name) like.push(plain(name));
      else if (token.kind === 'quoted' || (token.kind === 'word' && !NO_COLUMN.includes(token.text))) columns.push(token.text);
    }
    begins = depth === 1 && isMark(token, ',');
    if (isMark(token, '(')) depth++;
    else if (isMark(token, ')')) depth--;
  }
  return { columns, like };
}

/** Tables that a query reads. */
function readsOf(tokens: readonly Token[]): SqlName[] {
  return tokens.flatMap((token, at) => {
    const found = isWord(token, 'from', 'join') ? nameAt(tokens, isWord(tokens[at + 1], 'only') ? at + 2 : at + 1) : undefined;
    return found ? [plain(found)] : [];
  });
}

const isReadOnly = (tokens: readonly Token[]): boolean =>
  tokens.some(
    (token, at) => isWord(token, 'updatable') && tokens[at + 1]?.kind === 'string' && tokens[at + 1]?.text.toLowerCase() === 'false',
  );

const stringAfter = (tokens: readonly Token[], word: string): string | null => {
  const value = tokens[tokens.findIndex((token) => isWord(token, word)) + 1];
  return value?.kind === 'string' ? value.text : null;
};

/** Server options, for foreign tables that say nothing themselves. */
export function serverOf(tokens: readonly Token[], at: number): { name: string; read_only: boolean; from: number; to: number } | undefined {
  if (!wordsAt(tokens, at, 'create', 'server') && !wordsAt(tokens, at, 'alter', 'server')) return undefined;
  const name = nameAt(tokens, wordsAt(tokens, at + 2, 'if', 'not', 'exists') ? at + 5 : at + 2);
  return name && { name: name.name, read_only: isReadOnly(tokens), from: name.from, to: name.to };
}

/** `import foreign schema … limit to (a, b) from server s into t`: foreign tables by their names there. */
export function importedTables(tokens: readonly Token[], at: number): Found<SqlTable>[] {
  if (!wordsAt(tokens, at, 'import', 'foreign', 'schema')) return [];
  const limit = tokens.findIndex((token, index) => isWord(token, 'limit') && isWord(tokens[index + 1], 'to'));
  if (limit === -1) return [];
  const end = afterParentheses(tokens, limit + 2);
  const server = nameAt(tokens, tokens.findIndex((token, index) => index > end && isWord(token, 'server')) + 1)?.name ?? null;
  const schema = nameAt(tokens, tokens.findIndex((token, index) => index >= end && isWord(token, 'into')) + 1)?.name ?? null;
  return tokens.slice(limit + 3, end - 1).flatMap((token): Found<SqlTable>[] =>
    token.kind === 'word' || token.kind === 'quoted'
      ? [
          {
            ...{ schema, name: token.text, kind: 'foreign', columns: [], reads: [], grouped: false, server },
            ...{ remote_name: token.text, read_only: isReadOnly(tokens), from: token.from, to: token.to },
          },
        ]
      : [],
  );
}

/** The table that a `create` at `at` makes. */
export function tableOf(tokens: readonly Token[], at: number): Found<SqlTable> | undefined {
  if (!isWord(tokens[at], 'create')) return undefined;
  let next = at + 1;
  while (isWord(tokens[next], 'global', 'local', 'unlogged', 'foreign', 'materialized')) next++;
  const view = isWord(tokens[next - 1], 'materialized');
  // A temporary table is no word of these: it is gone with its session.
  if (!isWord(tokens[next], view ? 'view' : 'table')) return undefined;
  next += wordsAt(tokens, next + 1, 'if', 'not', 'exists') ? 4 : 1;
  const name = nameAt(tokens, next);
  const begin = tokens[at];
  if (!name || !begin || wordsAt(tokens, name.next, 'partition', 'of')) return undefined;
  next = name.next;
  const list = isMark(tokens[next], '(') ? afterParentheses(tokens, next) : next;
  const { columns, like } = list > next ? columnsAt(tokens, next, list - 1) : { columns: [], like: [] };
  const rest = tokens.slice(list);
  const query = rest.findIndex(
    (token, index) => isWord(token, 'as') && (isWord(rest[index + 1], 'select', 'with', 'table') || isMark(rest[index + 1], '(')),
  );
  const filled = query === -1 ? [] : rest.slice(query);
  const foreign = tokens.slice(at, next).some((token) => isWord(token, 'foreign'));
  const server = foreign ? nameAt(rest, rest.findIndex((token) => isWord(token, 'server')) + 1) : undefined;
  return {
    ...plain(name),
    kind: foreign ? 'foreign' : view ? 'materialized-view' : query === -1 ? 'table' : 'as-select',
    columns,
    reads: [...like, ...readsOf(filled)],
    grouped: filled.some((token, index) => isWord(token, 'group') && isWord(filled[index + 1], 'by')),
    server: server?.name ?? null,
    remote_name: foreign ? stringAfter(rest, 'table_name') : null,
    read_only: foreign && isReadOnly(rest),
    from: begin.from,
    to: name.to,
  };
}
