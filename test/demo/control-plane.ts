import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** What arrived in the embedded control plane, counted there. */
export async function controlPlaneHolds(root: string): Promise<string> {
  const state = JSON.parse(readFileSync(join(root, '.git', 'odoo-ops', 'control-plane.json'), 'utf8')) as { url: string; port: number };
  const client = new pg.Client({ connectionString: state.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ builds: string; promotions: string; gates: string }>(
      'select (select count(*) from ops.builds) as builds, (select count(*) from ops.promotions) as promotions, (select count(*) from ops.gate_results) as gates',
    );
    const [held] = rows;
    return `port ${state.port}: ${held?.builds ?? 0} build, ${held?.promotions ?? 0} promotions, ${held?.gates ?? 0} gate results`;
  } finally {
    await client.end();
  }
}
