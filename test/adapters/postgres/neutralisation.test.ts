import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { verifyNeutralised } from '../../../src/adapters/postgres/neutralisation.ts';
import type { Expectations } from '../../../src/core/neutralisation/check.ts';
import { NEUTRALISATION_CHECKS } from '../../../src/core/neutralisation/checks.ts';
import { connection, strangeServer, testDatabase, type TestDatabase } from '../../support/database.ts';

const ODOO_TABLES = readFileSync(new URL('../../fixtures/odoo-tables.sql', import.meta.url), 'utf8');
const ALL: Expectations = {
  mail_catchers: ['catcher.example.com'],
  base_url: 'https://staging.example.com',
  production_uuid: 'uuid-of-production',
  modules: ['base', 'web', 'mail'],
  parameters: [
    { key: 'slack.webhook', integration: 'Slack', test_values: ['https://hooks.test/**'] },
    { key: 'n8n.url', integration: 'n8n', test_values: [] },
    { key: 'not.there', integration: 'n8n', test_values: [] },
  ],
  is_fresh: true,
};
/** What makes it harmless, one statement for each check. */
const MENDED: Readonly<Record<string, string>> = {
  crons: 'update ir_cron set active = false where id <> 1',
  'mail-servers': `update ir_mail_server set smtp_host = 'mailpit' where name = 'Company'`,
  'incoming-mail': 'update fetchmail_server set active = false',
  'payment-providers': `update payment_provider set state = 'disabled'`,
  webhooks: `update ir_act_server set webhook_url = 'neutralization - disable webhook' where state = 'webhook'`,
  'queued-jobs': `update queue_job set state = 'cancelled' where state not in ('done', 'failed', 'cancelled')`,
  'base-url': `update ir_config_parameter set value = 'https://staging.example.com/' where key = 'web.base.url'`,
  'database-uuid': `update ir_config_parameter set value = 'another' where key = 'database.uuid'`,
  modules: `update ir_module_module set state = 'uninstalled' where name = 'ipai_slack'`,
  'integration-parameters': `update ir_config_parameter set value = 'https://hooks.test/a/b' where key = 'slack.webhook'`,
  'api-keys': 'delete from res_users_apikeys',
  'queued-mail': `update mail_mail set state = 'cancel' where state = 'outgoing'`,
  'queued-sms': `update sms_sms set state = 'canceled' where state = 'outgoing'`,
};

describe('a database that should be harmless', () => {
  let server: TestDatabase;
  let url: string;
  before(async function () {
    this.timeout(60_000);
    server = await testDatabase();
    url = await server.create();
    await server.query(url, ODOO_TABLES);
  });
  after(() => server.stop());

  const copy = async (): Promise<string> => {
    const made = await server.create();
    await server.query(made, ODOO_TABLES);
    return made;
  };
  const verify = (target: string, expected: Partial<Expectations> = {}) =>
    verifyNeutralised(connection(target), NEUTRALISATION_CHECKS, { ...ALL, ...expected });

  it('tells all that a copy of production still does, and no secret', async () => {
    const { database, asked, problems } = await verify(url);
    assert.equal(database, url.split('/').at(-1));
    assert.deepEqual(
      asked,
      NEUTRALISATION_CHECKS.map(({ name }) => name),
    );
    assert.deepEqual(Object.fromEntries(problems.map(({ check, message }) => [check, message])), {
      crons: '1 scheduled action is active: Mail: Fetchmail.',
      'mail-servers': '1 outgoing mail server is active and no catcher: Company (smtp.example.com).',
      'incoming-mail': '1 incoming mail server is active: Support.',
      'payment-providers': '1 payment provider takes real money: stripe.',
      webhooks: '1 webhook calls out: server action 1 (hooks.slack.com).',
      'queued-jobs': 'Jobs of queue_job wait to be done: pending (2).',
      'base-url': 'web.base.url is https://erp.example.com/, which is not this environment: links lead away from it.',
      'database-uuid': 'database.uuid is that of production: services of Odoo take this copy for it.',
      modules: '1 module is installed and not on the addons path: ipai_slack. Nothing neutralises them.',
      'integration-parameters': '1 parameter has none of its test values: slack.webhook (Slack).',
      'api-keys': 'API keys of production open this copy: of user 7 (1).',
      'queued-mail': '2 mails of production wait to be sent.',
      'queued-sms': '1 text message of production waits to be sent.',
    });
    assert.doesNotMatch(JSON.stringify(problems), /very-secret|pw-secret|T0\/B0/);
  });

  it('passes one that is mended, and finds each single thing that is not', async function () {
    this.timeout(30_000);
    const mended = await copy();
    for (const statement of Object.values(MENDED)) await server.query(mended, statement);
    assert.deepEqual((await verify(mended)).problems, []);
    for (const name of Object.keys(MENDED)) {
      const broken = await copy();
      for (const [other, statement] of Object.entries(MENDED)) if (other !== name) await server.query(broken, statement);
      assert.deepEqual(
        (await verify(broken)).problems.map(({ check }) => check),
        [name],
      );
    }
  });

  it('accepts what neutralize leaves: the vacuum, a dummy server, and catchers of the team', async () => {
    const neutralised = await copy();
    for (const statement of Object.values(MENDED)) await server.query(neutralised, statement);
    for (const host of ['invalid', 'mailpit', 'catcher.example.com'])
      await server.query(
        neutralised,
        `insert into ir_mail_server (name, smtp_host, smtp_authentication, smtp_encryption, active) values ('x', $1, 'login', 'none', true)`,
        [host],
      );
    assert.deepEqual((await verify(neutralised)).problems, []);
  });

  it('asks only where the table exists, and only what it can compare', async () => {
    const small = await server.create();
    await server.query(
      small,
      `create table ir_module_module (name varchar, state varchar); create table ir_config_parameter (key varchar, value text)`,
    );
    const unknown = { base_url: null, production_uuid: null, modules: null, parameters: [], is_fresh: false };
    assert.deepEqual((await verify(small, unknown)).asked, []);
    assert.deepEqual((await verify(small)).asked, ['base-url', 'database-uuid', 'modules', 'integration-parameters']);
    assert.ok(!(await verify(url, { is_fresh: false })).asked.includes('api-keys'));
  });

  it('refuses what is no database of Odoo, and tables that are not those of Odoo', async () => {
    await assert.rejects(verify(await server.create()), {
      code: 'rejected',
      message: /is no database of Odoo: it has no table ir_module_module/,
    });
    const odd = await server.create();
    await server.query(odd, 'create table ir_module_module (name varchar, state varchar); create table ir_cron (id int)');
    await assert.rejects(verify(odd), { code: 'rejected', message: /no ir_cron\.active, ir_cron\.cron_name, ir_model_data\.model/ });
  });

  it('is not led astray by tables of the session or of another schema', async () => {
    const astray = await copy();
    await server.query(
      astray,
      `create schema mine; create table mine.ir_cron (id int, active boolean, cron_name varchar);
      create function public.count(text) returns bigint language sql as 'select 0::bigint'; alter role current_user set search_path = mine, public`,
    );
    try {
      assert.ok((await verify(astray)).problems.some(({ check }) => check === 'crons'));
    } finally {
      await server.query(astray, 'alter role current_user reset search_path');
    }
  });

  it('can change nothing, not even by a check', async () => {
    const check = { name: 'bad', needs: { ir_module_module: ['name'] }, values: () => [], message: () => '', fix: '' };
    const sql = `with gone as (delete from public.ir_module_module returning name) select name as label, null as detail from gone`;
    await assert.rejects(verifyNeutralised(connection(url), [{ ...check, sql }], ALL), {
      code: 'unreachable',
      message: /read-only transaction/,
    });
    await assert.rejects(
      verifyNeutralised(connection(url), [{ ...check, sql: 'commit; delete from public.ir_module_module' }], ALL),
      /read-only transaction/,
    );
    assert.equal((await server.query(url, 'select count(*)::int as n from ir_module_module'))[0]?.['n'], 5);
  });

  it('tells that a role may not read, that nobody answers, and ends with the signal; never with the password', async function () {
    this.timeout(20_000);
    await server.query(
      url,
      `create role guest login password 'guest-secret'; grant connect on database ${url.split('/').at(-1)!} to guest`,
    );
    const guest = new URL(url);
    [guest.username, guest.password] = ['guest', 'guest-secret'];
    await assert.rejects(verify(guest.href), (error: Error & { code: string }) => {
      assert.equal(error.code, 'rejected');
      assert.match(error.message, /does not let itself be read: permission denied for table/);
      return !JSON.stringify([error, error.stack]).includes('guest-secret');
    });
    const silent = await strangeServer(() => undefined);
    try {
      await assert.rejects(verifyNeutralised(connection(silent.url, 300), NEUTRALISATION_CHECKS, ALL), {
        code: 'unreachable',
        message: /The database does not answer/,
      });
      const abort = new AbortController();
      const asked = verifyNeutralised({ ...connection(silent.url, 10_000), signal: abort.signal }, NEUTRALISATION_CHECKS, ALL);
      abort.abort();
      await assert.rejects(asked, { code: 'cancelled' });
    } finally {
      silent.close();
    }
  });

  it('does not wait for a lock longer than its timeout', async () => {
    const held = await copy();
    const { default: pg } = await import('pg');
    const other = new pg.Client({ connectionString: held });
    await other.connect();
    await other.query('begin; lock table ir_cron in access exclusive mode');
    try {
      await assert.rejects(verifyNeutralised(connection(held, 500), NEUTRALISATION_CHECKS, ALL), { code: 'unreachable' });
    } finally {
      await other.end();
    }
  });
});
