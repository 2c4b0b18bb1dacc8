import assert from 'node:assert/strict';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import type { HostFacts } from '../../../src/core/control-plane/environment-changes.ts';
import { deliverOutbox } from '../../../src/runtime/control-plane/deliver.ts';
import { recordedEnvironments, tellCourse, tellHost, tellState } from '../../../src/runtime/control-plane/environments.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { connection, strangeServer, testDatabase, type TestDatabase } from '../../support/database.ts';
import { environmentDown, environmentPlan, environmentUp } from '../../support/environment-deliveries.ts';
import { sampleIn } from '../../support/sample.ts';
import { stored } from '../../support/stored.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { opened, type Opened } from '../../support/workspace.ts';

describe('how PR environments stand, for those who look from elsewhere', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.stop());

  async function site() {
    const url = await database.create();
    await migrate(connection(url), migrationsFolder());
    const { root } = sampleIn(folder());
    return { url, workspace: await opened(root, { DATABASE_URL: url }), root };
  }
  const seen = async (workspace: Opened) => {
    const { source, answer } = await recordedEnvironments(workspace);
    return [source, ...answer.map(({ number, state }) => `${number} ${state}`)];
  };

  it('is told while an act runs and by its record, by hosts that look, and read back', async () => {
    const { workspace } = await site();
    const look = (facts: Omit<HostFacts, 'at'>) => tellHost(workspace, () => Promise.resolve({ ...facts, at: new Date().toISOString() }));
    const first = environmentUp(1, 12);
    await tellCourse(workspace, first.record);
    assert.deepEqual(await seen(workspace), ['control-plane', '12 building']);
    await stored(workspace, first);
    await deliverOutbox(workspace);
    assert.deepEqual(await seen(workspace), ['control-plane', '12 running']);
    await tellState(workspace, 12, 'sleeping');
    assert.deepEqual(await seen(workspace), ['control-plane', '12 sleeping']);
    await look({ here: new Map([[12, 'running']]), open: new Set([12]) });
    assert.deepEqual(await seen(workspace), ['control-plane', '12 running']);
    await look({ here: new Map(), open: new Set() });
    assert.deepEqual(await seen(workspace), ['control-plane']);
    await tellState(workspace, 12, 'sleeping'); // too late
    assert.deepEqual(await seen(workspace), ['control-plane']);
  });

  it('takes titles that PostgreSQL cannot hold', async () => {
    const { workspace } = await site();
    const { record } = environmentUp(1, 12);
    await tellCourse(workspace, { ...record, plan: environmentPlan(12, { title: 'a\0b \ud800' }) });
    const { answer } = await recordedEnvironments(workspace);
    assert.equal(answer[0]?.title, 'a\ufffdb \ufffd');
  });

  it('is read from the evidence of the clone where there is no control plane', async () => {
    const { root } = sampleIn(folder());
    const alone = await opened(root);
    for (const one of [environmentUp(1, 12), environmentUp(2, 13), environmentDown(3, 12)]) await stored(alone, one);
    assert.deepEqual(await seen(alone), ['evidence', '13 running']);
  });

  it('keeps nobody waiting: a control plane that is away, hangs or has an older schema is a line of the log', async () => {
    const { record } = environmentUp(1, 12);
    const { root } = sampleIn(folder());
    const hanging = await strangeServer(() => undefined);
    try {
      for (const url of ['postgresql://ops:x@127.0.0.1:9/ops', hanging.url, await database.create()]) {
        const workspace = await opened(root, { DATABASE_URL: url });
        const began = Date.now();
        await tellCourse(workspace, record);
        await tellState(workspace, 12, 'running');
        assert.ok(Date.now() - began < 9000, url);
        assert.match(JSON.stringify(workspace.events), /was not told how the environment stands/);
        assert.doesNotMatch(JSON.stringify(workspace.events), /very-secret-pw/);
      }
    } finally {
      hanging.close();
    }
  });
});
