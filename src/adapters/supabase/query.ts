import type { Query } from '../../core/control-plane/port.ts';
import type { OpsClient } from './client.ts';

/** PostgREST reads commas and brackets in a list of conditions; within quotes it does not. */
const quoted = (value: string | number): string => `"${String(value).replace(/["\\]/g, '\\$&')}"`;

/**
 * Everything after the last row: `a < x or (a = x and (b < y or …))`. The index is entered at `a <= x`, which the planner would not see in
 * the rest of it.
 */
function afterRow({ columns, direction }: Query['order'], after: readonly (string | number)[]): string {
  const [column = '', ...others] = columns;
  const [value = '', ...values] = after;
  const beyond = `${column}.${direction === 'desc' ? 'lt' : 'gt'}.${quoted(value)}`;
  if (others.length === 0) return beyond;
  return `${beyond},and(${column}.eq.${quoted(value)},or(${afterRow({ columns: others, direction }, values)}))`;
}

/** A question as a request to PostgREST. */
export function restQuery(client: OpsClient, { table, row, where, order, after, limit }: Query, clientId: string) {
  let request = client.from(table).select(Object.keys(row.shape).join(',')).eq('client_id', clientId);
  for (const on of where) {
    switch (on.is) {
      case 'equal':
        request = request.eq(on.column, on.value);
        break;
      case 'less':
        request = request.lt(on.column, on.value);
        break;
      case 'at-most':
        request = request.lte(on.column, on.value);
        break;
      case 'at-least':
        request = request.gte(on.column, on.value);
        break;
      case 'one-of':
        request = request.in(on.column, [...on.value]);
        break;
      case 'null':
        request = request.is(on.column, null);
    }
  }
  const { columns, direction } = order;
  const [first] = columns;
  if (after && first !== undefined) {
    const [value = ''] = after;
    request = direction === 'desc' ? request.lte(first, value) : request.gte(first, value);
    request = request.or(afterRow(order, after));
  }
  for (const column of columns) request = request.order(column, { ascending: direction === 'asc' });
  return request.limit(limit);
}
