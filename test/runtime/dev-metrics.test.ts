import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { batchName, waitingBatches, writeBatch } from '../../src/adapters/files/metric-batches.ts';
import { launchDevServer } from '../../src/adapters/odoo/dev-server.ts';
import { postgresControlPlane } from '../../src/adapters/postgres/control-plane.ts';
import type { DevEvent } from '../../src/core/devserver/events.ts';
import { batchesOf, MAX_BATCHES, reloadMetric } from '../../src/core/metrics/batch.ts';
import { deliverBatches } from '../../src/runtime/control-plane/metric-batches.ts';
import { deliverOutbox } from '../../src/runtime/control-plane/deliver.ts';
import { measured, reloadMeter } from '../../src/runtime/dev-metrics.ts';
import { outboxFolder } from '../../src/runtime/evidence/seal.ts';
import { fakeReloaderOptions } from '../fixtures/odoo/fake.ts';
import { cli } from '../support/cli.ts';
import { collector } from '../support/collector.ts';
import { connection, testDatabase, type TestDatabase } from '../support/database.ts';
import { sampleIn } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';
import { until } from '../support/until.ts';
import { opened, type Opened } from '../support/workspace.ts';

const reloaded = (ms: number): DevEvent & { type: 'reloaded' } => ({ type: 'reloaded', kind: 'patch', files: ['a.py'], ms });
const AWAY = 'postgresql://ops@127.0.0.1:1/ops';

describe('reload times', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.stop());

  async function migrated(root: string): Promise<string> {
    const url = await database.create();
    assert.equal((await cli(root, ['control-plane', 'migrate'], { env: { DATABASE_URL: url } })).code, 0);
    return url;
  }
  const rows = (url: string) => database.query(url, 'select name, unit, value, attributes, evidence_id from ops.metrics order by value');
  const waiting = (workspace: Opened) => waitingBatches(outboxFolder(workspace));
  const batch = () => batchesOf([{ id: randomUUID(), ...reloadMetric(reloaded(40), new Date().toISOString()) }])[0]!;
  const texts = ({ events }: Opened, level: string) =>
    events.flatMap((event) => (event.type === 'text' && event.level === level ? [event.text] : []));

  it('are rows of the control plane while the session goes on, each once', async () => {
    const { root } = sampleIn(folder());
    const url = await migrated(root);
    const workspace = await opened(root, { DATABASE_URL: url });
    const meter = reloadMeter(workspace, 10);
    meter.onEvent(reloaded(40));
    meter.onEvent({ type: 'ready', url: 'http://x', pid: 1, ms: 10, database: 'dev' });
    await until('the first is there', async () => (await rows(url)).length === 1);
    meter.onEvent(reloaded(2000));
    await meter.end();
    await meter.end();
    await deliverOutbox(workspace);
    assert.deepEqual(
      await rows(url),
      [0.04, 2].map((value) => ({
        name: 'odoo_ops.dev.reload.duration',
        unit: 's',
        value,
        attributes: { 'odoo_ops.dev.reload.kind': 'patch' },
        evidence_id: null,
      })),
    );
    assert.deepEqual(await waiting(workspace), []);
  });

  it('wait on disk while it is away, and are sent once by the next act, also by two at once', async () => {
    const { root } = sampleIn(folder());
    const url = await migrated(root);
    const away = await opened(root, { DATABASE_URL: AWAY });
    const meter = reloadMeter(away);
    for (let count = 1; count <= 3; count++) meter.onEvent(reloaded(count));
    await meter.end();
    assert.equal((await waiting(away)).length, 1);
    assert.deepEqual(texts(away, 'warning'), []);
    const env = { DATABASE_URL: url };
    const [build, sync] = await Promise.all([cli(root, ['build'], { env }), cli(root, ['evidence', 'sync'], { env })]);
    assert.deepEqual([build.code, sync.code], [0, 0], build.stderr + sync.stderr);
    const found = (await rows(url)).filter(({ name }) => name === 'odoo_ops.dev.reload.duration');
    assert.deepEqual(
      found.map(({ value }) => value),
      [0.001, 0.002, 0.003],
    );
    assert.deepEqual(await waiting(away), []);
  });

  it('leave nothing on disk where there is no control plane', async () => {
    const { root } = sampleIn(folder());
    const workspace = await opened(root);
    const meter = reloadMeter(workspace);
    meter.onEvent(reloaded(40));
    await meter.end();
    assert.deepEqual(await waiting(workspace), []);
  });

  it('are dropped in silence where the person may not write', async () => {
    const { root } = sampleIn(folder());
    const url = await migrated(root);
    const workspace = await opened(root, { DATABASE_URL: url });
    for (let count = 0; count < 3; count++) await writeBatch(outboxFolder(workspace), batchName(), batch());
    const viewer = postgresControlPlane(connection(url), 'default', { client_id: 'default', ops_role: 'viewer' });
    assert.equal(await deliverBatches(workspace, viewer), 0);
    assert.deepEqual([await waiting(workspace), await rows(url)], [[], []]);
    assert.deepEqual([texts(workspace, 'warning'), texts(workspace, 'debug').length], [[], 1]);
  });

  it('take little room: of many files the newest are kept, which is said once', async () => {
    const { root } = sampleIn(folder());
    const workspace = await opened(root, { DATABASE_URL: AWAY });
    const outbox = outboxFolder(workspace);
    for (let count = 0; count < MAX_BATCHES; count++) assert.equal(await writeBatch(outbox, `${1e12 + count}-x`, batch()), 0);
    const before = await waiting(workspace);
    const meter = reloadMeter(workspace);
    for (let count = 0; count < 2; count++) {
      meter.onEvent(reloaded(40));
      await meter.end();
    }
    const after = await waiting(workspace);
    assert.equal(after.length, MAX_BATCHES);
    assert.deepEqual(after.slice(0, -2), before.slice(2));
    assert.equal(texts(workspace, 'warning').length, 1);
  });

  it('are not held up by a file that is none', async () => {
    const { root } = sampleIn(folder());
    const url = await migrated(root);
    const workspace = await opened(root, { DATABASE_URL: url });
    const metrics = join(outboxFolder(workspace), 'metrics');
    mkdirSync(metrics, { recursive: true });
    writeFileSync(join(metrics, `${randomUUID()}.json`), '{"format":"odoo-ops-metrics/9"');
    await writeBatch(outboxFolder(workspace), batchName(), batch());
    await deliverOutbox(workspace);
    assert.deepEqual([(await rows(url)).length, readdirSync(metrics)], [1, []]);
  });

  it('go to a collector too, also without a control plane', async () => {
    const { root } = sampleIn(folder());
    const server = await collector();
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = server.url;
    try {
      const meter = reloadMeter(await opened(root));
      meter.onEvent(reloaded(40));
      meter.onEvent(reloaded(60));
      await meter.end();
    } finally {
      Reflect.deleteProperty(process.env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
      await server.close();
    }
    const [metric] = server.received[0]?.metrics ?? [];
    assert.equal(metric?.name, 'odoo_ops.dev.reload.duration');
    assert.deepEqual([metric.histogram?.dataPoints[0]?.count, metric.histogram?.dataPoints[0]?.sum], [2, 0.1]);
  });

  it('are measured of a server that runs, and on disk when its end is known', async () => {
    const { root } = sampleIn(folder());
    const workspace = await opened(root, { DATABASE_URL: AWAY });
    const options = await fakeReloaderOptions('ready');
    const seen: string[] = [];
    const server = await measured(workspace, { onEvent: ({ type }) => seen.push(type) }, (listeners) =>
      launchDevServer(options, workspace.context, listeners),
    );
    await server.ready;
    server.send({ command: 'restart' });
    await until('it has reloaded', () => seen.includes('reloaded'));
    await server.stop();
    assert.equal((await waiting(workspace)).length, 1);
  });
});
