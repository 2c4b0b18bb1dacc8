import type { Client } from 'pg';
import { HARMLESS_COLUMNS, LOOKS_SECRET, type CoverageFacts } from '../../../core/neutralisation/coverage.ts';
import { inSession, inTransaction, type ServerOptions } from './session.ts';
import { identifier } from './sql.ts';

export type HeldSecrets = Pick<CoverageFacts, 'installed' | 'columns' | 'parameters'>;

// Fields know their modules; whoever extends a field declares it too. A field of a model without a table of its own has no column.
const COLUMNS = `
  select class.relname as table, field.name as column,
    coalesce(array_agg(distinct data.module::text order by data.module::text) filter (where data.module is not null), '{}') as modules
  from public.ir_model_fields as field
  join pg_class as class on class.relname = replace(field.model, '.', '_') and class.relnamespace = 'public'::regnamespace and class.relkind in ('r', 'p')
  join pg_attribute as attribute on attribute.attrelid = class.oid and attribute.attname = field.name and not attribute.attisdropped
    and attribute.atttypid in ('text'::regtype, 'varchar'::regtype, 'bytea'::regtype)
  left join public.ir_model_data as data on data.model = 'ir.model.fields' and data.res_id = field.id
  where field.name ~* $1 and field.name <> all ($2) and not (field.model = 'res.users' and field.name = 'password')
  group by class.relname, field.name order by 1, 2`;
// Numbers and switches are settings about passwords and tokens, not such.
const PARAMETERS = `
  select parameter.key, min(data.module) as module from public.ir_config_parameter as parameter
  left join public.ir_model_data as data on data.model = 'ir.config_parameter' and data.res_id = parameter.id
  where parameter.key ~* $1 and btrim(parameter.value) <> '' and parameter.value !~* '^(true|false|none|dummy|[0-9.]+)$'
  group by parameter.key order by 1`;

async function filled(
  client: Client,
  found: readonly { table: string; column: string; modules: string[] }[],
): Promise<HeldSecrets['columns']> {
  if (found.length === 0) return [];
  // What our own layer wrote into columns that must not be empty is no credential.
  const counts = found.map(
    ({ table, column }, at) =>
      `select ${at} as at, count(*)::int as rows from public.${identifier(table)}
       where ${identifier(column)} is not null and ${identifier(column)}::text not in ('', '\\x') and ${identifier(column)}::text !~ '^none-[0-9]+$'`,
  );
  const { rows } = await client.query<{ at: number; rows: number }>(counts.join(' union all '));
  const rowsOf = new Map(rows.map((row) => [row.at, row.rows]));
  return found.map((column, at) => ({ ...column, rows: rowsOf.get(at) ?? 0 })).filter((column) => column.rows > 0);
}

/**
 * What a neutralised database of Odoo still holds that looks like a credential: names and numbers, never a value. It only reads.
 * @param server its url is that of the database, as the role that owns it
 * @throws OpsError `unreachable`, `rejected` for what is no database of Odoo, `cancelled`
 */
export async function heldSecrets(server: ServerOptions, signal: AbortSignal): Promise<HeldSecrets> {
  return inSession(server, signal, (client) =>
    inTransaction(client, async () => {
      await client.query('set transaction read only');
      const { rows: installed } = await client.query<{ name: string }>(
        `select name from public.ir_module_module where state in ('installed', 'to upgrade', 'to remove') order by name`,
      );
      const { rows: columns } = await client.query<{ table: string; column: string; modules: string[] }>(COLUMNS, [
        LOOKS_SECRET,
        HARMLESS_COLUMNS,
      ]);
      const { rows: parameters } = await client.query<{ key: string; module: string | null }>(PARAMETERS, [LOOKS_SECRET]);
      return { installed: installed.map(({ name }) => name), columns: await filled(client, columns), parameters };
    }),
  );
}
