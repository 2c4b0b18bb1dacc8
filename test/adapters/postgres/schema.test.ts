import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { postgresControlPlane } from '../../../src/adapters/postgres/control-plane.ts';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { describeSchema } from '../../../src/core/control-plane/calls.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { liveSchemaProblems } from '../../../src/runtime/control-plane/sound.ts';
import { connection, testDatabase, type TestDatabase } from '../../support/database.ts';

const ISOLATION = "client_id = auth.jwt() ->> 'client_id'";
const replaced = (policy: string) =>
  `drop policy client_isolation on ops.builds; create policy client_isolation on ops.builds for select using (${policy})`;

describe('the live schema', function () {
  this.timeout(90_000);
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.stop());

  async function fresh() {
    const url = await database.create();
    await migrate(connection(url), migrationsFolder());
    const plane = postgresControlPlane(connection(url), 'acme');
    const found = () => liveSchemaProblems(plane);
    return { url, plane, found };
  }

  it('is what schema.json says; after a new migration, WRITE_SCHEMA=1 writes it anew', async () => {
    const { plane } = await fresh();
    const { tables, functions } = await plane.call(describeSchema());
    const text = `${JSON.stringify({ tables, functions }, null, 1)}\n`;
    const file = join(migrationsFolder(), 'schema.json');
    if (process.env['WRITE_SCHEMA'] !== undefined) writeFileSync(file, text);
    assert.equal(readFileSync(file, 'utf8'), text);
  });

  for (const [what, sql, expected] of [
    ['row-level security off', 'alter table ops.builds disable row level security', ['row-security builds']],
    ['row-level security not forced', 'alter table ops.tasks no force row level security', ['row-security tasks']],
    ['a table of one’s own without protection', 'create table ops.notes (id int, client_id text)', ['row-security notes']],
    ['a table of one’s own without rows of clients', 'create table ops.colours (name text)', []],
    ['a policy that was widened', replaced(`${ISOLATION} or true`), ['policy builds']],
    ['a policy that is hidden in brackets', replaced(`(${ISOLATION} and true) is not null`), ['policy builds']],
    ['a policy too many', 'create policy read_by_auth on ops.client_members for select using (true)', ['policy client_members']],
    ['a narrower policy', "create policy narrow on ops.builds as restrictive for select using (result = 'passed')", []],
    ['a trigger that is off', 'alter table ops.evidence disable trigger keep', ['trigger evidence']],
    ['a trigger for replicas only', 'alter table ops.evidence enable replica trigger keep', ['trigger evidence']],
    [
      'a trigger that does nothing',
      'drop trigger keep on ops.logs; create trigger keep before update or delete on ops.logs for each row when (false) execute function ops.refuse_change_of_recent(); alter table ops.logs enable always trigger keep',
      ['trigger logs'],
    ],
    ['a trigger that is gone', 'drop trigger keep_all on ops.tasks', ['trigger tasks']],
    ['a column that is gone', 'alter table ops.promotions drop column emergency_reason', ['altered promotions']],
    ['a column of another type', 'alter table ops.gate_results alter column duration_ms type smallint', ['altered gate_results']],
    ['a column that nobody fills', 'alter table ops.builds add column colour text not null', ['altered builds']],
    ['a column more', 'alter table ops.builds add column colour text', []],
    ['a table that is gone', 'drop table ops.logs', ['missing logs']],
    ['a view that is gone', 'drop view ops.evidence_by_module', ['missing evidence_by_module']],
    ['a view past the policies', 'create view ops.open as select * from ops.builds', ['row-security open (finding)']],
    ['a materialized view', 'create materialized view ops.kept as select * from ops.builds', ['row-security kept (finding)']],
    ['rights for strangers', 'grant select on ops.evidence to anon', ['grant evidence']],
    ['rights too many', 'grant insert on ops.tasks to authenticated', ['grant tasks']],
    ['a way past the function', 'grant insert on ops.feature_flags to authenticated', ['grant feature_flags']],
    ['rights too few', 'revoke select on ops.evidence from authenticated', ['grant evidence']],
    [
      'a function past the policies',
      "create function ops.all_builds() returns bigint language sql security definer as 'select count(*) from ops.builds'",
      ['function ops.all_builds() (finding)'],
    ],
    [
      'a function of ours that was changed',
      "create or replace function ops.known(client text, ids uuid[]) returns uuid[] language sql stable as 'select ids'",
      ['function ops.known(text,uuid[])'],
    ],
  ] as const) {
    it(`is ${expected.length === 0 ? 'sound' : 'not sound'} with ${what}${expected.length === 0 ? '' : ', and the SQL that is named mends it'}`, async () => {
      const { url, found } = await fresh();
      assert.deepEqual(await found(), []);
      await database.query(url, sql);
      const problems = await found();
      assert.deepEqual(
        problems.map(({ kind, subject, blocking }) => `${kind} ${subject ?? ''}${blocking ? '' : ' (finding)'}`),
        expected,
      );
      if (problems.some(({ fix }) => !fix.endsWith(';'))) return;
      for (const { fix } of problems) await database.query(url, fix);
      assert.deepEqual(await found(), []);
    });
  }

  it('keeps what happened also in a session that takes itself for a replica', async () => {
    const { url } = await fresh();
    await database.query(
      url,
      "insert into ops.health_checks values ('acme', gen_random_uuid(), 'staging', null, 'http', 'passed', 'ok', now(), 1)",
    );
    for (const change of ['delete from ops.health_checks', 'truncate ops.health_checks'])
      await assert.rejects(database.query(url, `set session_replication_role = replica; ${change}`), /keeps what happened/);
  });

  it('runs nothing of a session’s own with the rights of its owner', async () => {
    const { url } = await fresh();
    const name = `intruder_${new URL(url).pathname.slice(1)}`;
    await database.query(url, `create role ${name} login password 'x'; grant authenticated to ${name}`);
    const login = new URL(url);
    login.username = name;
    login.password = 'x';
    for (const type of ['jsonb', 'text', 'uuid', 'bool']) {
      const attack = `
        create function pg_temp.take() returns boolean language plpgsql as $f$
        begin execute 'alter role ${name} superuser'; return true; exception when others then return true; end $f$;
        create domain pg_temp.${type} as pg_catalog.${type} check (pg_temp.take());
        select set_config('request.jwt.claims', '{"client_id": "acme", "ops_role": "operator"}', false);
        set role authenticated;
        select ops.request_task('check', '{}'::pg_catalog.jsonb, 'x-${type}');
        select ops.set_feature_flag('acme', gen_random_uuid(), 'flag', '*', true, 'why', 'who');`;
      await database.query(login.href, attack).catch(() => undefined);
      assert.deepEqual(await database.query(url, 'select rolsuper from pg_roles where rolname = $1', [name]), [{ rolsuper: false }], type);
    }
  });
});
