import type { SqlProtection } from '../../../core/policy/ledger/sql-facts.ts';
import { nameAt, type FoundName } from './names.ts';
import { isMark, isWord, wordsAt } from './statements.ts';
import type { Token } from './tokens.ts';

type Without<Fact> = Fact extends unknown ? Omit<Fact, 'range'> & { from: number; to: number } : never;
export type FoundProtection = Without<SqlProtection>;

const MAX_CONDITION = 200;

/** Offsets of a statement from `at` to its end. */
const span = (tokens: readonly Token[], at: number): { from: number; to: number } => ({
  from: tokens[at]?.from ?? 0,
  to: tokens.at(-1)?.to ?? 0,
});

/** `ops.%I` of PL/pgSQL's `format`: any table of the schema. */
const anyTableAt = (tokens: readonly Token[], at: number): { schema: string; name: null; next: number } | undefined => {
  const [schema, dot, percent] = tokens.slice(at, at + 3);
  const isAny = schema?.kind === 'word' && isMark(dot, '.') && isMark(percent, '%');
  return isAny ? { schema: schema.text, name: null, next: at + 3 } : undefined;
};

function alterTable(tokens: readonly Token[], at: number): FoundProtection[] {
  let next = at + 2;
  if (wordsAt(tokens, next, 'if', 'exists')) next += 2;
  if (isWord(tokens[next], 'only')) next++;
  const table = nameAt(tokens, next) ?? anyTableAt(tokens, next);
  if (!table) return [];
  const { schema, name } = table;
  const found: FoundProtection[] = [];
  for (let index = table.next; index < tokens.length; index++) {
    const say = (change: 'enable' | 'force' | 'disable' | 'no-force' | 'trigger-off') =>
      found.push({ change, schema, name, ...span(tokens, at) });
    if (wordsAt(tokens, index + 1, 'row', 'level', 'security')) {
      if (isWord(tokens[index], 'enable', 'disable')) say(tokens[index]?.text === 'enable' ? 'enable' : 'disable');
      else if (isWord(tokens[index], 'force')) say(isWord(tokens[index - 1], 'no') ? 'no-force' : 'force');
    } else if (wordsAt(tokens, index, 'disable', 'trigger') || wordsAt(tokens, index, 'enable', 'replica', 'trigger')) say('trigger-off');
  }
  return found;
}

/** The table after the word `on`. */
const tableOn = (tokens: readonly Token[], at: number): FoundName | undefined => {
  const on = tokens.findIndex((token, index) => index > at && isWord(token, 'on'));
  if (on === -1) return undefined;
  return nameAt(tokens, isWord(tokens[on + 1], 'table', 'only') ? on + 2 : on + 1);
};

/** What stands in the parentheses after `using`, in one spelling. */
function conditionOf(tokens: readonly Token[], at: number): string | null {
  const using = tokens.findIndex((token, index) => index > at && isWord(token, 'using') && isMark(tokens[index + 1], '('));
  if (using === -1) return null;
  const words: string[] = [];
  for (let index = using + 2, depth = 1; index < tokens.length; index++) {
    const token = tokens[index];
    if (isMark(token, '(')) depth++;
    else if (isMark(token, ')') && --depth === 0) break;
    if (token) words.push(token.kind === 'string' ? `'${token.text}'` : token.text);
  }
  return words.join(' ').slice(0, MAX_CONDITION);
}

/** Whom a policy is for. */
function rolesOf(tokens: readonly Token[], at: number): string[] {
  const end = tokens.findIndex((token, index) => index > at && isWord(token, 'using', 'with'));
  const head = tokens.slice(0, end === -1 ? undefined : end);
  const to = head.findIndex((token, index) => index > at && isWord(token, 'to'));
  return to === -1 ? ['public'] : head.slice(to + 1).flatMap(({ kind, text }) => (kind === 'word' || kind === 'quoted' ? [text] : []));
}

function grant(tokens: readonly Token[], at: number): FoundProtection[] {
  const to = tokens.findIndex((token, index) => index > at && isWord(token, 'to'));
  const on = tokens.findIndex((token, index) => index > at && isWord(token, 'on'));
  if (on === -1 || to < on) return [];
  const words = tokens.slice(to + 1).flatMap((token) => (token.kind === 'word' || token.kind === 'quoted' ? [token.text] : []));
  const grantees = words.slice(0, words.includes('with') ? words.indexOf('with') : undefined);
  const all = wordsAt(tokens, on + 1, 'all', 'tables', 'in', 'schema') ? nameAt(tokens, on + 5) : undefined;
  if (all) return [{ change: 'grant', roles: grantees, schema: all.name, name: null, ...span(tokens, at) }];
  if (isWord(tokens[on + 1], 'schema', 'function', 'sequence', 'all', 'type', 'database', 'procedure', 'routine')) return [];
  const found: FoundProtection[] = [];
  for (let next = isWord(tokens[on + 1], 'table') ? on + 2 : on + 1; next < to; next++) {
    const table = nameAt(tokens, next);
    if (!table) break;
    found.push({ change: 'grant', roles: grantees, schema: table.schema, name: table.name, ...span(tokens, at) });
    next = table.next;
  }
  return found;
}

/** What the statement that begins at `at` does to the protection of tables. */
export function protectionsOf(tokens: readonly Token[], at: number): FoundProtection[] {
  if (wordsAt(tokens, at, 'alter', 'table')) return alterTable(tokens, at);
  if (isWord(tokens[at], 'grant')) return grant(tokens, at);
  const changes = isWord(tokens[at], 'drop', 'alter', 'create');
  const table = changes && isWord(tokens[at + 1], 'policy', 'trigger') ? tableOn(tokens, at) : undefined;
  if (!table) return [];
  const { schema, name } = table;
  const where = { schema, name, ...span(tokens, at) };
  if (isWord(tokens[at + 1], 'trigger')) return isWord(tokens[at], 'drop') ? [{ change: 'trigger-dropped', ...where }] : [];
  if (isWord(tokens[at], 'create')) {
    const isRestrictive = tokens.some((_, index) => index > at && wordsAt(tokens, index, 'as', 'restrictive'));
    return [{ change: 'policy', using: isRestrictive ? null : conditionOf(tokens, at), roles: rolesOf(tokens, at), ...where }];
  }
  return [{ change: 'policy-changed', ...where }];
}
