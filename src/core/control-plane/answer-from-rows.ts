import type * as z from 'zod';
import type { Condition, Query } from './port.ts';
import { compareTimes } from './time-order.ts';

type Row = Readonly<Record<string, unknown>>;

/** Rows by the name of their table or view. */
export type RowsByTable = Readonly<Record<string, readonly Row[] | undefined>>;

/** Columns of type timestamptz: their text may have any offset. */
const isTime = (column: string): boolean => column.endsWith('_at');

function compare(column: string, a: unknown, b: unknown): number {
  if (isTime(column)) return compareTimes(String(a), String(b));
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function holds(row: Row, condition: Condition): boolean {
  const { column } = condition;
  const value = row[column] ?? null;
  // As in SQL, what is null is neither equal nor less.
  if (value === null) return condition.is === 'null';
  switch (condition.is) {
    case 'null':
      return false;
    case 'one-of':
      return typeof value === 'string' && condition.value.includes(value);
    case 'equal':
      return compare(column, value, condition.value) === 0;
    case 'less':
      return compare(column, value, condition.value) < 0;
    case 'at-most':
      return compare(column, value, condition.value) <= 0;
    case 'at-least':
      return compare(column, value, condition.value) >= 0;
  }
}

/**
 * The answer of rows in memory to a question: what the control plane would answer if it held these. So teams without one ask the same
 * questions of their evidence folders.
 */
export function answerFromRows<Schema extends z.ZodObject>(
  rows: RowsByTable,
  { table, row, where, order, after, limit }: Query<Schema>,
): z.infer<Schema>[] {
  const inOrder = (values: (column: string) => readonly [unknown, unknown]): number => {
    for (const column of order.columns) {
      const difference = compare(column, ...values(column));
      if (difference !== 0) return order.direction === 'asc' ? difference : -difference;
    }
    return 0;
  };
  const found: Row[] = (rows[table] ?? []).filter((item) => where.every((condition) => holds(item, condition)));
  const place = after && Object.fromEntries(order.columns.map((column, index) => [column, after[index]]));
  return found
    .filter((item) => !place || inOrder((column) => [item[column], place[column]]) > 0)
    .sort((a, b) => inOrder((column) => [a[column], b[column]]))
    .slice(0, limit)
    .map((item) => row.parse(item));
}
