import pg from 'pg';
import type { Claims } from './tokens.ts';

/** What a subscriber asks for. */
export interface Wanted {
  event: string;
  schema: string;
  table: string;
  filter?: string;
}

const nameOf = ({ schema, table }: Wanted): string => `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;

/** The questions of the stand-in for Realtime, over one connection: one at a time. */
export async function openRows(database: string) {
  const client = new pg.Client({ connectionString: database });
  await client.connect();

  const published = async ({ schema, table }: Wanted) =>
    (
      await client.query("select from pg_publication_tables where pubname = 'supabase_realtime' and schemaname = $1 and tablename = $2", [
        schema,
        table,
      ])
    ).rowCount === 1;
  const idsOf = async (wanted: Wanted): Promise<string[]> =>
    (await client.query<{ id: string }>(`select id::text from ${nameOf(wanted)}`)).rows.map(({ id }) => id);

  /** The row, where these claims see it. */
  async function visible(wanted: Wanted, claims: Claims, id: string): Promise<Record<string, unknown> | undefined> {
    const [, column, value] = /^(\w+)=eq\.(.*)$/.exec(wanted.filter ?? '') ?? [];
    const where = column === undefined ? '' : ` and ${pg.escapeIdentifier(column)}::text = ${pg.escapeLiteral(value ?? '')}`;
    await client.query('begin');
    try {
      await client.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify(claims)]);
      await client.query(`set local role ${pg.escapeIdentifier(String(claims['role']))}`);
      const { rows } = await client.query<{ row: Record<string, unknown> }>(
        `select to_jsonb(item) as row from ${nameOf(wanted)} as item where id::text = $1${where}`,
        [id],
      );
      return rows[0]?.row;
    } catch {
      return undefined; // no grant
    } finally {
      await client.query('rollback');
    }
  }

  return { published, idsOf, visible, close: () => client.end() };
}
