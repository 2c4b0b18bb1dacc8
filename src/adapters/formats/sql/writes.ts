import type { SqlVerb } from '../../../core/policy/ledger/sql-facts.ts';
import { nameAt, namesAt, type FoundName } from './names.ts';
import { isMark, isWord, wordsAt } from './statements.ts';
import type { Token } from './tokens.ts';

export interface FoundWrite {
  verb: SqlVerb;
  table: FoundName;
  /** Offset of the verb. */
  from: number;
}

/** Words after which a statement of PL/pgSQL begins. */
const BEGINS = ['begin', 'then', 'else', 'loop', 'do', 'as', 'return', 'atomic'];
export const beginsStatement = (tokens: readonly Token[], at: number): boolean => at === 0 || isWord(tokens[at - 1], ...BEGINS);

const only = (tokens: readonly Token[], at: number): number => (isWord(tokens[at], 'only') ? at + 1 : at);
const isEnd = (token: Token | undefined): boolean => token === undefined || isMark(token, ')') || token.kind === 'hole';

/** A second name of the table may stand between it and what must follow. */
function afterAlias(tokens: readonly Token[], at: number, expected: (at: number) => boolean): boolean {
  const alias = isWord(tokens[at], 'as') ? at + 1 : at;
  return expected(at) || (nameAt(tokens, alias)?.next === alias + 1 && expected(alias + 1));
}

function writesAt(tokens: readonly Token[], at: number): { verb: SqlVerb; tables: readonly FoundName[] } | undefined {
  const one = (verb: SqlVerb, place: number, follows: (next: number) => boolean) => {
    const table = nameAt(tokens, place);
    return table && follows(table.next) ? { verb, tables: [table] } : undefined;
  };
  switch (tokens[at]?.text) {
    case 'insert':
      return isWord(tokens[at + 1], 'into')
        ? one('insert', at + 2, (next) =>
            afterAlias(
              tokens,
              next,
              (then) =>
                isEnd(tokens[then]) ||
                isMark(tokens[then], '(') ||
                isWord(tokens[then], 'values', 'select', 'default', 'with', 'overriding', 'table'),
            ),
          )
        : undefined;
    case 'update':
      return one('update', only(tokens, at + 1), (next) => afterAlias(tokens, next, (then) => isWord(tokens[then], 'set')));
    case 'delete':
      return isWord(tokens[at + 1], 'from')
        ? one('delete', only(tokens, at + 2), (next) =>
            afterAlias(tokens, next, (then) => isEnd(tokens[then]) || isWord(tokens[then], 'where', 'using', 'returning')),
          )
        : undefined;
    case 'merge':
      return isWord(tokens[at + 1], 'into')
        ? one('merge', only(tokens, at + 2), (next) => afterAlias(tokens, next, (then) => isWord(tokens[then], 'using')))
        : undefined;
    case 'truncate': {
      const place = isWord(tokens[at + 1], 'table') ? at + 2 : at + 1;
      return beginsStatement(tokens, at) ? { verb: 'truncate', tables: namesAt(tokens, place) } : undefined;
    }
    case 'copy': {
      const table = beginsStatement(tokens, at) ? nameAt(tokens, at + 1) : undefined;
      if (!table) return undefined;
      let next = table.next;
      if (isMark(tokens[next], '(')) while (next < tokens.length && !isMark(tokens[next], ')')) next++;
      return wordsAt(tokens, isMark(tokens[next], ')') ? next + 1 : next, 'from') ? { verb: 'copy', tables: [table] } : undefined;
    }
    default:
      return undefined;
  }
}

/** Each change of rows in a statement, those of its `with` among them. */
export function writesOf(tokens: readonly Token[]): FoundWrite[] {
  return tokens.flatMap((token, at) => {
    if (token.kind !== 'word') return [];
    const found = writesAt(tokens, at);
    return (found?.tables ?? []).map((table) => ({ verb: found?.verb ?? 'insert', table, from: token.from }));
  });
}
