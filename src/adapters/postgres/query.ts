import type { Condition, Query } from '../../core/control-plane/port.ts';

/** A statement and its values, as `pg` takes them. */
export interface Statement {
  text: string;
  values: unknown[];
}

const OPERATORS = { equal: '=', less: '<', 'at-most': '<=', 'at-least': '>=' } as const;

// Names come from our own sources; what is quoted cannot be anything else all the same.
const name = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

function condition(on: Condition, place: (value: unknown) => string): string {
  const column = name(on.column);
  switch (on.is) {
    case 'null':
      return `${column} is null`;
    case 'one-of':
      return `${column} = any (${place(on.value)})`;
    default:
      return `${column} ${OPERATORS[on.is]} ${place(on.value)}`;
  }
}

/**
 * A question as SQL. Each row comes as JSON, in the very form that PostgREST gives it, so that both are parsed by one schema.
 * @param clientId rows of others are not asked for; row-level security would not show them either
 */
export function statement({ table, row, where, order, after, limit }: Query, clientId: string): Statement {
  const values: unknown[] = [];
  const place = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [`client_id = ${place(clientId)}`, ...where.map((on) => condition(on, place))];
  if (after) {
    conditions.push(`(${order.columns.map(name).join(', ')}) ${order.direction === 'desc' ? '<' : '>'} (${after.map(place).join(', ')})`);
  }
  const columns = Object.keys(row.shape).map(name).join(', ');
  const sorted = order.columns.map((column) => `${name(column)} ${order.direction}`).join(', ');
  const inner = `select ${columns} from ops.${name(table)} where ${conditions.join(' and ')} order by ${sorted} limit ${place(limit)}`;
  return { text: `select to_jsonb(found) as row from (${inner}) as found`, values };
}
