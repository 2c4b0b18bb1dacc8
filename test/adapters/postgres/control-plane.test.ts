import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { postgresControlPlane } from '../../../src/adapters/postgres/control-plane.ts';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { rowsOf } from '../../../src/adapters/postgres/rows.ts';
import type { Delivery } from '../../../src/core/control-plane/port.ts';
import type { EvidenceRecord, SealedRecord } from '../../../src/core/evidence/record.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane.ts';
import { connection, strangeServer, testDatabase, type TestDatabase } from '../../support/database.ts';
import { sampleRecord } from '../../support/records.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { temporaryFolders } from '../../support/temp.ts';

const SHA = '0123456789abcdef0123456789abcdef01234567';

function delivery(number: number, extra: Partial<EvidenceRecord> = {}): Delivery {
  const record: SealedRecord = { ...sampleRecord(number, extra), hash: createHash('sha256').update(String(number)).digest('hex') };
  return { record, folder: `web/docs/evidence/20260101-0000+0800/act-${number}` };
}

function promotion(number: number, environment: 'staging' | 'production', finishedAt = '2026-01-01T08:00:01+08:00'): Delivery {
  const gate = {
    name: 'tests',
    result: 'passed' as const,
    message: 'exit code 0',
    started_at: '2026-01-01T08:00:00+08:00',
    duration_ms: 5,
    log: 'logs/gate-tests.log',
  };
  return delivery(number, {
    finished_at: finishedAt,
    plan: {
      act: 'promotion',
      environment,
      remote: 'origin',
      from: 'main',
      to: environment,
      from_sha: SHA,
      to_sha: SHA,
      rules_sha: SHA,
      method: 'fast-forward',
      merge_tree: null,
      emergency: null,
      nothing_to_do: false,
      commits: [],
      authors: [],
      modules: [],
      files: [],
      gates: [],
      blockers: [],
    },
    outcome: { act: 'promotion', sha: SHA, previous_sha: SHA, gates: [gate] },
  });
}

function endless(socket: Socket): void {
  const write = () => {
    while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 0x5a)));
  };
  socket.on('drain', write);
  write();
}

describe('control plane in PostgreSQL', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.stop());

  async function migrated(): Promise<string> {
    const url = await database.create();
    await migrate(connection(url), migrationsFolder());
    return url;
  }

  describe('migrations', () => {
    it('are applied once; a second time does nothing', async () => {
      const url = await database.create();
      const first = await migrate(connection(url), migrationsFolder());
      assert.ok(first.length >= 1);
      assert.deepEqual(await migrate(connection(url), migrationsFolder()), []);
      const tables = await database.query(url, "select table_name from information_schema.tables where table_schema = 'ops' order by 1");
      for (const name of ['builds', 'deployments', 'gate_results', 'promotions', 'schema_migrations'])
        assert.ok(
          tables.some((row) => row['table_name'] === name),
          name,
        );
    });

    it('of several processes at once are applied by one of them', async () => {
      const url = await database.create();
      const done = await Promise.all([1, 2, 3, 4].map(() => migrate(connection(url), migrationsFolder())));
      assert.deepEqual(done.map((names) => names.length > 0).sort(), [false, false, false, true]);
    });

    it('that were edited after they were applied are refused by name', async () => {
      const url = await database.create();
      const copy = join(folder(), 'migrations');
      cpSync(migrationsFolder(), copy, { recursive: true });
      const [name = ''] = await migrate(connection(url), copy);
      appendFileSync(join(copy, name), '-- edited\n');
      await rejectsWith(migrate(connection(url), copy), 'failed', name, 'changed after it was applied');
    });

    it('that fail leave nothing of themselves, and those before stay', async () => {
      const url = await database.create();
      const copy = join(folder(), 'migrations');
      cpSync(migrationsFolder(), copy, { recursive: true });
      writeFileSync(join(copy, '9998_half.sql'), 'create table ops.half (id int); select 1/0;');
      await rejectsWith(migrate(connection(url), copy), 'failed', '9998_half.sql', 'division by zero');
      assert.deepEqual(await database.query(url, "select to_regclass('ops.half') as half, to_regclass('ops.builds')::text as builds"), [
        { half: null, builds: 'ops.builds' },
      ]);
      writeFileSync(join(copy, '9998_half.sql'), 'create table ops.half (id int);');
      assert.deepEqual(await migrate(connection(url), copy), ['9998_half.sql']);
    });
  });

  describe('delivery', () => {
    it('writes one row a record, once, however often it is delivered and by however many at a time', async () => {
      const url = await migrated();
      const plane = postgresControlPlane(connection(url), 'acme');
      const all = [delivery(1), delivery(2), promotion(3, 'staging')];
      await plane.deliver(all);
      await plane.deliver(all);
      await Promise.all([1, 2, 3].map(() => postgresControlPlane(connection(url), 'acme').deliver(all)));
      assert.deepEqual(
        await database.query(
          url,
          'select (select count(*)::int from ops.builds) as builds, (select count(*)::int from ops.promotions) as promotions, (select count(*)::int from ops.gate_results) as gates',
        ),
        [{ builds: 2, promotions: 1, gates: 1 }],
      );
      assert.deepEqual(
        [...(await plane.known([1, 2, 3, 4].map((number) => delivery(number).record.id)))].sort(),
        all.map(({ record }) => record.id),
      );
    });

    it('keeps what the record says', async () => {
      const url = await migrated();
      await postgresControlPlane(connection(url), 'acme').deliver([promotion(1, 'production')]);
      const [row] = await database.query(
        url,
        'select client_id, environment, from_branch, to_branch, sha, previous_sha, actor, result, record_sha256, evidence_folder from ops.promotions',
      );
      const { record, folder: where } = promotion(1, 'production');
      assert.deepEqual(row, {
        client_id: 'acme',
        environment: 'production',
        from_branch: 'main',
        to_branch: 'production',
        sha: SHA,
        previous_sha: SHA,
        actor: 'Ana',
        result: 'passed',
        record_sha256: record.hash,
        evidence_folder: where,
      });
    });

    it('takes every result that a record may have, and words that PostgreSQL cannot hold', async () => {
      const url = await migrated();
      const plane = postgresControlPlane(connection(url), 'acme');
      const results = ['interrupted', 'passed', 'failed', 'refused', 'cancelled'] as const;
      await plane.deliver(
        results.map((result, index) => delivery(index, { result, message: `a\u0000b \ud800 \\u0000 🎉 '; drop table ops.builds; --` })),
      );
      const rows = await database.query(url, 'select error from ops.builds');
      assert.equal(rows.length, 5);
      assert.equal(rows[0]?.['error'], "a\ufffdb \ufffd \\u0000 🎉 '; drop table ops.builds; --");
    });

    it('tells the last passed promotion of each environment', async () => {
      const url = await migrated();
      const plane = postgresControlPlane(connection(url), 'acme');
      await plane.deliver([
        promotion(1, 'staging'),
        promotion(2, 'production', '2026-01-02T08:00:00+08:00'),
        promotion(3, 'production', '2026-01-03T08:00:00+08:00'),
        { ...promotion(4, 'production', '2026-01-04T08:00:00+08:00'), record: { ...promotion(4, 'production').record, result: 'refused' } },
      ]);
      assert.deepEqual(
        (await plane.lastPromotions()).map(({ environment, id, finished_at }) => [environment, id.at(-1), finished_at]),
        [
          ['production', '3', '2026-01-03T00:00:00.000Z'],
          ['staging', '1', '2026-01-01T00:00:01.000Z'],
        ],
      );
    });

    it('has a row for each act, by its id', () => {
      assert.deepEqual(
        rowsOf(promotion(1, 'staging'), 'x').map(({ table, key }) => [table, key]),
        [
          ['promotions', ['id']],
          ['gate_results', ['promotion_id', 'name']],
        ],
      );
    });
  });

  describe('rows', () => {
    it('that are written can be neither changed nor deleted, one by one or all at once', async () => {
      const url = await migrated();
      await postgresControlPlane(connection(url), 'acme').deliver([delivery(1), promotion(2, 'staging')]);
      for (const sql of [
        "update ops.builds set result = 'failed'",
        'delete from ops.builds',
        'delete from ops.gate_results',
        "update ops.promotions set actor = 'x'",
        'truncate ops.builds',
        'truncate ops.promotions cascade',
      ]) {
        await assert.rejects(database.query(url, sql), /keeps what happened/, sql);
      }
    });

    it('of another client can be neither seen nor written by an ordinary role, also by the owner of the tables', async () => {
      const url = await migrated();
      await postgresControlPlane(connection(url), 'acme').deliver([delivery(1), promotion(2, 'staging')]);
      await postgresControlPlane(connection(url), 'globex').deliver([delivery(3), promotion(4, 'staging')]);
      const name = `clerk_${url.split('_').at(-1) ?? ''}`;
      await database.query(
        url,
        `create role ${name} login password 'clerk'; grant usage on schema ops, auth to ${name}; grant select, insert on all tables in schema ops to ${name}`,
      );
      const clerk = new URL(url);
      clerk.username = name;
      clerk.password = 'clerk';
      const own = postgresControlPlane(connection(clerk.href), 'acme');
      assert.deepEqual([...(await own.known([1, 2, 3, 4].map((number) => delivery(number).record.id)))].map((id) => id.at(-1)).sort(), [
        '1',
        '2',
      ]);
      assert.deepEqual(
        (await own.lastPromotions()).map(({ id }) => id.at(-1)),
        ['2'],
      );
      await own.deliver([delivery(5)]);
      for (const table of ['builds', 'promotions', 'gate_results', 'deployments']) {
        assert.deepEqual(await database.query(clerk.href, `select * from ops.${table}`), [], `${table} without claims`);
        await assert.rejects(
          database.query(
            clerk.href,
            `insert into ops.${table} select * from ops.${table} limit 0; select set_config('request.jwt.claims', '{"client_id": "acme"}', false); delete from ops.${table}`,
          ),
          /permission denied/,
        );
      }
      const forged =
        "select set_config('request.jwt.claims', '{\"client_id\": \"acme\"}', true); insert into ops.builds (id, client_id, sha, message, author, committed_at, built_at, actor, result, dependencies, evidence_folder, record_sha256) values (gen_random_uuid(), 'globex', 'x', 'x', 'x', now(), now(), 'x', 'passed', '[]', 'x', 'x')";
      await assert.rejects(database.query(clerk.href, `begin; ${forged}; commit`), /row-level security/);
      await database.query(url, `alter table ops.builds owner to ${name}`);
      assert.deepEqual(await database.query(clerk.href, 'select * from ops.builds'), []);
      for (const table of ['builds', 'promotions', 'gate_results', 'deployments']) {
        assert.deepEqual(
          await database.query(url, `select relrowsecurity, relforcerowsecurity from pg_class where oid = 'ops.${table}'::regclass`),
          [{ relrowsecurity: true, relforcerowsecurity: true }],
        );
      }
    });
  });

  describe('that cannot be reached', () => {
    const ask = (url: string, timeout: number) => postgresControlPlane(connection(url, timeout), 'acme').lastPromotions();

    it('is told as such: port closed, wrong password, no schema, and the connection string is never shown', async () => {
      const server = await strangeServer(() => undefined);
      server.close();
      const url = await database.create();
      const wrong = new URL(url);
      wrong.password = 'wrong-password';
      for (const target of [server.url, server.url.replace('127.0.0.1', 'localhost'), wrong.href, url]) {
        const error = await rejectsWith(ask(target, 2000), 'unreachable');
        assert.doesNotMatch(`${error.message} ${error.hint ?? ''} ${JSON.stringify(error.details)}`, /very-secret-pw|wrong-password/);
        assert.notEqual(error.message.trim().at(-1), ':');
      }
      assert.match((await rejectsWith(ask(url, 2000), 'unreachable')).hint ?? '', /control-plane migrate/);
    });

    for (const [what, behave] of [
      ['accepts and says nothing', () => undefined],
      ['answers nonsense', (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n<html>')],
      ['answers endless nonsense', endless],
      ['hangs up', (socket: Socket) => socket.end()],
      ['resets', (socket: Socket) => socket.resetAndDestroy()],
      // Authentication is fine, and the server is ready for queries, which it never answers.
      [
        'lets in and then says nothing',
        (socket: Socket) => socket.once('data', () => socket.write(Buffer.from('5200000008000000005a0000000549', 'hex'))),
      ],
    ] as const) {
      it(`is given up in time where it ${what}`, async () => {
        const server = await strangeServer(behave);
        const begin = Date.now();
        try {
          await rejectsWith(ask(server.url, 400), 'unreachable');
          assert.ok(Date.now() - begin < 4000, `${Date.now() - begin} ms`);
        } finally {
          server.close();
        }
      });
    }

    for (const url of ['not a url', 'mysql://x/y', 'postgresql://host:notaport/x', '']) {
      it(`is refused as a configuration or as unreachable for ${JSON.stringify(url)}`, async () => {
        const error = await ask(url, 500).then(
          () => undefined,
          (reason: unknown) => reason as { code: string },
        );
        assert.ok(error !== undefined && ['config', 'unreachable'].includes(error.code), JSON.stringify(error));
      });
    }

    it('is left at once by a cancel', async () => {
      const server = await strangeServer(() => undefined);
      const controller = new AbortController();
      const asked = postgresControlPlane({ url: server.url, timeout: 60_000, signal: controller.signal }, 'acme').lastPromotions();
      setImmediate(() => controller.abort());
      try {
        await rejectsWith(asked, 'cancelled');
      } finally {
        server.close();
      }
    });
  });
});
