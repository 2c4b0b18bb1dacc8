import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cli, json } from '../../support/cli.ts';
import { strangeServer, testDatabase, type TestDatabase } from '../../support/database.ts';
import { cloneOf, sampleIn, write } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';

const COUNT = 'select (select count(*)::int from ops.builds) as builds, (select count(*)::int from ops.promotions) as promotions';

describe('acts and the control plane', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.stop());
  const outbox = (root: string) => readdirSync(join(root, '.git/odoo-ops/outbox'));
  async function migrated(root: string): Promise<string> {
    const url = await database.create();
    assert.equal((await cli(root, ['control-plane', 'migrate'], { env: { DATABASE_URL: url } })).code, 0);
    return url;
  }

  it('one row for each record; status reads from it', async () => {
    const { root } = sampleIn(folder());
    const url = await migrated(root);
    const env = { DATABASE_URL: url };
    assert.equal((await cli(root, ['promote', 'main', 'production', '--yes'], { env })).code, 0);
    assert.equal((await cli(root, ['build'], { env })).code, 0);
    for (let round = 0; round < 2; round++) assert.equal((await cli(root, ['evidence', 'sync'], { env })).code, 0);
    assert.deepEqual(await database.query(url, COUNT), [{ builds: 1, promotions: 1 }]);
    assert.deepEqual(outbox(root), []);
    const status = json(await cli(root, ['status', '--json'], { env }));
    assert.deepEqual([status['controlPlane'], status['waiting'], status['notices']], ['reachable', 0, []]);
  });

  it('out of reach, slow or strange: the act is done, its record waits, and is delivered once later', async () => {
    const { root } = sampleIn(folder());
    write(root, { 'odoo-ops.yml': 'control_plane:\n  timeout: 300ms\n' });
    const url = await migrated(root);
    const silent = await strangeServer(() => undefined);
    const garbage = await strangeServer((socket) => socket.write('220 smtp.example.com ESMTP\r\n'));
    const closed = await strangeServer(() => undefined);
    closed.close();
    try {
      for (const server of [silent, garbage, closed]) {
        const begin = Date.now();
        const { code, stderr } = await cli(root, ['build'], { env: { DATABASE_URL: server.url } });
        assert.equal(code, 0);
        assert.match(stderr, /evidence sync/);
        assert.doesNotMatch(stderr, /very-secret-pw/);
        assert.ok(Date.now() - begin < 15_000);
        const sync = await cli(root, ['evidence', 'sync'], { env: { DATABASE_URL: server.url } });
        assert.equal(sync.code, 4);
      }
      assert.equal(outbox(root).length, 3);
      const status = json(await cli(root, ['status', '--json', '--no-fetch'], { env: { DATABASE_URL: closed.url } }));
      assert.deepEqual([status['controlPlane'], status['waiting'], (status['notices'] as string[]).length], ['unreachable', 3, 1]);
    } finally {
      silent.close();
      garbage.close();
    }
    // The next act brings them all, also two at once.
    await Promise.all([
      cli(root, ['build'], { env: { DATABASE_URL: url } }),
      cli(root, ['evidence', 'sync'], { env: { DATABASE_URL: url } }),
    ]);
    assert.equal((await cli(root, ['evidence', 'sync'], { env: { DATABASE_URL: url } })).code, 0);
    assert.deepEqual(await database.query(url, COUNT), [{ builds: 4, promotions: 0 }]);
    assert.deepEqual(outbox(root), []);
  });

  it('gets the records of a clone that was thrown away before it could deliver', async () => {
    const { root, origin } = sampleIn(folder());
    const url = await migrated(root);
    const gone = cloneOf(origin, join(folder(), 'gone'));
    assert.equal((await cli(gone, ['build'])).code, 0);
    rmSync(gone, { recursive: true });
    const sync = json(await cli(root, ['evidence', 'sync', '--json'], { env: { DATABASE_URL: url } }));
    assert.deepEqual([sync['pulled'], sync['delivered'], sync['waiting']], [1, 1, 0]);
    assert.deepEqual(await database.query(url, COUNT), [{ builds: 1, promotions: 0 }]);
  });

  it('is found under the variable that odoo-ops.yml names, and its rows under the client', async () => {
    const { root } = sampleIn(folder());
    write(root, { 'odoo-ops.yml': 'control_plane:\n  url_env: OPS_DB\n  client_id: acme\n' });
    const url = await database.create();
    assert.equal((await cli(root, ['control-plane', 'migrate'], { env: { OPS_DB: url } })).code, 0);
    assert.equal((await cli(root, ['build'], { env: { OPS_DB: url, DATABASE_URL: 'postgresql://127.0.0.1:1/x' } })).code, 0);
    assert.deepEqual(await database.query(url, 'select client_id from ops.builds'), [{ client_id: 'acme' }]);
    assert.equal((await cli(root, ['control-plane', 'migrate'])).code, 2);
  });

  it('comes with the tool: start, use, stop, start again with its data, remove', async () => {
    const { root } = sampleIn(folder());
    const env = {};
    try {
      const start = await cli(root, ['control-plane', 'start', '--json'], { env });
      assert.equal(start.code, 0, start.stderr);
      assert.ok((json(start)['migrations'] as string[]).length >= 1);
      assert.equal((await cli(root, ['build'], { env })).code, 0);
      assert.equal(json(await cli(root, ['status', '--json'], { env }))['controlPlane'], 'reachable');
      assert.equal(json(await cli(root, ['control-plane', 'start', '--json'], { env }))['port'], json(start)['port']);
      assert.deepEqual(json(await cli(root, ['control-plane', 'stop', '--json'], { env })), { stopped: true });
      assert.deepEqual(json(await cli(root, ['control-plane', 'stop', '--json'], { env })), { stopped: false });
      assert.equal((await cli(root, ['build'], { env })).code, 0);
      assert.deepEqual(json(await cli(root, ['control-plane', 'start', '--json'], { env }))['migrations'], []);
      const sync = json(await cli(root, ['evidence', 'sync', '--json'], { env }));
      assert.deepEqual([sync['controlPlane'], sync['delivered'], sync['waiting']], [true, 1, 0]);
    } finally {
      await cli(root, ['control-plane', 'stop', '--remove'], { env });
    }
    assert.deepEqual(json(await cli(root, ['status', '--json'], { env }))['controlPlane'], 'none');
  });
});
