import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { addToOutbox, readSetAside, retrySetAside } from '../../../src/adapters/files/outbox.ts';
import { recordHash, type EvidenceRecord } from '../../../src/core/evidence/record.ts';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { deliverOutbox } from '../../../src/runtime/control-plane/deliver.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { outboxFolder } from '../../../src/runtime/evidence/seal.ts';
import { connection, testDatabase, type TestDatabase } from '../../support/database.ts';
import { delivery, promotion } from '../../support/deliveries.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { sampleIn } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { opened, type Opened } from '../../support/workspace.ts';

/** Puts a sealed record on disk, with its logs, and into the outbox. */
async function waits(
  workspace: Opened,
  { record }: { record: EvidenceRecord },
  logs: Record<string, Buffer | string> = {},
): Promise<string> {
  const folder = join(workspace.evidenceRoot, '20260101-0800+0800', `act-${record.id.slice(-6)}`);
  mkdirSync(join(folder, 'logs'), { recursive: true });
  const files = Object.entries(logs).map(([name, content]) => {
    writeFileSync(join(folder, 'logs', name), content);
    return { path: `logs/${name}`, sha256: sha256(content), bytes: Buffer.byteLength(content) };
  });
  const unsealed = { ...record, files, hash: null };
  writeFileSync(join(folder, 'record.json'), `${JSON.stringify({ ...unsealed, hash: recordHash(unsealed, sha256) }, null, 2)}\n`);
  await addToOutbox(outboxFolder(workspace), record.id);
  return folder;
}

/** A way to a PostgreSQL that is cut after so many bytes from its client; each connection is counted. */
async function cutWire(url: string, bytes: () => number): Promise<{ url: string; close: () => void }> {
  const to = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = createConnection(Number(to.port), to.hostname);
    const limit = bytes();
    let sent = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => [client, upstream].forEach((other) => other.destroy()));
    }
    upstream.pipe(client);
    client.on('data', (chunk: Buffer) => {
      sent += chunk.length;
      // What arrives may be carried out; the answer to it is never heard.
      upstream.write(chunk);
      if (sent >= limit) client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  return {
    url: through.href,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('records that wait for the control plane', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.stop());

  async function site(): Promise<{ workspace: Opened; url: string }> {
    const url = await database.create();
    await migrate(connection(url), migrationsFolder());
    return { workspace: await opened(sampleIn(folder()).root, { DATABASE_URL: url }), url };
  }
  const ids = async (url: string) =>
    (await database.query(url, 'select id from ops.evidence order by finished_at')).map(({ id }) => Number(String(id).slice(-12)));

  it('go with their logs, whatever bytes these hold, and with their files', async () => {
    const { workspace, url } = await site();
    const log = Buffer.concat([Buffer.from('one\n'), Buffer.from([0xff, 0x00, 0x80]), Buffer.from('\n🎉\n')]);
    await waits(workspace, promotion(1, 'staging'), { 'act.log': log, 'gate-tests.log': '' });
    assert.deepEqual(await deliverOutbox(workspace), { controlPlane: true, delivered: 1, waiting: 0, setAside: [] });
    assert.deepEqual(await database.query(url, 'select name, part, content from ops.logs'), [
      { name: 'act.log', part: 0, content: 'one\n\ufffd\ufffd\ufffd\n🎉\n' },
    ]);
    assert.deepEqual(await database.query(url, 'select path, bytes::int as bytes from ops.evidence_files order by path'), [
      { path: 'logs/act.log', bytes: log.length },
      { path: 'logs/gate-tests.log', bytes: 0 },
    ]);
    assert.deepEqual(
      (await database.query(url, 'select name, unit from ops.metrics order by name')).map(({ unit }) => unit),
      ['s', 's', 's'],
    );
  });

  it('that hold a large log go in pieces, and the log comes without its middle', async () => {
    const { workspace, url } = await site();
    const line = `${'x'.repeat(99)}\n`;
    await waits(workspace, delivery(1), { 'act.log': `first\n${line.repeat(120_000)}last\n` });
    assert.equal((await deliverOutbox(workspace)).delivered, 1);
    const [row] = await database.query(
      url,
      'select count(*)::int as parts, sum(octet_length(content))::int as bytes, min(part) as first, max(part) + 1 as last from ops.logs',
    );
    assert.ok(Number(row?.['bytes']) < 4_100_000 && Number(row?.['bytes']) > 3_900_000);
    assert.equal(row?.['parts'], row?.['last']);
    const text = (await database.query(url, 'select content from ops.logs order by part')).map(({ content }) => String(content)).join('');
    assert.match(text, /^first\n/);
    assert.match(text, /characters are left out here/);
    assert.match(text, /\nlast\n$/);
  });

  it('hold up no other where one is not taken: it is set aside with the reason, and can be tried again', async () => {
    const { workspace, url } = await site();
    for (const number of [1, 2, 4, 5]) await waits(workspace, delivery(number));
    // A time that no calendar has: our own schema takes any words for one.
    await waits(workspace, delivery(3, { started_at: '2026-02-31T99:00:00+08:00' }));
    const report = await deliverOutbox(workspace);
    assert.deepEqual([report.delivered, report.waiting], [4, 0]);
    assert.deepEqual(
      report.setAside.map(({ id }) => id),
      [delivery(3).record.id],
    );
    assert.match(report.setAside[0]?.reason ?? '', /date\/time/);
    assert.deepEqual(await ids(url), [1, 2, 4, 5]);
    assert.match(JSON.stringify(workspace.events), /set aside/);
    assert.equal((await deliverOutbox(workspace)).delivered, 0);
    assert.equal(await retrySetAside(outboxFolder(workspace)), 1);
    assert.deepEqual((await deliverOutbox(workspace)).setAside.length, 1);
    assert.deepEqual((await readSetAside(outboxFolder(workspace))).length, 1);
  });

  it('hold up no other whatever the database has against one: a trigger of somebody’s own', async () => {
    const { workspace, url } = await site();
    await database.query(
      url,
      "create function public.no() returns trigger language plpgsql as $f$ begin raise exception 'not this one'; end $f$; create trigger no before insert on ops.builds for each row when (new.message = 'Bad') execute function public.no()",
    );
    const bad = delivery(2);
    for (const one of [delivery(1), delivery(3)]) await waits(workspace, one);
    await waits(workspace, {
      record: {
        ...bad.record,
        plan: { ...bad.record.plan, commit: { ...(bad.record.plan as { commit: object }).commit, subject: 'Bad' } } as never,
      },
    });
    const report = await deliverOutbox(workspace);
    assert.deepEqual([report.delivered, report.waiting, report.setAside.map(({ reason }) => reason)], [2, 0, ['not this one']]);
  });

  it('hold up no other where one takes too long: it waits, and the others go', async () => {
    const { workspace, url } = await site();
    await database.query(
      url,
      "create function public.slow() returns trigger language plpgsql as $f$ begin perform pg_sleep(3); return new; end $f$; create trigger slow before insert on ops.builds for each row when (new.id = '00000000-0000-4000-8000-000000000002') execute function public.slow()",
    );
    for (const number of [1, 2, 3]) await waits(workspace, delivery(number));
    const quick = { ...workspace, config: { ...workspace.config, control_plane: { ...workspace.config.control_plane, timeout: '1s' } } };
    const report = await deliverOutbox(quick);
    assert.deepEqual([report.delivered, report.waiting, report.setAside], [2, 1, []]);
    assert.deepEqual(await ids(url), [1, 3]);
    assert.match(JSON.stringify(workspace.events), /000002 waits: The control plane took longer/);
    assert.deepEqual((await deliverOutbox(workspace)).delivered, 1);
  });

  it('are set aside where the control plane has another version of the record, and that one stays', async () => {
    const { workspace, url } = await site();
    await waits(workspace, delivery(1));
    assert.equal((await deliverOutbox(workspace)).delivered, 1);
    await waits(workspace, delivery(1, { result: 'failed' }));
    const report = await deliverOutbox(workspace);
    assert.equal(report.delivered, 0);
    assert.match(report.setAside[0]?.reason ?? '', /another version of this record/);
    assert.deepEqual(await database.query(url, 'select result from ops.evidence'), [{ result: 'passed' }]);
  });

  it('whose folder is gone are set aside too', async () => {
    const { workspace } = await site();
    rmSync(await waits(workspace, delivery(1)), { recursive: true });
    assert.match((await deliverOutbox(workspace)).setAside[0]?.reason ?? '', /not in this clone/);
  });

  it('are there once, all of them, whenever the connection breaks in the middle', async () => {
    const { workspace, url } = await site();
    for (let number = 1; number <= 300; number++) await waits(workspace, delivery(number), { 'act.log': `log of ${number}\n`.repeat(300) });
    let budget = 1500;
    const wire = await cutWire(url, () => (budget *= 3));
    try {
      const cut = { ...workspace, environment: { ...workspace.environment, DATABASE_URL: wire.url } };
      let breaks = 0;
      for (let round = 0; round < 30; round++) {
        const left = await deliverOutbox(cut).then(
          ({ waiting }) => waiting,
          () => ++breaks,
        );
        if (left === 0) break;
      }
      assert.ok(breaks >= 3, `${breaks} breaks`);
      assert.deepEqual(readdirSync(outboxFolder(workspace)), []);
    } finally {
      wire.close();
    }
    assert.deepEqual(
      await ids(url),
      Array.from({ length: 300 }, (_, index) => index + 1),
    );
    assert.deepEqual(await database.query(url, 'select count(*)::int as n from ops.logs'), [{ n: 300 }]);
    assert.deepEqual(await database.query(url, 'select count(*)::int as n from ops.builds'), [{ n: 300 }]);
  });

  it('are sent by several processes at once, and are there once', async () => {
    const { workspace, url } = await site();
    for (let number = 1; number <= 60; number++) await waits(workspace, delivery(number));
    const reports = await Promise.all([1, 2, 3, 4].map(() => deliverOutbox({ ...workspace })));
    assert.ok(reports.every(({ waiting }) => waiting === 0));
    assert.equal((await ids(url)).length, 60);
  });

  for (const [what, sql, says, run] of [
    ['older', "delete from ops.schema_migrations where name like '%functions%'", /older.*ops_functions/, /control-plane migrate/],
    ['newer', "insert into ops.schema_migrations (name) values ('20991231000000_x.sql')", /newer.*20991231000000_x/, /Update odoo-ops/],
    [
      'altered',
      'alter table ops.promotions drop column emergency_reason',
      /lost its column emergency_reason/,
      /add column emergency_reason text/,
    ],
    [
      'without row-level security',
      'alter table ops.builds disable row level security',
      /ops.builds is switched off/,
      /enable row level security/,
    ],
    [
      'open to everybody',
      'create policy open on ops.metrics for select using (true)',
      /Policy open of ops.metrics is none of ours/,
      /drop policy/,
    ],
    ['readable by anonymous', 'grant select on ops.evidence to anon', /anon may select ops.evidence/, /revoke all/],
    ['without a table', 'drop table ops.logs', /ops.logs is gone/, /rename to ops_old/],
    ['without its triggers', 'alter table ops.evidence disable trigger keep', /Trigger keep of ops.evidence/, /enable always trigger/],
  ] as const) {
    it(`stay where they are while the schema is ${what}: it says which and what to run`, async () => {
      const { workspace, url } = await site();
      await waits(workspace, delivery(1));
      await database.query(url, sql);
      const error = await rejectsWith(deliverOutbox(workspace), 'unreachable', 'Nothing was written');
      assert.match(error.message, says);
      assert.match(error.hint ?? '', run);
      assert.equal(readdirSync(outboxFolder(workspace)).length, 1);
    });
  }
});
