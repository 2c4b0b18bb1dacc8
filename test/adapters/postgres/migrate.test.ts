import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate, migrationStatus } from '../../../src/adapters/postgres/migrate.ts';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { postgresControlPlane } from '../../../src/adapters/postgres/control-plane.ts';
import { recordRows } from '../../../src/core/control-plane/calls.ts';
import { environmentLives } from '../../../src/core/control-plane/environment-questions.ts';
import { activity } from '../../../src/core/control-plane/questions.ts';
import { rowsOf } from '../../../src/core/control-plane/rows.ts';
import { TABLES } from '../../../src/core/control-plane/tables.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { liveSchemaProblems } from '../../../src/runtime/control-plane/sound.ts';
import { delivery } from '../../support/deliveries.ts';
import { connection, testDatabase, type TestDatabase } from '../../support/database.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { temporaryFolders } from '../../support/temp.ts';

describe('migrations of the control plane', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.stop());

  it('are applied once; a second time does nothing', async () => {
    const url = await database.create();
    const first = await migrate(connection(url), migrationsFolder());
    assert.ok(first.length >= 1);
    assert.deepEqual(await migrate(connection(url), migrationsFolder()), []);
    const tables = await database.query(url, "select table_name from information_schema.tables where table_schema = 'ops' order by 1");
    for (const name of [...Object.keys(TABLES), 'client_members', 'feature_flags', 'pull_request_environments', 'schema_migrations'])
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

  it('comment on every table and every column', async () => {
    const url = await database.create();
    await migrate(connection(url), migrationsFolder());
    const silent = await database.query(
      url,
      `select relname, attname from pg_class
       left join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
         and col_description(pg_class.oid, attnum) is null
       where relnamespace = 'ops'::regnamespace and relkind = 'r' and (attname is not null or obj_description(pg_class.oid) is null)`,
    );
    assert.deepEqual(silent, []);
  });

  it('bring a schema from before PR environments on, with what is in it', async () => {
    const url = await database.create();
    const before = readdirSync(migrationsFolder()).filter((name) => name.endsWith('.sql') && name < '20261125000600');
    const older = folder();
    for (const name of before) copyFileSync(join(migrationsFolder(), name), join(older, name));
    await migrate(connection(url), older);
    await database.query(
      url,
      "insert into ops.pull_request_environments values ('acme', gen_random_uuid(), 7, 'feature/x', 'pr-7', 'c0ffee', 'building', null, now(), now(), null)",
    );
    assert.deepEqual(await migrate(connection(url), migrationsFolder()), ['20261125000600_ops_pull_requests.sql']);
    assert.deepEqual(await liveSchemaProblems(postgresControlPlane(connection(url), 'acme')), []);
    const rows = await postgresControlPlane(connection(url), 'acme').select(environmentLives(7));
    assert.deepEqual(
      rows.map(({ state, lines, evidence_id }) => [state, lines, evidence_id]),
      [['building', [], null]],
    );
  });

  it('make the columns that the program writes', async () => {
    const url = await database.create();
    await migrate(connection(url), migrationsFolder());
    for (const [table, { shape }] of Object.entries(TABLES)) {
      const columns = await database.query(
        url,
        "select column_name, column_default from information_schema.columns where table_schema = 'ops' and table_name = $1",
        [table],
      );
      const [given, byItself] = [true, false].map((none) =>
        columns.filter((row) => (row['column_default'] === null) === none).map((row) => String(row['column_name'])),
      ) as [string[], string[]];
      // These a function makes of what it is told.
      const made = table === 'pull_request_environments' ? ['created_at', 'removed_at'] : [];
      const written = Object.keys(shape).filter((name) => !byItself.includes(name));
      assert.deepEqual(given.sort(), [...written, ...made].sort(), table);
    }
  });

  it('have names that the Supabase CLI takes, in order, and name themselves', async () => {
    const names = readdirSync(migrationsFolder()).filter((name) => name.endsWith('.sql'));
    for (const name of names) assert.match(name, /^\d{14}_[a-z_]+\.sql$/);
    const url = await database.create();
    // As the Supabase CLI does it: each file as it is, and a history of its own.
    await database.query(
      url,
      'create schema supabase_migrations; create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text)',
    );
    const [first = ''] = names.sort();
    const copy = join(folder(), 'one');
    cpSync(migrationsFolder(), copy, { recursive: true });
    const { readFileSync } = await import('node:fs');
    await database.query(url, readFileSync(join(copy, first), 'utf8'));
    assert.deepEqual(
      (await migrationStatus(connection(url), copy)).map(({ state }) => state),
      ['elsewhere', ...names.slice(1).map(() => 'pending')],
    );
    assert.deepEqual(await migrate(connection(url), copy), names.slice(1));
    const history = await database.query(url, 'select version from supabase_migrations.schema_migrations order by 1');
    assert.deepEqual(
      history.map(({ version }) => version),
      names.map((name) => name.slice(0, 14)),
    );
  });

  it('of a newer odoo-ops, or from before the first release, are not touched: it says what to do', async () => {
    const url = await database.create();
    await migrate(connection(url), migrationsFolder());
    await database.query(url, "insert into ops.schema_migrations (name, sha256) values ('20991231000000_later.sql', 'x')");
    const error = await rejectsWith(migrate(connection(url), migrationsFolder()), 'failed', '20991231000000_later.sql');
    assert.match(error.hint ?? '', /update odoo-ops/);
    assert.equal((await migrationStatus(connection(url), migrationsFolder())).at(-1)?.state, 'unknown');
  });

  it('of a database that has none are all pending', async () => {
    const status = await migrationStatus(connection(await database.create()), migrationsFolder());
    assert.ok(status.length > 0 && status.every(({ state, applied_at }) => state === 'pending' && applied_at === null));
  });

  it('suffice for an owner who is no superuser, on a server that has none of the roles', async () => {
    const own = await testDatabase();
    try {
      const url = await own.create();
      const name = new URL(url).pathname.slice(1);
      await own.query(url, `create role owner login createrole password 'owner'; alter database ${name} owner to owner`);
      const owner = new URL(url);
      [owner.username, owner.password] = ['owner', 'owner'];
      await migrate(connection(owner.href), migrationsFolder());
      const plane = postgresControlPlane(connection(owner.href), 'acme');
      await plane.call(recordRows(rowsOf(delivery(1), 'acme', sha256)));
      assert.equal((await plane.select(activity({}, 10))).length, 1);
      assert.deepEqual(await liveSchemaProblems(plane), []);
    } finally {
      await own.stop();
    }
  });

  it('tell what a user lacks who may not apply them', async () => {
    const url = await database.create();
    const name = new URL(url).pathname.slice(1);
    await database.query(url, `create role poor_${name} login password 'poor'`);
    const poor = new URL(url);
    [poor.username, poor.password] = [`poor_${name}`, 'poor'];
    const error = await rejectsWith(migrate(connection(poor.href), migrationsFolder()), 'failed', 'permission denied');
    assert.match(error.hint ?? '', /CREATE on the database/);
  });
});
