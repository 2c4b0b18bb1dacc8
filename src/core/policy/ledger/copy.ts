import { LEDGER_BY_NAME, LEDGER_TABLES, LEDGER_WORDS, type LedgerTable } from './tables.ts';
import type { SqlName } from './sql-facts.ts';

export interface LedgerMatch {
  table: LedgerTable;
  /** `by its name`, for people. */
  why: string;
  /** False where only a name speaks for it that others use too. */
  certain: boolean;
}

const ENOUGH = 5;
const SUPPORTING = 3;
const DISGUISE = /^(?:odoo|erp|stg|staging|raw|mirror|src|copy|replica|shadow|sync|synced|cache|cached|snapshot|bronze|silver|gold|ods)_+/;
const TAIL = /_(?:copy|mirror|shadow|cache|raw|replica|snapshot|synced|backup)$/;

/** Spellings in the singular: `account_moves`, `journal_entries`. */
const singulars = (name: string): string[] => [name, name.replace(/ies$/, 'y'), name.replace(/s$/, '')];

/** The table of Odoo that a name stands for without `odoo_`, `stg_`, `_mirror`, and a plural; and whether it says that it is Odoo's. */
function byName({ schema, name }: SqlName): { table: LedgerTable; odoo: boolean; disguised: boolean; word: boolean } | undefined {
  let odoo = schema !== null && /(?:^|_)odoo(?:_|$)/.test(schema);
  let bare = name.toLowerCase();
  for (let found = DISGUISE.exec(bare); found; found = DISGUISE.exec(bare)) {
    odoo ||= found[0].startsWith('odoo');
    bare = bare.slice(found[0].length);
  }
  bare = bare.replace(TAIL, '');
  for (const one of singulars(bare)) {
    const called = LEDGER_BY_NAME.get(one);
    const table = called ?? (odoo ? LEDGER_BY_NAME.get(LEDGER_WORDS[one] ?? '') : undefined);
    if (table) return { table, odoo, disguised: name.toLowerCase() !== table.name, word: called === undefined };
  }
  return undefined;
}

const shared = ({ columns }: LedgerTable, others: readonly string[]): string[] =>
  columns.filter((column) => others.some((other) => other.toLowerCase() === column));

/** The table of Odoo whose columns these are, by those that few other tables have. */
function byColumns(columns: readonly string[]): { table: LedgerTable; common: string[] } | undefined {
  if (columns.length < ENOUGH) return undefined;
  const [best] = LEDGER_TABLES.map((table) => ({ table, common: shared(table, columns) })).sort(
    (a, b) => b.common.length - a.common.length,
  );
  return best && best.common.length >= ENOUGH ? best : undefined;
}

/** The table of Odoo that a table outside is a copy of, by its name or its columns. */
export function ledgerMatch(name: SqlName, columns: readonly string[]): LedgerMatch | undefined {
  const named = byName(name);
  if (named) {
    const { table, odoo, disguised, word } = named;
    const common = shared(table, columns);
    // `odoo_users` may as well say who is who.
    const certain = (!word && (table.own || odoo)) || common.length >= SUPPORTING;
    // A plural of a common name, and nothing else of Odoo: `purchase_orders` of a shop.
    if (certain || word || !disguised) return { table, certain, why: disguised ? 'by its name in another spelling' : 'by its name' };
  }
  const found = byColumns(columns);
  if (!found) return undefined;
  const some = found.common.slice(0, ENOUGH).join(', ');
  return { table: found.table, certain: true, why: `by its columns ${some}` };
}

/** A table of Odoo, called as Odoo calls it. */
export const ledgerTable = (name: string): LedgerTable | undefined => LEDGER_BY_NAME.get(name);
