import '../../../support/environment.ts';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { databaseServer } from '../../../../src/adapters/postgres/environments/server.ts';
import { commentText } from '../../../../src/adapters/postgres/environments/stamp.ts';
import type { DatabaseServer } from '../../../../src/core/pr-environments/database-server.ts';
import { THING_KINDS, type Thing } from '../../../../src/core/pr-environments/thing.ts';
import { attemptOf, PASSWORD, templateStamp } from '../../../support/pr-database.ts';
import { testServer, type TestServer } from '../../../support/postgres.ts';
import { rejectsWith } from '../../../support/rejects.ts';
import { until } from '../../../support/until.ts';

const { signal } = new AbortController();

describe('what PR environments leave on a database server', function () {
  this.timeout(120_000);
  let server: TestServer;
  let pr: DatabaseServer;
  before(async () => {
    server = await testServer(18);
    pr = databaseServer({ url: server.url, timeout: 10_000 });
  });
  after(() => server.stop());

  const make = async (number: number, project = 'acme') => {
    const attempt = attemptOf(number, project);
    await pr.createDatabase(attempt, { from: null, password: PASSWORD, stamp: attempt.stamp }, signal);
    return attempt;
  };
  const things = async (project = 'acme') =>
    (await pr.things(project, signal)).sort((a, b) => THING_KINDS.indexOf(a.kind) - THING_KINDS.indexOf(b.kind));
  const everything = async () =>
    (
      await server.query(`select 'role ' || rolname as what from pg_roles union select 'database ' || datname from pg_database order by 1`)
    ).map(({ what }) => String(what));

  it('is listed with its stamp, and goes: the database, and then its role', async () => {
    const before = await everything();
    const attempt = await make(1);
    const found = await things();
    assert.deepEqual(
      found.map(({ kind, part, id, stamp }) => ({ kind, part, id, stamp })),
      ['database', 'role'].map((kind) => ({ kind, part: kind, id: attempt.identity.database, stamp: found[0]!.stamp })),
    );
    assert.deepEqual([found[0]!.stamp.number, found[0]!.stamp.attempt, found[0]!.stamp.branch], [1, attempt.id, 'feature/x']);
    const role = found[1]!;
    const error = await rejectsWith(pr.remove(role, signal), 'rejected');
    assert.match(error.message, /Role odoo_ops_acme_pr_1 stays: it still holds database odoo_ops_acme_pr_1/);
    for (const thing of found) assert.equal(await pr.remove(thing, signal), true);
    for (const thing of found) assert.equal(await pr.remove(thing, signal), true, 'gone already is no error');
    assert.deepEqual(await everything(), before);
  });

  it('stays where it is not as it was listed: a newer build has it', async () => {
    await make(2);
    const old = await things();
    await make(2);
    for (const thing of old) assert.equal(await pr.remove(thing, signal), false);
    assert.equal((await things()).length, 2);
    for (const thing of await things()) await pr.remove(thing, signal);
  });

  it('goes while its Odoo still works in it, and what its role did with it does not help', async () => {
    const { identity } = await make(3);
    const { default: pg } = await import('pg');
    const odoo = new pg.Client({ connectionString: pr.url(identity, PASSWORD) });
    odoo.on('error', () => undefined);
    await odoo.connect();
    await odoo.query(`comment on database ${identity.database} is 'mine'; alter database ${identity.database} is_template true`);
    await odoo.query('begin; create table t (id int)');
    for (const thing of await things()) assert.equal(await pr.remove(thing, signal), true);
    assert.deepEqual(await things(), []);
    await odoo.end().catch(() => undefined);
  });

  it('keeps a role that owns something of others, and says what', async () => {
    const { identity } = await make(4);
    await server.query('create database theirs');
    await server.query('revoke connect on database theirs from public');
    await server.query(`create schema gift authorization ${identity.database}`, [], 'theirs');
    const [database, role] = await things();
    assert.equal(await pr.remove(database!, signal), true);
    assert.match((await rejectsWith(pr.remove(role!, signal), 'rejected')).message, /still holds objects in database theirs/);
    await server.query('drop database theirs');
    assert.equal(await pr.remove(role!, signal), true);
  });

  for (const who of ['superuser', 'maker'] as const)
    it(`takes back rights that another environment gave to a role, as ${who}: it goes, and is built anew`, async () => {
      const its = databaseServer({ url: who === 'maker' ? server.maker : server.url, timeout: 10_000 });
      const create = async (number: number) => {
        const attempt = attemptOf(number);
        await its.createDatabase(attempt, { from: null, password: PASSWORD, stamp: attempt.stamp }, signal);
        return attempt.identity;
      };
      const [hostile, friend, victim] = [await create(12), await create(14), await create(13)];
      const role = victim.database;
      const spoil = async () => {
        await its.run(
          hostile,
          PASSWORD,
          `grant connect on database ${hostile.database} to ${role}; grant connect on database ${hostile.database} to ${friend.database} with grant option;
           create table if not exists bait (id int); grant select on bait to ${role}; drop policy if exists one on bait;
           create policy one on bait to ${role}; alter default privileges grant select on tables to ${role}`,
          [],
          signal,
        );
        await its.run(friend, PASSWORD, `grant connect on database ${hostile.database} to ${role}`, [], signal);
      };
      await spoil();
      await create(13);
      await spoil();
      // Whoever owns a database says with which settings people come into it.
      const settings = ['default_transaction_read_only = on', `role = ${hostile.database}`];
      for (const setting of settings) await server.query(`alter database ${hostile.database} set ${setting}`);
      const number = async (of: number) => (await its.things('acme', signal)).filter(({ stamp }) => stamp.number === of);
      for (const kind of ['database', 'role'] as const)
        for (const thing of await number(13)) if (thing.kind === kind) assert.equal(await its.remove(thing, signal), true);
      assert.deepEqual(await number(13), []);
      assert.deepEqual(await its.run(hostile, PASSWORD, 'select count(*)::int as n from bait', [], signal), [{ n: 0 }], 'its table stays');
      for (const thing of await things()) assert.equal(await its.remove(thing, signal), true);
    });

  it('takes no rights back in a database that is not ours: the role stays, and that is said', async () => {
    const { identity } = await make(15);
    await server.query('create database theirs');
    await server.query('revoke connect on database theirs from public');
    await server.query(`create table t (id int); grant select on t to ${identity.database}`, [], 'theirs');
    const [database, role] = await things();
    await pr.remove(database!, signal);
    assert.match((await rejectsWith(pr.remove(role!, signal), 'rejected')).message, /still holds objects in database theirs/);
    assert.match(
      String((await server.query(`select relacl::text as acl from pg_class where relname = 't'`, [], 'theirs'))[0]?.['acl']),
      /pr_15=r/,
    );
    await server.query('drop database theirs');
    assert.equal(await pr.remove(role!, signal), true);
  });

  it("runs nothing of an environment's database with its own rights while it takes rights back", async () => {
    const [hostile, victim] = [(await make(16)).identity, (await make(17)).identity];
    await server.query(
      `create function noticed() returns event_trigger language plpgsql as $$ begin create role taken; end $$; alter function noticed() owner to ${hostile.database};
       create event trigger noticing on ddl_command_start execute function noticed(); create event trigger greeting on login execute function noticed();
       alter event trigger greeting disable`,
      [],
      hostile.database,
    );
    await server.query(
      `alter event trigger noticing disable; create table bait (id int); grant select on bait to ${victim.database}; alter event trigger noticing enable`,
      [],
      hostile.database,
    );
    const all = await things();
    const of = (number: number, kind: string) => all.find((thing) => thing.stamp.number === number && thing.kind === kind)!;
    await pr.remove(of(17, 'database'), signal);
    assert.match(
      (await rejectsWith(pr.remove(of(17, 'role'), signal), 'rejected')).message,
      /still holds objects in database odoo_ops_acme_pr_16/,
    );
    assert.deepEqual(await server.query(`select from pg_roles where rolname = 'taken'`), []);
    for (const [number, kind] of [
      [16, 'database'],
      [16, 'role'],
      [17, 'role'],
    ] as const)
      assert.equal(await pr.remove(of(number, kind), signal), true);
  });

  it("is never somebody else's: similar names, other projects, forged marks", async () => {
    const forged = commentText(attemptOf(9).stamp);
    const kept = templateStamp('acme');
    await server.query('create role person login');
    const word = fc.stringMatching(/^[a-z0-9_]{1,12}$/);
    const number = fc.integer({ min: 1, max: 99 });
    const name = fc.oneof(
      word.map((text) => `odoo_ops_acme_${text}`),
      number.map((n) => `odoo_ops_acme_pr_${n}x`),
      number.map((n) => `odoo_ops_acme2_pr_${n}`),
      number.map((n) => `xodoo_ops_acme_pr_${n}`),
      fc.constantFrom('odoo_ops_acme_templates2', 'odoo_ops_acme_tpl_staging', 'Odoo_Ops_acme_pr_1', 'odoo_ops_'),
    );
    const foreign = fc.record({
      name,
      kind: fc.constantFrom('database' as const, 'role' as const),
      comment: fc.constantFrom(null, 'a note', forged, commentText(kept, { template: 'staging' }), 'odoo-ops {}', 'odoo-ops not json'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(foreign, { minLength: 1, maxLength: 4, selector: ({ name, kind }) => `${kind} ${name}` }),
        async (all) => {
          for (const { name, kind, comment } of all) {
            await server.query(kind === 'role' ? `create role "${name}"` : `create database "${name}" owner person`);
            // A mark on a role is ours by definition: only who may make roles can write it. One on a database is its owner's word.
            const says = kind === 'role' && comment?.startsWith('odoo-ops {"') === true ? 'a note' : comment;
            if (says !== null) await server.query(`comment on ${kind} "${name}" is '${says}'`);
          }
          try {
            const before = await everything();
            assert.deepEqual(await things(), []);
            for (const { name, kind } of all) {
              const thing: Thing = { kind, part: kind, id: name, name, stamp: attemptOf(9).stamp, running: null, bytes: null };
              assert.equal(await pr.remove(thing, signal), false);
            }
            assert.deepEqual(await everything(), before);
          } finally {
            for (const { name, kind } of all) await server.query(`drop ${kind} "${name}"`);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('refuses a name that somebody else has', async () => {
    const attempt = attemptOf(20);
    const { database } = attempt.identity;
    const create = () => pr.createDatabase(attempt, { from: null, password: PASSWORD, stamp: attempt.stamp }, signal);
    await server.query(`create database ${database}`);
    await server.query(
      `revoke connect on database ${database} from public; comment on database ${database} is '${commentText(attempt.stamp)}'`,
    );
    assert.match((await rejectsWith(create(), 'rejected')).message, /There is a database .* that PR environments did not make/);
    await server.query(`drop database ${database}`);
    await server.query(`create role ${database}`);
    assert.match((await rejectsWith(create(), 'rejected')).message, /There is a role/);
    await server.query(`drop role ${database}`);
  });

  it('of another project is not its business', async () => {
    await make(30, 'other');
    assert.deepEqual(await things(), []);
    assert.equal((await things('other')).length, 2);
    for (const thing of await things('other')) assert.equal(await pr.remove(thing, signal), true);
  });

  it('goes two hundred at once, in seconds and with few connections', async () => {
    for (let number = 100; number < 130; number += 1) await make(number);
    for (let number = 130; number < 270; number += 1) {
      const attempt = attemptOf(number);
      await server.query(
        `create role ${attempt.identity.database}; comment on role ${attempt.identity.database} is '${commentText(attempt.stamp)}'`,
      );
    }
    const found = await things();
    assert.equal(found.length, 200);
    const began = Date.now();
    for (const kind of ['database', 'role'])
      assert.ok((await Promise.all(found.filter((thing) => thing.kind === kind).map((thing) => pr.remove(thing, signal)))).every(Boolean));
    console.log(`      200 things in ${Date.now() - began} ms`);
    assert.deepEqual(await things(), []);
  });

  it('is all found and goes, wherever the process that made it was killed', async () => {
    const before = await everything();
    const program = join(import.meta.dirname, '../../../support/database-maker.ts');
    const shared = new Set<string>();
    for (let run = 0; run < 12; run += 1) {
      const child = spawn(process.execPath, ['--import=tsx', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, TARGET: run % 2 === 0 ? server.url : server.maker },
      });
      await once(child.stdout, 'data');
      // Somewhere in the first or second round: each step is met by some run.
      await sleep(run * 90);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await until(
        'the server ends what it did for it',
        async () =>
          (await server.query(`select 1 from pg_stat_activity where application_name = 'odoo-ops' and pid <> pg_backend_pid()`)).length ===
          0,
      );
      const found = await things();
      for (const { id } of found) shared.add(id);
      for (const thing of found) assert.equal(await pr.remove(thing, signal), true, thing.name);
      assert.deepEqual(await everything(), before);
    }
    assert.ok(shared.has('odoo_ops_acme_pr_1') && shared.has('odoo_ops_acme_templates'), [...shared].join(' '));
  });
});
