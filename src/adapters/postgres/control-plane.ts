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

/** Bytes a millisecond that a slow line carries: what is large may take longer. */
const SLOW_LINE = 50;

/**
 * Runs in one transaction as the role and with the claims that PostgREST would set, so that row-level security means the same (§7.2). A
 * connection that failed is not used again, so there is nothing to roll back.
 */
async function asClient<T>(client: Client, claims: Claims, timeout: number, use: () => Promise<T>): Promise<T> {
  await client.query('begin');
  await client.query(
    "select set_config('role', 'authenticated', true), set_config('request.jwt.claims', $1, true), set_config('statement_timeout', $2, true)",
    [JSON.stringify({ role: 'authenticated', ...claims }), String(timeout)],
  );
  const result = await use();
  await client.query('commit');
  return result;
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
  const ask = (text: string, values: unknown[], bytes = 0): Promise<unknown[]> => {
    const timeout = Math.ceil(options.timeout + bytes / SLOW_LINE);
    // The server's own limit comes first: it tells what took too long. The other is for a server that says nothing at all.
    const query = { text, values, query_timeout: timeout + 500 };
    return withClient((client) =>
      asClient(client, claims, timeout, async () => (await client.query<{ row: unknown }>(query)).rows.map(({ row }) => row)),
    );
  };
  return {
    kind: 'postgres',
    clientId,
    select: async (query) => {
      const { text, values } = statement(query, clientId);
      return parseAnswer(z.array(query.row), await ask(text, values), query.table);
    },
    call: async ({ name, arguments: given, json = [], result }) => {
      const names = Object.keys(given);
      const list = names.map((argument, index) => `"${argument}" => $${index + 1}`).join(', ');
      const values = Object.entries(given).map(([argument, value]) => (json.includes(argument) ? JSON.stringify(value) : value));
      const bytes = values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0);
      const [answer] = await ask(`select to_jsonb(ops."${name}"(${list})) as row`, values, bytes);
      return parseAnswer(result, answer, name);
    },
  };
}
