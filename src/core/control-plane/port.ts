import type * as z from 'zod';

/** A condition on one column. Values are as JSON has them. */
export type Condition =
  | { column: string; is: 'equal' | 'less' | 'at-most' | 'at-least'; value: string | number | boolean }
  | { column: string; is: 'one-of'; value: readonly string[] }
  | { column: string; is: 'null' };

/**
 * A question, as a value: each adapter translates it, so that it stands in one place. The columns are those of the row's schema, and the
 * rows of other clients are never asked for.
 */
export interface Query<Row extends z.ZodObject = z.ZodObject> {
  table: string;
  row: Row;
  where: readonly Condition[];
  /** One direction for all of its columns: only so is there one way to say "after this row". */
  order: { columns: readonly string[]; direction: 'asc' | 'desc' };
  /** Values of the order's columns in the last row of the page before: the next page begins after it, at the same cost. */
  after?: readonly (string | number)[];
  limit: number;
}

/** A call of one of the functions of schema `ops`. */
export interface Call<Result extends z.ZodType = z.ZodType> {
  name: string;
  arguments: Readonly<Record<string, unknown>>;
  /** Those of them that are JSON for PostgreSQL. */
  json?: readonly string[];
  result: Result;
}

/**
 * The record of how the platform operated (§2.2): schema `ops`, behind Supabase or a PostgreSQL connection. Both act as the client,
 * under row-level security (§7.2), and both may be called again after any error: nothing is done twice.
 * @throws OpsError `unreachable` (it does not answer, refuses us, or has another schema than ours), `rejected` (it answers, and does
 * not take this), `cancelled`
 */
export interface ControlPlane {
  readonly kind: 'postgres' | 'supabase';
  /** Owner of the rows. */
  readonly clientId: string;
  select: <Row extends z.ZodObject>(query: Query<Row>) => Promise<z.infer<Row>[]>;
  call: <Result extends z.ZodType>(call: Call<Result>) => Promise<z.infer<Result>>;
}
