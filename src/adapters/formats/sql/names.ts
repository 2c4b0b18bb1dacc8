import type { SqlName } from '../../../core/policy/ledger/sql-facts.ts';
import { isMark, isWord } from './statements.ts';
import type { Token } from './tokens.ts';

export interface FoundName extends SqlName {
  /** Index of the first token after it. */
  next: number;
  from: number;
  to: number;
}

const isName = (token: Token | undefined): token is Token => token?.kind === 'word' || token?.kind === 'quoted';

/** A name that a program has written a part of is not known. */
const isWhole = (tokens: readonly Token[], at: number): boolean => {
  const [before, token, after] = [tokens[at - 1], tokens[at], tokens[at + 1]];
  return !(before?.kind === 'hole' && before.to === token?.from) && !(after?.kind === 'hole' && after.from === token?.to);
};

/** `schema.name`, `"schema"."name"`, `name`; undefined where no name stands there, or only a part of one. */
export function nameAt(tokens: readonly Token[], at: number): FoundName | undefined {
  const first = tokens[at];
  const parts: (string | null)[] = [];
  let next = at;
  for (;;) {
    const token = tokens[next];
    if (token?.kind === 'hole') parts.push(null);
    else if (isName(token) && isWhole(tokens, next)) parts.push(token.text);
    else return undefined;
    next++;
    if (!isMark(tokens[next], '.')) break;
    next++;
  }
  const name = parts.at(-1);
  const last = tokens[next - 1];
  if (!first || !last || name === undefined || name === null) return undefined;
  return { schema: parts.at(-2) ?? null, name, next, from: first.from, to: last.to };
}

/** `a, only b.c`: names with a comma between them. */
export function namesAt(tokens: readonly Token[], at: number): FoundName[] {
  const names: FoundName[] = [];
  for (let next = at; ; next++) {
    const found = nameAt(tokens, isWord(tokens[next], 'only') ? next + 1 : next);
    if (!found) return names;
    names.push(found);
    next = found.next;
    if (!isMark(tokens[next], ',')) return names;
  }
}
