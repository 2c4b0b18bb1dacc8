import type { QueryResult } from 'pg';
import { OpsError } from '../../../core/errors.ts';
import type { DatabaseServer } from '../../../core/pr-environments/database-server.ts';
import { addressOf, urlOf } from './address.ts';
import { claimedNames, claimName } from './claim.ts';
import { createDatabase } from './create.ts';
import { findProblems } from './describe.ts';
import { removeThing } from './drop.ts';
import { ourThings } from './inventory.ts';
import { keepAsTemplate, listTemplates } from './keep.ts';
import { lanes } from './lanes.ts';
import { inSession, LONG, type ServerOptions } from './session.ts';
import { databaseName } from './sql.ts';
import { setWaiting, waitingNumbers } from './waiting.ts';

/** Things that are taken away at once. */
const AT_ONCE = 4;

/** The port on a real PostgreSQL server, 15 or newer. */
export function databaseServer(server: ServerOptions): DatabaseServer {
  const inLane = lanes(server, AT_ONCE);
  return {
    describe: (signal) =>
      inSession(server, signal, async (client) => {
        const { problems } = await findProblems(client);
        const { rows } = await client.query<{ version: string }>(`select split_part(current_setting('server_version'), ' ', 1) as version`);
        const { host, port } = addressOf(server.url);
        return { version: rows[0]?.version ?? '', host, port, problems };
      }),
    claim: (identity, options, signal) => claimName(server, databaseName(identity), options, signal),
    claimed: async (identities, signal) => {
      const names = new Map(identities.map((identity) => [databaseName(identity), identity.number]));
      const held = await inSession(server, signal, (client) => claimedNames(client, [...names.keys()]));
      return new Set(held.map((name) => names.get(name) ?? 0));
    },
    waiting: (project, signal) => inSession(server, signal, (client) => waitingNumbers(client, project)),
    setWaiting: (identity, waiting, signal) => inSession(server, signal, (client) => setWaiting(client, identity, waiting)),
    templates: (project, signal) => listTemplates(server, project, signal),
    createDatabase: (attempt, options, signal) => createDatabase(server, attempt, options, signal),
    keepAsTemplate: async (attempt, name, stamp, signal) => {
      await keepAsTemplate(server, attempt, name, stamp, signal);
    },
    run: (identity, password, sql, values, signal) =>
      inSession(server, signal, (client) => runAlone(client, sql, values), {
        url: urlOf(server.url, databaseName(identity), { name: databaseName(identity), password }),
        timeout: LONG,
      }),
    url: (identity, password) => urlOf(server.url, databaseName(identity), { name: databaseName(identity), password }),
    things: (project, signal) => inLane(signal, (client) => ourThings(client, project)),
    remove: (thing, signal) =>
      thing.kind === 'database' || thing.kind === 'role'
        ? inLane(signal, (client) => removeThing(server, client, thing, signal))
        : Promise.resolve(false),
  };
}

interface Asked {
  query: (sql: string, values?: unknown[]) => Promise<QueryResult | QueryResult[]>;
}

const XACT = `select pg_catalog.pg_current_xact_id()::text as id`;

/** Runs SQL in one transaction, which it must not end itself: half of it would hold. @returns rows of the last statement */
async function runAlone(client: Asked, sql: string, values: unknown[]): Promise<unknown[]> {
  const rowsOf = (result: QueryResult | QueryResult[]): Record<string, unknown>[] =>
    ((Array.isArray(result) ? result.at(-1) : result)?.rows ?? []) as Record<string, unknown>[];
  await client.query('reset search_path');
  await client.query('begin');
  const id = rowsOf(await client.query(XACT))[0]?.['id'];
  const rows = rowsOf(await (values.length === 0 ? client.query(sql) : client.query(sql, values)));
  if (rowsOf(await client.query(XACT))[0]?.['id'] !== id) {
    throw new OpsError('rejected', 'The SQL ended the transaction that it runs in.', {
      hint: 'Leave BEGIN, COMMIT and ROLLBACK out of it.',
    });
  }
  await client.query('commit');
  return rows;
}
