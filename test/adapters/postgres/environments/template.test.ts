import '../../../support/environment.ts';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import pg from 'pg';
import { programEnvironment } from '../../../../src/adapters/postgres/environments/dump.ts';
import { databaseServer } from '../../../../src/adapters/postgres/environments/server.ts';
import { makeStagingTemplate } from '../../../../src/adapters/postgres/environments/template.ts';
import { attemptOf, PASSWORD, templateStamp } from '../../../support/pr-database.ts';
import { hasDebian, testServer, type TestServer } from '../../../support/postgres.ts';
import { rejectsWith } from '../../../support/rejects.ts';
import { until } from '../../../support/until.ts';
import { ROOM } from './room.ts';

const { signal } = new AbortController();

describe('the template of staging', function () {
  this.timeout(120_000);
  let staging: TestServer;
  let newer: TestServer;
  const stops: (() => Promise<void>)[] = [];
  before(async function () {
    if (!hasDebian(15)) {
      console.log('      skipped: there is no PostgreSQL 15 with its pg_dump');
      return this.skip();
    }
    [staging, newer] = await Promise.all([testServer(15), testServer(18)]);
    stops.push(staging.stop, newer.stop);
    for (const server of [staging, newer]) {
      await server.query(`create role staging login password 'staging-secret-pw'`);
      await server.query('create database staging owner staging');
      await server.query('revoke connect on database staging from public');
      // Only a superuser may restore operator classes and event triggers.
      for (const sql of ROOM.filter((one) => !/operator class|event trigger/.test(one))) await server.query(sql, [], 'staging');
    }
  });
  after(() => Promise.all(stops.map((stop) => stop())));

  const sourceOf = ({ url }: TestServer) => url.replace(/postgres$/, 'staging');
  const make = (
    url: string,
    source: string,
    on: AbortSignal = signal,
    project = 'acme',
    report: (line: string) => void = () => undefined,
  ) => makeStagingTemplate({ url, timeout: 10_000 }, { source, stamp: templateStamp(project), report }, on);
  const names = async (server: TestServer) =>
    (await server.query('select datname as name from pg_database order by 1')).map(({ name }) => String(name));

  it('comes from another server as a stream, belongs to nobody who can log in, and environments are made of it', async () => {
    const pr = databaseServer({ url: newer.maker, timeout: 10_000 });
    const { template, how } = await make(newer.maker, sourceOf(staging), signal, 'other');
    assert.equal(how, 'dump');
    assert.deepEqual(await pr.templates('other', signal), [template]);
    assert.deepEqual(
      [template.name, template.database, template.stamp.commit],
      ['staging', 'odoo_ops_other_tpl_staging', 'c0ffee'.padEnd(40, '0')],
    );
    const attempt = attemptOf(1, 'other');
    await pr.createDatabase(attempt, { from: template.database, password: PASSWORD, stamp: attempt.stamp }, signal);
    assert.deepEqual(
      await pr.run(
        attempt.identity,
        PASSWORD,
        `select count(*)::int as n, (select bool_and(relowner = current_user::regrole) from pg_class where relname = 'of_boss') as own from res_partner`,
        [],
        signal,
      ),
      [{ n: 20, own: true }],
    );
  });

  it('is copied where it lies on the same server and nobody works in it, else dumped', async () => {
    assert.equal((await make(staging.url, sourceOf(staging))).how, 'copy');
    const odoo = new pg.Client({ connectionString: sourceOf(staging) });
    await odoo.connect();
    try {
      const first = await databaseServer({ url: staging.url, timeout: 10_000 }).templates('acme', signal);
      await odoo.query(`insert into res_partner (name) values ('a newer one')`);
      const { how, template } = await make(staging.url, sourceOf(staging));
      assert.equal(how, 'dump');
      assert.equal(template.database, first[0]!.database);
      assert.ok(template.stamp.created_at > first[0]!.stamp.created_at);
      assert.deepEqual(
        (await names(staging)).filter((name) => name.startsWith('odoo_ops')),
        ['odoo_ops_acme_tpl_staging'],
      );
      assert.deepEqual(
        await odoo.query('select 1 as still').then(({ rows }) => rows as unknown[]),
        [{ still: 1 }],
        'nobody is thrown out of staging',
      );
      await assert.rejects(staging.query('select 1', [], template.database), /not currently accepting connections/);
    } finally {
      await odoo.end();
    }
  });

  it('stays the old one, and nothing new is left, where it cannot be made', async () => {
    const before = await names(staging);
    const [old] = await databaseServer({ url: staging.url, timeout: 10_000 }).templates('acme', signal);
    await staging.query('create extension dblink', [], 'staging');
    assert.match((await rejectsWith(make(staging.url, sourceOf(staging)), 'rejected')).message, /reach other machines.*extension dblink/);
    await staging.query('drop extension dblink', [], 'staging');
    const empty = await rejectsWith(make(staging.url, staging.url), 'rejected');
    assert.match(empty.message, /postgres is no database of Odoo/);
    const wrong = new URL(sourceOf(staging));
    wrong.password = 'not-the-password';
    const refused = await rejectsWith(make(staging.url, wrong.href), 'rejected');
    assert.doesNotMatch(JSON.stringify([refused, refused.message, refused.stack]), /not-the-password|super-secret/);
    // A role that may connect and not read everything: pg_dump says it.
    await staging.query(`create role half login password 'half-secret-pw'; grant connect on database staging to half`);
    const half = new URL(sourceOf(staging));
    [half.username, half.password] = ['half', 'half-secret-pw'];
    const error = await rejectsWith(make(newer.url, half.href, signal, 'third'), 'rejected');
    assert.match(error.message, /Staging could not be copied: pg_dump: error: .*permission denied/);
    assert.deepEqual(await names(staging), before);
    assert.deepEqual(await databaseServer({ url: staging.url, timeout: 10_000 }).templates('acme', signal), [old]);
    assert.deepEqual(
      (await names(newer)).filter((name) => name.includes('third')),
      [],
    );
  });

  it('says that pg_dump is too old for a newer staging, and that it is missing', async () => {
    const error = await rejectsWith(make(staging.url, sourceOf(newer)), 'config');
    assert.match(error.message, /pg_dump is of PostgreSQL 15, and staging is 18/);
    assert.match(error.hint ?? '', /postgresql-client-18/);
    const path = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    try {
      assert.match((await rejectsWith(make(newer.url, sourceOf(staging)), 'config')).message, /pg_dump cannot be started/);
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('leaves nothing where it is cancelled, or its process killed', async () => {
    await staging.query(
      `create table public.big as select i, repeat(md5(i::text), 30) as t from generate_series(1, 200000) i`,
      [],
      'staging',
    );
    const before = await names(newer);
    const abort = new AbortController();
    const making = make(newer.url, sourceOf(staging), abort.signal);
    await until(
      'the restore runs',
      async () => (await newer.query(`select 1 from pg_stat_activity where application_name = 'pg_restore'`)).length > 0,
    );
    abort.abort();
    await rejectsWith(making, 'cancelled');
    assert.deepEqual(await names(newer), before);

    const program = join(import.meta.dirname, '../../../support/template-maker.ts');
    const child = spawn(process.execPath, ['--import=tsx', program], {
      stdio: 'ignore',
      env: { ...process.env, TARGET: newer.url, SOURCE: sourceOf(staging) },
    });
    await until(
      'the restore runs',
      async () => (await newer.query(`select 1 from pg_stat_activity where application_name = 'pg_restore'`)).length > 0,
    );
    child.kill('SIGKILL');
    await until(
      'the restore ends',
      async () => (await newer.query(`select 1 from pg_stat_activity where application_name = 'pg_restore'`)).length === 0,
    );
    const pr = databaseServer({ url: newer.url, timeout: 10_000 });
    const left = (await pr.things('acme', signal)).filter(({ kind }) => kind === 'database');
    assert.equal(left.length, 1, 'a sweep sees it');
    assert.ok(left[0]!.stamp.expires_at !== null);
    assert.deepEqual(await pr.templates('acme', signal), [], 'and nobody takes it for a template');
    assert.equal(await pr.remove(left[0]!, signal), true);
    assert.deepEqual(await names(newer), before);
  });

  it('hands its programs the password in no argument', () => {
    const environment = programEnvironment('postgresql://ann:p%40ss@/erp?host=%2Frun%2Fpostgresql&port=5433&sslmode=require', {
      PATH: '/usr/bin',
      PGHOST: 'elsewhere',
      LANG: 'de_DE',
    });
    assert.deepEqual(environment, {
      PATH: '/usr/bin',
      PGHOST: '/run/postgresql',
      PGPORT: '5433',
      PGUSER: 'ann',
      PGPASSWORD: 'p@ss',
      PGDATABASE: 'erp',
      PGCONNECT_TIMEOUT: '15',
      PGSSLMODE: 'require',
      LC_ALL: 'C',
    });
  });
});
