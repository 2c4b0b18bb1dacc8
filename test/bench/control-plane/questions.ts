import pg from 'pg';
import * as z from 'zod';
import { statement } from '../../../src/adapters/postgres/query.ts';
import type { Query } from '../../../src/core/control-plane/port.ts';
import { flagChanges } from '../../../src/core/control-plane/flags.ts';
import {
  deploymentsFrom,
  healthOf,
  migrationsOf,
  oneBuild,
  oneDeployment,
  onePromotion,
  promotionsFrom,
  promotionsOfCommit,
} from '../../../src/core/control-plane/detail-questions.ts';
import {
  activity,
  activityByFolder,
  activityById,
  deployments,
  filesOf,
  gatesOfPromotion,
  logsOf,
  oneActivity,
  promotionsInto,
  type Cursor,
} from '../../../src/core/control-plane/questions.ts';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { rowsOf } from '../../../src/core/control-plane/rows.ts';
import { tasks } from '../../../src/core/tasks/task.ts';
import { sampleDelivery } from './fill.ts';

/** Everything that the trees and the command line ask. */
export function questions(cursor: Cursor): Readonly<Record<string, Query>> {
  const promoted = sampleDelivery(6).record;
  const deployed = sampleDelivery(3).record;
  const sha = promoted.outcome?.act === 'promotion' ? (promoted.outcome.sha ?? '') : '';
  return {
    'activity, first page': activity({}, 50),
    'activity, page 200': activity({}, 50, cursor),
    'activity of an environment': activity({ environment: 'production' }, 50),
    'activity of an environment, page 200': activity({ environment: 'staging' }, 50, cursor),
    'activity of a module': activity({ module: 'ipai_loyalty' }, 50),
    'activity of a module that nobody has': activity({ module: 'nothing' }, 50),
    'activity of one act': activity({ act: 'promotion' }, 50),
    'activity that failed': activity({ result: 'failed' }, 50),
    'activity since': activity({ since: '2025-12-02T00:00:00Z', until: '2025-12-03T00:00:00Z' }, 50),
    'one act': oneActivity(promoted.id),
    'an act by the beginning of its id': activityById(promoted.id.slice(0, 8)),
    'an act by its folder': activityByFolder([sampleDelivery(6).folder]),
    'last promotion': promotionsInto('production'),
    'promotion before a moment': promotionsInto('production', { until: '2025-12-05T00:00:00Z' }),
    'gates of a promotion': gatesOfPromotion(promoted.id),
    'promotion of a commit before a moment': promotionsOfCommit('staging', sha, cursor.finished_at),
    'promotions after a moment': promotionsFrom('production', '2025-12-05T00:00:00Z'),
    'one promotion': onePromotion(promoted.id),
    'deployments after a moment': deploymentsFrom('production', '2025-12-05T00:00:00Z', 50),
    'one deployment': oneDeployment(deployed.id),
    'health after a deployment': healthOf({ ...rowsOf(sampleDelivery(3), '', sha256).deployments![0]! }),
    'migrations of a deployment': migrationsOf(deployed.id),
    'one build': oneBuild(sampleDelivery(1).record.id),
    tasks: tasks({}, 50),
    'feature flags': flagChanges(50),
    'last deployment': deployments({ environment: 'production', result: 'passed' }, 1),
    'deployments, page 20': deployments({ environment: 'staging' }, 50, { deployed_at: cursor.finished_at, id: cursor.id }),
    'logs of a deployment': logsOf(deployed.id, 20),
    'files of a record': filesOf(promoted.id),
  };
}

const nodeSchema = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  get Plans(): z.ZodOptional<z.ZodArray<typeof nodeSchema>> {
    return z.array(nodeSchema).optional();
  },
});
type Node = z.infer<typeof nodeSchema>;
const planSchema = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: nodeSchema })]) })]);

const scans = (node: Node): string[] => [
  ...(node['Relation Name'] === undefined ? [] : [`${node['Node Type']} on ${node['Relation Name']}`]),
  ...(node.Plans ?? []).flatMap(scans),
];

/** How PostgreSQL reads the tables for a question, as the client who asks: row-level security has its part in it. */
export async function plan(url: string, clientId: string, query: Query): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('set local role authenticated');
    await client.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ client_id: clientId, ops_role: 'viewer' })]);
    const { text, values } = statement(query, clientId);
    const { rows } = await client.query(`explain (format json) ${text}`, values);
    return scans(planSchema.parse(rows)[0]['QUERY PLAN'][0].Plan);
  } finally {
    await client.end();
  }
}
