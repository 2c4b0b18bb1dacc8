import '../../../support/environment.ts';
import assert from 'node:assert/strict';
import pg from 'pg';
import { makeStagingTemplate } from '../../../../src/adapters/postgres/environments/template.ts';
import { databaseServer } from '../../../../src/adapters/postgres/environments/server.ts';
import type { DatabaseServer } from '../../../../src/core/pr-environments/database-server.ts';
import { attemptOf, identityOf, PASSWORD, templateStamp } from '../../../support/pr-database.ts';
import { hasDebian, testServer, type TestServer } from '../../../support/postgres.ts';
import { rejectsWith } from '../../../support/rejects.ts';
import { ROOM } from './room.ts';

const { signal } = new AbortController();
const serverOf = (url: string): DatabaseServer => databaseServer({ url, timeout: 10_000 });

/** Who owns what, but for what is in databases of environments. */
const OWNERS = `select 'database ' || datname as what, rolname as owner, datacl::text as rights from pg_database join pg_roles r on r.oid = datdba
  where datname not like 'odoo\\_ops\\_%' order by 1`;

for (const major of [15, 18])
  describe(`a database of a PR environment, PostgreSQL ${major}`, function () {
    this.timeout(120_000);
    let server: TestServer;
    const stops: (() => Promise<void>)[] = [];

    before(async function () {
      if (major !== 18 && !hasDebian(major)) {
        console.log(`      skipped: there is no PostgreSQL ${major}`);
        return this.skip();
      }
      server = await testServer(major);
      stops.push(server.stop);
      await server.query(`create role staging login password 'staging-secret-pw' createdb`);
      await server.query('create database staging owner staging');
      await server.query('revoke connect on database staging from public');
      for (const sql of ROOM) await server.query(sql, [], 'staging');
    });
    after(() => Promise.all(stops.map((stop) => stop())));

    /** The template, of staging as it lies on the same server. */
    const template = async (url: string): Promise<string> => {
      await server.query('grant staging to maker');
      const options = { source: server.url.replace(/postgres$/, 'staging'), stamp: templateStamp(), report: () => undefined };
      const { template: made, how } = await makeStagingTemplate({ url, timeout: 10_000 }, options, signal);
      assert.equal(how, 'copy');
      return made.database;
    };
    const asRole = async (number: number, database: string, sql: string): Promise<Record<string, unknown>[]> => {
      const target = new URL(serverOf(server.url).url(identityOf(number), PASSWORD));
      target.pathname = database;
      const client = new pg.Client({ connectionString: target.href });
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(sql)).rows;
      } finally {
        await client.end();
      }
    };

    it('waits for its turn from when that is said until it is built anew, known to all who share the server', async () => {
      const its = serverOf(server.url);
      const made = attemptOf(31);
      const build = (attempt: typeof made) => its.createDatabase(attempt, { from: null, password: PASSWORD, stamp: attempt.stamp }, signal);
      const waiting = async () => [...(await its.waiting('acme', signal))];
      await build(made);
      assert.deepEqual(await waiting(), []);
      await its.setWaiting(made.identity, true, signal);
      assert.deepEqual(await waiting(), [31]);
      assert.deepEqual([...(await its.waiting('other', signal))], []);
      // It is still what was listed, and may be taken away as that.
      const listed = (await its.things('acme', signal)).filter(({ stamp }) => stamp.number === 31);
      assert.deepEqual(listed[0]?.stamp, made.stamp);
      await its.setWaiting(made.identity, false, signal);
      assert.deepEqual(await waiting(), []);
      await its.setWaiting(made.identity, true, signal);
      await build(attemptOf(31));
      assert.deepEqual(await waiting(), []);
      for (const thing of await its.things('acme', signal)) if (thing.stamp.number === 31) await its.remove(thing, signal);
      await its.setWaiting(made.identity, true, signal);
      assert.deepEqual(await waiting(), []);
    });

    it('copies staging, gives all of it to the role of the environment, and nothing outside of it to anybody', async () => {
      const before = await server.query(OWNERS);
      const from = await template(server.url);
      const attempt = attemptOf(1);
      const made = await serverOf(server.url).createDatabase(attempt, { from, password: PASSWORD, stamp: attempt.stamp }, signal);
      assert.equal(made.strategy, 'wal_log');
      const [size] = await server.query('select pg_database_size($1::name)::float8 as bytes', [attempt.identity.database]);
      assert.equal(made.bytes, size?.['bytes']);
      const name = attempt.identity.database;
      const strangers = await server.query(
        `select 'relation ' || oid::regclass as what, relowner::regrole as owner from pg_class where oid >= 16384 and relowner <> $1::regrole and relkind <> 't'
           and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = pg_class.oid and d.deptype = 'e')
           and relnamespace <> 'pg_toast'::regnamespace
         union all select 'type ' || oid::regtype, typowner::regrole from pg_type where oid >= 16384 and typowner <> $1::regrole
           and typrelid not in (select objid from pg_depend where deptype = 'e')
           and oid not in (select objid from pg_depend where classid = 'pg_type'::regclass and deptype = 'e')
           and typelem not in (select objid from pg_depend where classid = 'pg_type'::regclass and deptype = 'e')
         union all select 'routine ' || oid::regprocedure, proowner::regrole from pg_proc where oid >= 16384 and proowner <> $1::regrole
           and oid not in (select objid from pg_depend where classid = 'pg_proc'::regclass and deptype in ('e', 'i'))
         union all select 'schema ' || nspname, nspowner::regrole from pg_namespace where oid >= 16384 and nspowner <> $1::regrole
         union all select 'operator ' || oid::regoperator, oprowner::regrole from pg_operator where oid >= 16384 and oprowner <> $1::regrole
           and oid not in (select objid from pg_depend where classid = 'pg_operator'::regclass and deptype = 'e')
         union all select 'class ' || opcname, opcowner::regrole from pg_opclass where oid >= 16384 and opcowner <> $1::regrole
           and oid not in (select objid from pg_depend where classid = 'pg_opclass'::regclass and deptype = 'e')
         union all select 'statistics ' || stxname, stxowner::regrole from pg_statistic_ext where stxowner <> $1::regrole
         union all select 'collation ' || collname, collowner::regrole from pg_collation where oid >= 16384 and collowner <> $1::regrole
         union all select 'large object', lomowner::regrole from pg_largeobject_metadata where lomowner <> $1::regrole`,
        [name],
        name,
      );
      assert.deepEqual(strangers, []);
      assert.deepEqual(await server.query(OWNERS), before, 'nothing outside of the copy changes hands');
      assert.deepEqual(
        await server.query(
          `select distinct relowner::regrole::text as owner from pg_class where relname in ('res_partner', 'seen')`,
          [],
          'staging',
        ),
        [{ owner: 'staging' }],
      );
      await asRole(
        1,
        name,
        `alter table res_partner add column more text; create table new (id serial); create schema own; drop view seen`,
      );
      assert.deepEqual(await asRole(1, name, `select name from res_partner order by id limit 1`), [{ name: 'partner 1' }]);
    });

    for (const who of ['superuser', 'maker'] as const)
      it(`lets its role into its own database and postgres, and nowhere else, made by a ${who}`, async () => {
        const url = who === 'maker' ? server.maker : server.url;
        const pr = serverOf(url);
        const number = who === 'maker' ? 3 : 2;
        const project = who === 'maker' ? 'made' : 'acme';
        const own = attemptOf(number, project);
        const made = await pr.createDatabase(own, { from: null, password: PASSWORD, stamp: own.stamp }, signal);
        assert.equal(made.strategy, 'empty');
        const asOwn = async (database: string, sql: string) => {
          const target = new URL(pr.url(own.identity, PASSWORD));
          target.pathname = database;
          const client = new pg.Client({ connectionString: target.href });
          await client.connect();
          try {
            return (await client.query<Record<string, unknown>>(sql)).rows;
          } finally {
            await client.end();
          }
        };
        assert.deepEqual(await asOwn('postgres', 'select 1 as one'), [{ one: 1 }]);
        for (const database of ['staging', 'template1', 'odoo_ops_acme_pr_1', 'odoo_ops_acme_tpl_staging'])
          await assert.rejects(asOwn(database, 'select 1'), /permission denied for database|not currently accepting/, database);
        for (const sql of [
          'create database more',
          'create role more',
          'create table t (id int)',
          'set role staging',
          `comment on role ${own.identity.database} is 'free'`,
        ])
          await assert.rejects(asOwn('postgres', sql), /permission denied|must have|must be|no schema/, sql);
        const [role] = await server.query(`select * from pg_roles where rolname = $1`, [own.identity.database]);
        assert.deepEqual(
          [
            role!['rolsuper'],
            role!['rolcreatedb'],
            role!['rolcreaterole'],
            role!['rolreplication'],
            role!['rolbypassrls'],
            role!['rolconnlimit'],
          ],
          [false, false, false, false, false, 24],
        );
        // The extensions that Odoo wants are there; they are not the role's, so that a template does not hang on it.
        assert.deepEqual(
          await asOwn(
            own.identity.database,
            `select extname, extowner = current_user::regrole as own from pg_extension where extname <> 'plpgsql' order by 1`,
          ),
          [
            { extname: 'pg_trgm', own: false },
            { extname: 'unaccent', own: false },
          ],
        );
      });

    it('copies for a role that is no superuser, which may give away what it made', async () => {
      const maker = serverOf(server.maker);
      const first = attemptOf(5, 'made');
      await maker.createDatabase(first, { from: null, password: PASSWORD, stamp: first.stamp }, signal);
      await maker.run(
        first.identity,
        PASSWORD,
        'create table kept (id serial, name text); create view seen as select 1 as one',
        [],
        signal,
      );
      await maker.keepAsTemplate(first, 'fresh-0123', templateStamp('made'), signal);
      const [kept] = await maker.templates('made', signal);
      assert.deepEqual([kept!.name, kept!.database], ['fresh-0123', 'odoo_ops_made_tpl_fresh_0123']);
      const second = attemptOf(6, 'made');
      await maker.createDatabase(second, { from: kept!.database, password: PASSWORD, stamp: second.stamp }, signal);
      await maker.run(second.identity, PASSWORD, 'alter table kept add column more int; drop view seen', [], signal);
      // The environment that it was made of goes, and the template stays.
      for (const kind of ['database', 'role'] as const) {
        const thing = (await maker.things('made', signal)).find((one) => one.kind === kind && one.stamp.number === 5);
        assert.ok(await maker.remove(thing!, signal));
      }
      assert.equal((await maker.templates('made', signal)).length, 1);
    });

    it('begins anew under its own stamp: settings, tables and what was wide open are gone', async () => {
      const pr = serverOf(server.url);
      const attempt = attemptOf(7);
      const { database } = attempt.identity;
      const make = (one: typeof attempt) => pr.createDatabase(one, { from: null, password: PASSWORD, stamp: one.stamp }, signal);
      await make(attempt);
      await asRole(
        7,
        database,
        `create table old (id int); alter role current_user set search_path = evil; grant connect on database ${database} to public`,
      );
      await asRole(
        7,
        database,
        `alter database ${database} set default_transaction_read_only = on; alter database ${database} is_template true`,
      );
      const other = attemptOf(8);
      await make(other);
      assert.deepEqual(await server.query(`select has_database_privilege($1, $2, 'CONNECT') as may`, [other.identity.database, database]), [
        { may: false },
      ]);
      await make(attemptOf(7));
      assert.deepEqual(await asRole(7, database, `select to_regclass('old') as old, current_setting('search_path') as path`), [
        { old: null, path: '"$user", public' },
      ]);
    });

    it('refuses where everybody may connect elsewhere, and says how to mend it', async () => {
      const pr = serverOf(server.url);
      const attempt = attemptOf(9);
      await server.query('create database "open ""one"');
      try {
        const { problems, host } = await pr.describe(signal);
        assert.equal(host, '127.0.0.1');
        const problem = problems.find(({ severity }) => severity === 'error');
        assert.match(problem!.message, /Everybody may connect to open "one/);
        const statement = /REVOKE .*;/.exec(problem!.hint)![0];
        await rejectsWith(pr.createDatabase(attempt, { from: null, password: PASSWORD, stamp: attempt.stamp }, signal), 'rejected');
        assert.deepEqual(await server.query(`select 1 from pg_roles where rolname = $1`, [attempt.identity.database]), []);
        await server.query(statement);
        assert.deepEqual((await pr.describe(signal)).problems, []);
      } finally {
        await server.query('drop database "open ""one"');
      }
    });

    it('keeps the password from the log of the server, and from what goes wrong', async () => {
      const pr = serverOf(server.url);
      const attempt = attemptOf(10);
      const error = await rejectsWith(
        pr.createDatabase(attempt, { from: 'odoo_ops_acme_tpl_none', password: PASSWORD, stamp: attempt.stamp }, signal),
        'rejected',
      );
      assert.match(error.message, /no template odoo_ops_acme_tpl_none/);
      const [verifier] = await server.query(`select rolpassword as text from pg_authid where rolname = 'odoo_ops_acme_pr_1'`);
      assert.match(String(verifier!['text']), /^SCRAM-SHA-256\$4096:/);
      const wrong = await rejectsWith(pr.run(identityOf(1), 'wrong-password-indeed', 'select 1', [], signal), 'rejected');
      assert.doesNotMatch(JSON.stringify([wrong, wrong.message, wrong.hint]), /wrong-password/);
    });

    it('runs SQL of the environment as its role, in one transaction that it cannot leave', async () => {
      const pr = serverOf(server.url);
      const identity = identityOf(1);
      assert.deepEqual(await pr.run(identity, PASSWORD, 'select current_user::text as who, $1::int as n', [7], signal), [
        { who: identity.database, n: 7 },
      ]);
      assert.deepEqual(
        await pr.run(
          identity,
          PASSWORD,
          'create table a (id int); insert into a values (1), (2); select count(*)::int as n from a',
          [],
          signal,
        ),
        [{ n: 2 }],
      );
      await rejectsWith(pr.run(identity, PASSWORD, 'insert into a values (3); select 1/0', [], signal), 'rejected');
      await rejectsWith(pr.run(identity, PASSWORD, 'insert into a values (4); commit; begin', [], signal), 'rejected');
      assert.deepEqual(await pr.run(identity, PASSWORD, 'select id from a where id = 3', [], signal), []);
    });

    it('copies no template that somebody works in, and says who', async function () {
      const from = 'odoo_ops_acme_tpl_staging';
      await server.query(`alter database ${from} allow_connections true`);
      const client = new pg.Client({ connectionString: server.url.replace(/postgres$/, from), application_name: 'psql of Ann' });
      client.on('error', () => undefined);
      await client.connect();
      const attempt = attemptOf(11);
      try {
        const { copyDatabase } = await import('../../../../src/adapters/postgres/environments/copy.ts');
        const boss = new pg.Client({ connectionString: server.url });
        await boss.connect();
        try {
          await assert.rejects(copyDatabase(boss, { name: 'odoo_ops_x', owner: 'maker', from }, 1), {
            code: 'rejected',
            message: /cannot be copied while others work in it: .*psql of Ann/,
          });
        } finally {
          await boss.end();
        }
        // A job of ours does not stand in the way.
        await client.query(`set application_name = 'odoo-ops'`);
        await serverOf(server.url).createDatabase(attempt, { from, password: PASSWORD, stamp: attempt.stamp }, signal);
      } finally {
        await client.end().catch(() => undefined);
        await server.query(`alter database ${from} allow_connections false`);
      }
    });

    it('leaves nothing where it is cancelled in the middle of a copy', async () => {
      const pr = serverOf(server.url);
      const large = attemptOf(12);
      await pr.createDatabase(large, { from: null, password: PASSWORD, stamp: large.stamp }, signal);
      await pr.run(
        large.identity,
        PASSWORD,
        `create table big as select i, repeat(md5(i::text), 20) as t from generate_series(1, 260000) i`,
        [],
        signal,
      );
      await pr.keepAsTemplate(large, 'fresh-large', templateStamp(), signal);
      const from = (await pr.templates('acme', signal)).find(({ name }) => name === 'fresh-large')!.database;
      const attempt = attemptOf(13);
      const abort = new AbortController();
      const making = pr.createDatabase(attempt, { from, password: PASSWORD, stamp: attempt.stamp }, abort.signal);
      const watch = (async () => {
        while (
          (
            await server.query(
              `select 1 from pg_stat_activity where query ilike 'create database%' and state = 'active' and pid <> pg_backend_pid()`,
            )
          ).length === 0
        );
        abort.abort();
      })();
      await rejectsWith(making, 'cancelled');
      await watch;
      assert.deepEqual(
        (await pr.things('acme', signal)).filter(({ stamp }) => stamp.number === 13),
        [],
      );
      assert.deepEqual(await server.query(`select datname from pg_database where datname like '%pr_13'`), []);
      const { strategy } = await pr.createDatabase(attempt, { from, password: PASSWORD, stamp: attempt.stamp }, signal);
      assert.equal(strategy, major === 18 ? 'file_copy_clone' : 'file_copy');
      assert.deepEqual(await pr.run(attempt.identity, PASSWORD, 'select count(*)::int as n from big', [], signal), [{ n: 260_000 }]);
    });

    it('keeps no template that hangs on the role of the environment, and leaves nothing of it', async () => {
      const pr = serverOf(server.url);
      const attempt = attemptOf(16);
      await pr.createDatabase(attempt, { from: null, password: PASSWORD, stamp: attempt.stamp }, signal);
      await pr.run(attempt.identity, PASSWORD, 'create extension btree_gin', [], signal);
      const before = await server.query('select datname from pg_database order by 1');
      const error = await rejectsWith(pr.keepAsTemplate(attempt, 'fresh-hanging', templateStamp(), signal), 'rejected');
      assert.match(error.message, /pg_extension in it hang on its own role/);
      assert.deepEqual(await server.query('select datname from pg_database order by 1'), before);
    });

    it('hands over 1,500 tables fast', async () => {
      const pr = serverOf(server.url);
      const attempt = attemptOf(14);
      await pr.createDatabase(attempt, { from: null, password: PASSWORD, stamp: attempt.stamp }, signal);
      for (let at = 0; at < 1500; at += 100)
        await pr.run(
          attempt.identity,
          PASSWORD,
          `do $$ begin for i in ${at + 1}..${at + 100} loop execute format('create table t%s (id serial primary key, name varchar, parent_id int); create index on t%1$s (name)', i); end loop; end $$`,
          [],
          signal,
        );
      await pr.keepAsTemplate(attempt, 'fresh-wide', templateStamp(), signal);
      const from = (await pr.templates('acme', signal)).find(({ name }) => name === 'fresh-wide')!.database;
      const copy = attemptOf(15);
      const { ms } = await pr.createDatabase(copy, { from, password: PASSWORD, stamp: copy.stamp }, signal);
      console.log(`      copied and handed over in ${ms} ms`);
      assert.ok(ms < 15_000, `${ms} ms`);
    });
  });
