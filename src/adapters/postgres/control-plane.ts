import type { Client } from 'pg';
import * as z from 'zod';
import { parseAnswer } from '../../core/control-plane/answer.ts';
import type { ControlPlane } from '../../core/control-plane/port.ts';
import { keptConnection, type ConnectionOptions } from './connection.ts';
import { statement } from './query.ts';

/** Who a command is for the policies of §7.2: the claims that PostgREST would take from a token. */
export interface Claims {
  client_id: string;
  /** A connection string is what CI has: it writes records. */
  ops_role: 'ci' | 'operator' | 'viewer';
}

/** Runs in one transaction as the role and with the claims that PostgREST would set, so that row-level security means the same (§7.2). */
async function asClient<T>(client: Client, claims: Claims, use: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    await client.query('set local role authenticated');
    await client.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ role: 'authenticated', ...claims })]);
    const result = await use();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/**
 * The control plane behind a PostgreSQL connection: self-hosted Supabase, any PostgreSQL, or the embedded one.
 * @param claims who asks; unless told, whoever has the connection string is the client's CI
 */
export function postgresControlPlane(
  options: ConnectionOptions,
  clientId: string,
  claims: Claims = { client_id: clientId, ops_role: 'ci' },
): ControlPlane {
  const withClient = keptConnection(options);
  const ask = (text: string, values: unknown[]): Promise<unknown[]> =>
    withClient((client) =>
      asClient(client, claims, async () => (await client.query<{ row: unknown }>(text, values)).rows.map(({ row }) => row)),
    );
  return {
    kind: 'postgres',
    clientId,
    select: async (query) => {
      const { text, values } = statement(query, clientId);
      return parseAnswer(z.array(query.row), await ask(text, values), query.table);
    },
    call: async ({ name, arguments: given, result }) => {
      const names = Object.keys(given);
      const list = names.map((argument, index) => `"${argument}" => $${index + 1}`).join(', ');
      // An object or an array is one jsonb value; a PostgreSQL array is a list of plain values.
      const values = Object.values(given).map((value) =>
        typeof value === 'object' && value !== null && !(Array.isArray(value) && value.every((item) => typeof item === 'string'))
          ? JSON.stringify(value)
          : value,
      );
      const [answer] = await ask(`select to_jsonb(ops."${name}"(${list})) as row`, values);
      return parseAnswer(result, answer, name);
    },
  };
}
