import { escapeIdentifier, escapeLiteral } from 'pg';
import { notSpoken, restError } from './rest-errors.ts';

/** PostgREST's query string as SQL. */

const OPERATORS: Readonly<Record<string, string>> = {
  eq: '=',
  neq: '<>',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  like: 'like',
  ilike: 'ilike',
  cs: '@>',
  cd: '<@',
  ov: '&&',
};
const RESERVED = new Set(['select', 'order', 'limit', 'offset', 'or', 'and', 'on_conflict', 'columns']);

/** Where rows come from: the text after `from`, and the name that its columns go by. */
export interface Source {
  from: string;
  name: string;
}

const parseError = (text: string) => restError(400, 'PGRST100', `"failed to parse filter (${text})"`);

/** `column`, `column->key`, `column->>key` */
function columnSql(text: string, { name }: Source): { sql: string; label: string } {
  const [column = '', ...path] = text.split(/(->>?)/);
  if (!/^[\w ]+$/.test(column)) throw notSpoken(`the column ${text}`);
  const plain = `${name}.${escapeIdentifier(column)}`;
  let sql = path.length === 0 ? plain : `to_jsonb(${plain})`;
  let label = column;
  for (let at = 0; at < path.length; at += 2) {
    const key = path[at + 1] ?? '';
    sql += `${path[at] ?? ''}${/^-?\d+$/.test(key) ? key : escapeLiteral(key)}`;
    label = key;
  }
  return { sql, label };
}

function selectList(text: string, source: Source): string {
  if (/[()]/.test(text)) throw notSpoken('embedded resources and aggregates');
  return text
    .split(',')
    .map((item) => {
      if (item === '*') return `${source.name}.*`;
      const [, alias, column = '', cast] = /^(?:([^:]+):(?!:))?([^:]+)(::.+)?$/.exec(item) ?? [];
      if (cast !== undefined) throw notSpoken('a cast in select');
      const { sql, label } = columnSql(column, source);
      return `${sql} as ${escapeIdentifier(alias ?? label)}`;
    })
    .join(', ');
}

function orderList(text: string, source: Source): string {
  const items = text.split(',').map((item) => {
    const [, column = '', direction, nulls] = /^(.+?)(?:\.(asc|desc))?(?:\.nulls(first|last))?$/.exec(item) ?? [];
    if (column.includes('.')) throw parseError(item);
    return `${columnSql(column, source).sql}${direction ? ` ${direction}` : ''}${nulls ? ` nulls ${nulls}` : ''}`;
  });
  return items.join(', ');
}

/** Reads one filter, or a tree of them as in `or=(…)`. Values become parameters, so that they are of the column's type. */
function filterReader(values: unknown[], source: Source) {
  const bind = (value: unknown) => `$${values.push(value)}`;

  const condition = (column: string, operation: string): string => {
    const [, not, operator = '', value = ''] = /^(not\.)?([a-z]+)\.(.*)$/s.exec(operation) ?? [];
    const { sql } = columnSql(column, source);
    const positive = comparison(sql, operator, value, operation);
    return not === undefined ? positive : `not ${positive}`;
  };
  const comparison = (sql: string, operator: string, value: string, whole: string): string => {
    if (operator === 'is') {
      if (!/^(?:null|true|false|unknown)$/i.test(value)) throw parseError(whole);
      return `${sql} is ${value}`;
    }
    if (operator === 'in') {
      if (!/^\(.*\)$/s.test(value)) throw parseError(whole);
      return `${sql} = any (${bind(value === '()' ? [] : split(value.slice(1, -1)).map(unquote))})`;
    }
    const symbol = OPERATORS[operator];
    if (symbol === undefined)
      throw /^(?:fts|plfts|phfts|wfts|match|imatch|sl|sr|nxl|nxr|adj|isdistinct)$/.test(operator) ? notSpoken(operator) : parseError(whole);
    return `${sql} ${symbol} ${bind(symbol.endsWith('like') ? value.replaceAll('*', '%') : value)}`;
  };
  const tree = (operator: string, text: string): string => {
    if (!/^\(.*\)$/s.test(text)) throw parseError(text);
    const terms = split(text.slice(1, -1)).map((term) => {
      const [, not, inner, rest = ''] = /^(not\.)?(and|or)(\(.*\))$/s.exec(term) ?? [];
      if (inner !== undefined) return `${not === undefined ? '' : 'not '}${tree(inner, rest)}`;
      const [, column = '', operation = ''] = /^([^.]+)\.(.*)$/s.exec(term) ?? [];
      return condition(
        column,
        operation.replace(/^((?:not\.)?[a-z]+\.)(".*")$/s, (_, start: string, value: string) => start + unquote(value)),
      );
    });
    return `(${terms.join(` ${operator} `)})`;
  };
  return { condition, tree };
}

const unquote = (text: string) => (/^".*"$/s.test(text) ? text.slice(1, -1).replace(/\\(.)/gs, '$1') : text);

/** Splits at the commas that stand in no quotes, brackets or braces. @throws where these are not closed */
function split(text: string): string[] {
  const parts = [''];
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    const piece = quoted && character === '\\' ? character + text.charAt(++at) : character;
    if (character === '"') quoted = !quoted;
    else if (!quoted && '({'.includes(character)) depth++;
    else if (!quoted && ')}'.includes(character)) depth--;
    if (character === ',' && !quoted && depth === 0) parts.push('');
    else parts.push((parts.pop() ?? '') + piece);
  }
  if (depth !== 0 || quoted) throw parseError(text);
  return parts;
}

export interface Question {
  rows: string;
  /** Rows without the limit. */
  count: string;
  offset: number;
}

/** @param values parameters that stand before, to which those of the filters are added */
export function questionOf(query: URLSearchParams, source: Source, values: unknown[]): Question {
  const reader = filterReader(values, source);
  const conditions = [...query].flatMap(([key, value]) => {
    const [, not, operator] = /^(not\.)?(and|or)$/.exec(key) ?? [];
    if (operator !== undefined) return [`${not === undefined ? '' : 'not '}${reader.tree(operator, value)}`];
    return RESERVED.has(key) ? [] : [reader.condition(key, value)];
  });
  const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
  const order = query.get('order');
  const limit = query.get('limit') ?? '';
  if (/^-\d/.test(limit))
    throw restError(416, 'PGRST103', 'Requested range not satisfiable', 'Limit should be greater than or equal to zero.');
  const offset = /^\d+$/.test(query.get('offset') ?? '') ? Number(query.get('offset')) : 0;
  return {
    rows:
      `select ${selectList(query.get('select') ?? '*', source)} from ${source.from}${where}` +
      `${order === null ? '' : ` order by ${orderList(order, source)}`}${/^\d+$/.test(limit) ? ` limit ${limit}` : ''} offset ${offset}`,
    count: `select count(*) from ${source.from}${where}`,
    offset,
  };
}
