import type { Client } from 'pg';
import * as z from 'zod';
import type { ControlPlane } from '../../core/control-plane/port.ts';
import { withConnection, type ConnectionOptions } from './connection.ts';
import { rowsOf, type Row } from './rows.ts';

const idsSchema = z.array(z.object({ id: z.uuid() }));

const promotionsSchema = z.array(
  z.object({
    id: z.uuid(),
    environment: z.string(),
    sha: z.string(),
    from: z.string(),
    actor: z.string(),
    finished_at: z.date().transform((date) => date.toISOString()),
  }),
);

/** Runs as the client: the claims that PostgREST would set from the token, so that row-level security means the same (§7.2). */
async function asClient<T>(client: Client, clientId: string, use: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    await client.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ client_id: clientId })]);
    const result = await use();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function insert(client: Client, { table, key, values }: Row): Promise<void> {
  const columns = Object.keys(values);
  const places = columns.map((_, index) => `$${index + 1}`);
  await client.query(
    `insert into ops.${table} (${columns.join(', ')}) values (${places.join(', ')}) on conflict (${key.join(', ')}) do nothing`,
    Object.values(values),
  );
}

/** The control plane behind a PostgreSQL connection: self-hosted Supabase, any PostgreSQL, or the embedded one. */
export function postgresControlPlane(options: ConnectionOptions, clientId: string): ControlPlane {
  const inTransaction = <T>(use: (client: Client) => Promise<T>): Promise<T> =>
    withConnection(options, (client) => asClient(client, clientId, () => use(client)));
  return {
    deliver: async (deliveries) => {
      for (const delivery of deliveries) {
        await inTransaction(async (client) => {
          for (const row of rowsOf(delivery, clientId)) await insert(client, row);
        });
      }
    },
    known: (ids) =>
      inTransaction(async (client) => {
        const { rows } = await client.query(
          'select id from ops.builds where id = any($1) union all select id from ops.promotions where id = any($1)',
          [ids],
        );
        return new Set(idsSchema.parse(rows).map(({ id }) => id));
      }),
    lastPromotions: () =>
      inTransaction(async (client) => {
        const { rows } = await client.query(
          `select distinct on (environment) id, environment, sha, from_branch as "from", actor, finished_at from ops.promotions
           where client_id = $1 and result = 'passed' and sha is not null order by environment, finished_at desc`,
          [clientId],
        );
        return promotionsSchema.parse(rows);
      }),
  };
}
