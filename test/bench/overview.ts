import pg from 'pg';
import { openWorkspace } from '../../src/runtime/workspace.ts';
import { startControlPlane, stopControlPlane } from '../../src/runtime/control-plane/embedded.ts';
import { connectionOf } from '../../src/runtime/control-plane/open.ts';
import { overview } from '../../src/runtime/status.ts';
import { pushBranches } from './branches.ts';
import { writeEvidence } from './evidence.ts';
import { environment, median, timed, type Report } from './measure.ts';
import { makeRepository } from './repository.ts';

const BRANCHES = 500;
const PROMOTIONS = 2_000;
const ROUNDS = 11;

/** Promotions of two years, one in five refused, with the gates of each. */
async function insertPromotions(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`
      insert into ops.promotions (id, client_id, environment, from_branch, to_branch, from_sha, sha, previous_sha, actor, result, error, started_at, finished_at, modules, evidence_folder, record_sha256)
      select gen_random_uuid(), 'default', environment, from_branch, to_branch, md5('from' || n) || 'aaaaaaaa', case when refused then null else md5('sha' || n) || 'bbbbbbbb' end, md5('old' || n) || 'cccccccc',
        'Ana Reyes <ana@example.com>', case when refused then 'refused' else 'passed' end, case when refused then 'a gate did not pass' end, at, at + interval '90 seconds',
        '[{"module": "ipai_loyalty", "change": "changed", "old_version": "19.0.1.0.0", "new_version": "19.0.1.1.0"}]', 'web/docs/evidence/promotion-' || n, md5('a' || n) || md5('b' || n)
      from (select n, n % 5 = 0 as refused, now() - n * interval '8 hours' as at, case when n % 4 = 0 then 'production' else 'staging' end as environment,
        case when n % 4 = 0 then 'main' else 'feature/branch-' || n end as from_branch, case when n % 4 = 0 then 'production' else 'main' end as to_branch from generate_series(1, ${PROMOTIONS}) n) acts`);
    await client.query(`
      insert into ops.gate_results (promotion_id, client_id, name, result, message, started_at, duration_ms)
      select id, client_id, gate, 'passed', 'no findings', started_at, 120 from ops.promotions, unnest(array['clean-work-tree', 'up-to-date-remote', 'linear-history', 'addons-path', 'odoo-stage', 'reproducible-build', 'tests']) gate`);
  } finally {
    await client.end();
  }
}

/** What each refresh of the trees does, and `odoo-ops status --no-fetch`. */
export async function benchOverview(folder: string, report: Report): Promise<void> {
  const root = makeRepository(folder, { files: 1_000, bytes: 2_000, large: 0 });
  pushBranches(root, BRANCHES);
  const workspace = await openWorkspace(root, { signal: new AbortController().signal, report: () => undefined }, environment());
  const refresh = async (expected: 'reachable' | 'none') => {
    const seen = await overview(workspace, { fetch: false, gitHubToken: null });
    if (
      seen.controlPlane !== expected ||
      seen.pullRequests.length < BRANCHES / 2 ||
      seen.environments.filter(({ last }) => last !== null).length !== 2
    )
      throw new Error(`Not the overview that was to be measured: ${JSON.stringify(seen.notices)}`);
  };
  const values = async (expected: 'reachable' | 'none') => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) times.push(await timed(() => refresh(expected)));
    return times;
  };
  const what = `${BRANCHES} branches, ${PROMOTIONS} promotions`;
  await startControlPlane(workspace);
  try {
    await insertPromotions((await connectionOf(workspace))?.url ?? '');
    report({ figure: `from the control plane: ${what}`, value: median(await values('reachable')), unit: 'ms', target: 300 });
  } finally {
    await stopControlPlane(workspace, true);
  }
  await writeEvidence(workspace.evidenceRoot, PROMOTIONS);
  report({ figure: `from the evidence folders: ${what}`, value: median(await values('none')), unit: 'ms', target: 300 });
}
