import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../../../src/runtime/build/build.ts';
import { preparePrune, pruneEvidence } from '../../../src/runtime/evidence/prune.ts';
import { syncEvidence } from '../../../src/runtime/evidence/sync.ts';
import { verifyEvidence } from '../../../src/runtime/evidence/verify.ts';
import { cli } from '../../support/cli.ts';
import { daysAgo } from '../../support/clock.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { sampleIn } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { opened } from '../../support/workspace.ts';

describe('a prune and the control plane', function () {
  this.timeout(120_000);
  const folder = temporaryFolders();
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.stop());

  async function prepared(): Promise<{ root: string; url: string; env: { DATABASE_URL: string } }> {
    const { root } = sampleIn(folder());
    const url = await database.create();
    const env = { DATABASE_URL: url };
    const { code, stderr } = await cli(root, ['control-plane', 'migrate'], { env });
    assert.equal(code, 0, stderr);
    return { root, url, env };
  }
  const built =
    (root: string, env = {}) =>
    async () =>
      build(await opened(root, env), { revision: 'main', verify: false, output: null });
  const outbox = (root: string) => readdirSync(join(root, '.git/odoo-ops/outbox'));

  it('removes what the control plane has, and never what waits for it', async () => {
    const { root, env } = await prepared();
    await daysAgo(100, built(root));
    assert.equal(outbox(root).length, 1);
    const { plan } = await preparePrune(await opened(root, env));
    assert.deepEqual([plan.remove, plan.keep.map(({ why }) => why)], [[], ['waits for the control plane']]);
    assert.deepEqual(outbox(root).length, 1);
    await syncEvidence(await opened(root, env));
    const { plan: done } = await pruneEvidence(await opened(root, env));
    assert.equal(done.remove.length, 1);
    const sync = await syncEvidence(await opened(root, env));
    assert.deepEqual([sync.pulled, sync.waiting, outbox(root)], [0, 0, []]);
    assert.deepEqual((await verifyEvidence(await opened(root, env))).problems, []);
  });

  it('keeps the rows of what was removed from disk, and has a row of the prune', async () => {
    const { root, url, env } = await prepared();
    const { record } = await daysAgo(100, built(root, env));
    await pruneEvidence(await opened(root, env));
    const rows = await database.query(url, 'select act, record_sha256 from ops.evidence order by started_at');
    assert.deepEqual(
      rows.map(({ act }) => act),
      ['build', 'prune'],
    );
    assert.equal(rows[0]?.['record_sha256'], record.hash);
  });

  it('deletes its old logs and says how many; those that are young stay', async () => {
    const { root, url, env } = await prepared();
    await built(root, env)();
    const count = async () => Number((await database.query(url, 'select count(*)::int as count from ops.logs'))[0]?.['count']);
    const before = await count();
    assert.ok(before > 0);
    assert.equal((await pruneEvidence(await opened(root, env))).act?.record.outcome?.act, 'prune');
    assert.ok((await count()) >= before);
    await database.query(
      url,
      `alter table ops.logs disable trigger keep; update ops.logs set recorded_at = now() - interval '31 days'; alter table ops.logs enable always trigger keep`,
    );
    const old = await count();
    const { act } = await pruneEvidence(await opened(root, env));
    const outcome = act?.record.outcome?.act === 'prune' ? act.record.outcome : null;
    assert.ok(outcome?.logs_deleted != null && outcome.logs_deleted >= old, JSON.stringify(outcome));
    assert.deepEqual(await database.query(url, `select 1 from ops.logs where recorded_at < now() - interval '30 days'`), []);
  });

  it('does its other work where the control plane is out of reach', async () => {
    const { root } = await prepared();
    await daysAgo(40, built(root));
    const workspace = await opened(root, { DATABASE_URL: 'postgresql://ops@127.0.0.1:1/ops' });
    const { act } = await pruneEvidence(workspace);
    const outcome = act?.record.outcome?.act === 'prune' ? act.record.outcome : null;
    assert.deepEqual([outcome?.compressed, outcome?.logs_deleted], [1, null]);
    assert.ok(workspace.events.some((event) => event.type === 'text' && event.text.includes('old logs stay')));
  });
});
