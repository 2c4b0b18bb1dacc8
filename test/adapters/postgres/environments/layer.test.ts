import '../../../support/environment.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { heldSecrets } from '../../../../src/adapters/postgres/environments/coverage.ts';
import { databaseServer } from '../../../../src/adapters/postgres/environments/server.ts';
import { verifyNeutralised } from '../../../../src/adapters/postgres/neutralisation.ts';
import { catcherSql } from '../../../../src/core/neutralisation/catcher.ts';
import type { Expectations } from '../../../../src/core/neutralisation/check.ts';
import { NEUTRALISATION_CHECKS } from '../../../../src/core/neutralisation/checks.ts';
import { identitySql } from '../../../../src/core/neutralisation/identity.ts';
import { ownLayerSql } from '../../../../src/core/neutralisation/layer.ts';
import { connection } from '../../../support/database.ts';
import { attemptOf, PASSWORD } from '../../../support/pr-database.ts';
import { testServer, type TestServer } from '../../../support/postgres.ts';

const { signal } = new AbortController();
const ODOO_TABLES = readFileSync(new URL('../../../fixtures/odoo-tables.sql', import.meta.url), 'utf8');
const BASE_URL = 'https://pr-7-x.dev.example.com';
const INTEGRATIONS = [
  { name: 'Slack', parameters: ['slack.webhook'], test_values: ['https://hooks.test/**', 'https://hooks.test/none'] },
  { name: "n8n's \\", parameters: ['n8n.url', "odd'key"], test_values: [] },
];
const OWN = [
  identitySql({ baseUrl: BASE_URL }),
  ownLayerSql({ integrations: INTEGRATIONS }),
  catcherSql({ host: 'odoo-ops-mail', port: 1025 }),
].join('\n');
const EXPECTED: Expectations = {
  mail_catchers: ['odoo-ops-mail'],
  base_url: BASE_URL,
  production_uuid: 'uuid-of-production',
  modules: ['base', 'web', 'mail', 'ipai_slack'],
  parameters: INTEGRATIONS.flatMap(({ name, parameters, test_values }) =>
    parameters.map((key) => ({ key, integration: name, test_values })),
  ),
  is_fresh: true,
};

/** What more modules bring, with something in each that must go. */
const MORE = `
  alter table payment_provider add stripe_secret_key varchar, add stripe_publishable_key varchar not null default 'pk_live', add image bytea;
  update payment_provider set stripe_secret_key = 'very-secret', image = 'picture';
  create table res_users (id serial primary key, login varchar, password varchar, totp_secret varchar, oauth_access_token varchar);
  insert into res_users (login, password, totp_secret, oauth_access_token) values ('ann', 'hash', 'very-secret', 'very-secret');
  create table res_company_ldap (id serial primary key, ldap_server varchar not null, ldap_password varchar, ldap_binddn varchar);
  insert into res_company_ldap (ldap_server, ldap_password, ldap_binddn) values ('ldap.example.com', 'very-secret', 'cn=very-secret');
  create table auth_oauth_provider (id serial primary key, enabled boolean, client_secret varchar); insert into auth_oauth_provider values (1, true, 'very-secret');
  create table base_automation (id serial primary key, webhook_uuid varchar); insert into base_automation values (1, 'very-secret');
  create table certificate_key (id serial primary key, password varchar, content bytea); insert into certificate_key values (1, 'very-secret', 'very-secret');
  create table payment_token (id serial primary key, active boolean); insert into payment_token values (1, true);
  create table snailmail_letter (id serial primary key, state varchar); insert into snailmail_letter values (1, 'pending');
  create table mailing_mailing (id serial primary key, state varchar); insert into mailing_mailing values (1, 'in_queue');
  create table bus_bus (id serial primary key, message text); insert into bus_bus values (1, 'very-secret');
  create table mail_push_device (id serial primary key, endpoint text); insert into mail_push_device values (1, 'very-secret');
  create table ir_cron_trigger (id serial primary key); insert into ir_cron_trigger values (1);
  create table ir_model_fields (id serial primary key, model varchar, name varchar, store boolean);
  insert into ir_model_fields (model, name) values ('bank.link', 'api_key'), ('payment.provider', 'stripe_secret_key'), ('res.users', 'password');
  insert into ir_model_data (module, name, model, res_id) values ('ipai_bank', 'field_bank_link__api_key', 'ir.model.fields', 1);
  create table bank_link (id serial primary key, api_key varchar); insert into bank_link values (1, 'very-secret'), (2, null);
  insert into ir_config_parameter (key, value) values ('odd''key', 'x'), ('recaptcha_private_key', 'very-secret'), ('ipai.token', 'very-secret'), ('auth_password_policy.minlength', '8');
`;

describe('our own layer of neutralisation', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await testServer(18);
  });
  after(() => server.stop());

  async function copy(number: number, ...sql: string[]) {
    const pr = databaseServer({ url: server.url, timeout: 10_000 });
    const attempt = attemptOf(number);
    await pr.createDatabase(attempt, { from: null, password: PASSWORD, stamp: attempt.stamp }, signal);
    const run = (text: string) => pr.run(attempt.identity, PASSWORD, text, [], signal) as Promise<Record<string, unknown>[]>;
    for (const text of sql) await run(text);
    const url = pr.url(attempt.identity, PASSWORD);
    const verify = async () =>
      (await verifyNeutralised(connection(url), NEUTRALISATION_CHECKS, EXPECTED)).problems.map(({ check }) => check);
    return { run, verify, url };
  }

  it('mends everything that a check finds, alone, and again and again', async () => {
    const { run, verify } = await copy(1, ODOO_TABLES);
    const before = await verify();
    assert.deepEqual(
      before,
      NEUTRALISATION_CHECKS.map(({ name }) => name).filter((name) => name !== 'modules'),
    );
    await run(OWN);
    assert.deepEqual(await verify(), []);
    const first = await run('select smtp_host, smtp_port, active from ir_mail_server order by id');
    await run(OWN);
    assert.deepEqual(await verify(), []);
    assert.deepEqual(await run('select smtp_host, smtp_port, active from ir_mail_server order by id'), first);
    assert.deepEqual(
      first.filter(({ active }) => active === true),
      [{ smtp_host: 'odoo-ops-mail', smtp_port: 1025, active: true }],
    );
  });

  it('takes over the dummy server of Odoo, and leaves no host and no password in the others', async () => {
    const dummy = `update ir_mail_server set active = false; insert into ir_mail_server (name, smtp_port, smtp_host, smtp_encryption, active, smtp_authentication)
      values ('neutralization - disable emails', 1025, 'invalid', 'none', true, 'login')`;
    const { run } = await copy(2, ODOO_TABLES, dummy, OWN);
    assert.deepEqual(await run('select id, smtp_host, smtp_user, smtp_pass, active from ir_mail_server order by id'), [
      ...[1, 2, 3].map((id) => ({ id, smtp_host: 'invalid', smtp_user: null, smtp_pass: null, active: false })),
      { id: 4, smtp_host: 'odoo-ops-mail', smtp_user: null, smtp_pass: null, active: true },
    ]);
  });

  it('gives each copy an identity of its own, and each run another', async () => {
    const { run } = await copy(3, ODOO_TABLES, OWN);
    const identity = () =>
      run(`select key, value from ir_config_parameter where key like 'database.%' or key like 'web.base.url%' order by key`);
    const first = await identity();
    assert.deepEqual(
      first.map(({ key }) => key),
      ['database.secret', 'database.uuid', 'web.base.url', 'web.base.url.freeze'],
    );
    assert.match(String(first[1]!['value']), /^[0-9a-f-]{36}$/);
    assert.deepEqual([first[2]!['value'], first[3]!['value']], [BASE_URL, 'True']);
    await run(OWN);
    const second = await identity();
    assert.notEqual(second[0]!['value'], first[0]!['value']);
    assert.notEqual(second[1]!['value'], first[1]!['value']);
  });

  it('gives a declared parameter its test value, and lets one that has one stand', async () => {
    const { run } = await copy(4, ODOO_TABLES, `insert into ir_config_parameter (key, value) values ('odd''key', 'x')`, OWN);
    const values = () => run(`select key, value from ir_config_parameter where key in ('slack.webhook', 'odd''key') order by key`);
    assert.deepEqual(await values(), [
      { key: "odd'key", value: '' },
      { key: 'slack.webhook', value: 'https://hooks.test/none' },
    ]);
    await run(`update ir_config_parameter set value = 'https://hooks.test/a/b' where key = 'slack.webhook'`);
    await run(OWN);
    assert.equal((await values())[1]!['value'], 'https://hooks.test/a/b');
  });

  it('empties what opens something outside, and nothing else; coverage names what is left', async () => {
    const { run, url } = await copy(5, ODOO_TABLES, MORE, OWN);
    // Everything in the database, as text.
    const tables = await run(
      `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
    );
    const dump: Record<string, string> = {};
    for (const { name } of tables)
      dump[String(name)] = String(
        (await run(`select coalesce(json_agg(t)::text, '') as text from public."${String(name)}" t`))[0]!['text'],
      );
    const secret = Buffer.from('very-secret').toString('hex');
    const holding = Object.keys(dump).filter((name) => dump[name]!.includes('very-secret') || dump[name]!.includes(secret));
    assert.deepEqual(holding, ['bank_link', 'ir_config_parameter'], 'what nobody declared is not guessed at');
    assert.deepEqual(await run('select login, password, totp_secret from res_users'), [
      { login: 'ann', password: 'hash', totp_secret: null },
    ]);
    assert.deepEqual(
      await run(`select stripe_publishable_key as key, convert_from(image, 'UTF8') as image from payment_provider where code = 'stripe'`),
      [{ key: 'none-1', image: 'picture' }],
    );
    assert.deepEqual(
      await run(
        `select (select state from snailmail_letter) as letter, (select state from mailing_mailing) as mailing, (select active from payment_token) as card`,
      ),
      [{ letter: 'canceled', mailing: 'draft', card: false }],
    );
    const held = await heldSecrets({ url, timeout: 5000 }, signal);
    assert.deepEqual(held.columns, [{ table: 'bank_link', column: 'api_key', modules: ['ipai_bank'], rows: 1 }]);
    assert.deepEqual(
      held.parameters.map(({ key }) => key),
      ['database.secret', 'ipai.token', 'slack.webhook'],
    );
    assert.deepEqual(held.installed, ['base', 'ipai_slack', 'mail', 'web']);
    assert.doesNotMatch(JSON.stringify(held), /very-secret/);
  });

  it('has nothing to do in a database without these tables', async () => {
    const { run } = await copy(6, 'create table ir_config_parameter (id serial primary key, key varchar unique, value text)');
    await run(OWN);
    assert.equal((await run('select count(*)::int as n from ir_config_parameter'))[0]!['n'], 4);
    const { run: bare } = await copy(7);
    await bare(OWN);
  });
});
