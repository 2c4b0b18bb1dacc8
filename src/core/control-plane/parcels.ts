import type { Rows } from './rows.ts';
import type { TableName } from './tables.ts';

/** Rows that go together: all of them are written, or none. */
export interface Unit {
  /** The record that they come from. */
  record: string;
  rows: Rows;
  /** True for the last unit of a record: with it the record is there. */
  complete: boolean;
}

/** Units that travel in one request. */
export interface Parcel {
  units: readonly Unit[];
  rows: Rows;
}

/** Characters of a request: small enough for every proxy, large enough that a thousand records are few of them. */
const PARCEL = 1_000_000;
const RECORDS = 200;

/** Puts units together. */
export function parcelOf(units: readonly Unit[]): Parcel {
  const rows: Partial<Record<TableName, unknown[]>> = {};
  for (const unit of units) {
    for (const [table, more] of Object.entries(unit.rows)) (rows[table as TableName] ??= []).push(...more);
  }
  return { units, rows: rows as Rows };
}

/** Fills parcels with units, in order: what an act did first is never there after what it did last. */
export async function* parcels(units: AsyncIterable<Unit>, size = PARCEL): AsyncGenerator<Parcel> {
  let open: Unit[] = [];
  let filled = 0;
  for await (const unit of units) {
    const length = JSON.stringify(unit.rows).length;
    if (open.length > 0 && (filled + length > size || open.length >= RECORDS)) {
      yield parcelOf(open);
      [open, filled] = [[], 0];
    }
    open.push(unit);
    filled += length;
  }
  if (open.length > 0) yield parcelOf(open);
}
