import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

interface State {
  /** As its superuser; a secret. */
  url: string;
  port: number;
}

const stateOf = (root: string) => JSON.parse(readFileSync(join(root, '.git', 'odoo-ops', 'control-plane.json'), 'utf8')) as State;

async function query<T extends pg.QueryResultRow>({ url }: State, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

/**
 * Has the embedded server keep the databases of environments as well: none of their roles may see what else is there.
 * @returns its connection string
 */
export async function openToEnvironments(root: string): Promise<string> {
  const state = stateOf(root);
  const databases = await query<{ datname: string }>(state, "select datname from pg_database where datallowconn and datname <> 'postgres'");
  for (const { datname } of databases) await query(state, `revoke connect on database "${datname}" from public`);
  return state.url;
}

/** What arrived in the embedded control plane, counted there. */
export async function controlPlaneHolds(root: string): Promise<string> {
  const state = stateOf(root);
  const [held] = await query<{ builds: string; promotions: string; gates: string }>(
    state,
    'select (select count(*) from ops.builds) as builds, (select count(*) from ops.promotions) as promotions, (select count(*) from ops.gate_results) as gates',
  );
  return `port ${state.port}: ${held?.builds ?? 0} build, ${held?.promotions ?? 0} promotions, ${held?.gates ?? 0} gate results`;
}
