import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findOdoo, type OdooInstallation } from '../../src/adapters/odoo/find-odoo.ts';
import { resolveRunAs } from '../../src/adapters/odoo/run-as.ts';
import { heldSecrets } from '../../src/adapters/postgres/environments/coverage.ts';
import { databaseServer } from '../../src/adapters/postgres/environments/server.ts';
import { verifyNeutralised } from '../../src/adapters/postgres/neutralisation.ts';
import { catcherSql } from '../../src/core/neutralisation/catcher.ts';
import { NEUTRALISATION_CHECKS } from '../../src/core/neutralisation/checks.ts';
import { identitySql } from '../../src/core/neutralisation/identity.ts';
import { ownLayerSql } from '../../src/core/neutralisation/layer.ts';
import type { DatabaseServer } from '../../src/core/pr-environments/database-server.ts';
import type { Attempt } from '../../src/core/pr-environments/identity.ts';
import { attemptOf, PASSWORD, templateStamp } from '../support/pr-database.ts';
import { testServer, type TestServer } from '../support/postgres.ts';

const run = promisify(execFile);
const { signal } = new AbortController();

const MODULES =
  'mail,sms,payment_demo,payment_stripe,crm,sale_management,auth_totp,auth_oauth,auth_ldap,base_automation,google_calendar,snailmail,mass_mailing,iap';
const BASE_URL = 'https://pr-2-x.dev.example.com';
const INTEGRATIONS = [{ name: 'Reports', parameters: ['ipai.report_url'], test_values: [] }];

/** What makes the database of Odoo one that works for people: each check finds something, and credentials lie where Odoo keeps them. */
const PRODUCTION = [
  `insert into ir_config_parameter (key, value) values ('ipai.report_url', 'https://reports.example.com'), ('ipai.api_token', 'very-secret')`,
  `update payment_provider set state = 'enabled', stripe_secret_key = 'very-secret' where code = 'stripe'`,
  `update ir_act_server set state = 'webhook', webhook_url = 'https://hooks.example.com/very-secret' where id = (select min(id) from ir_act_server)`,
  `insert into ir_mail_server (name, smtp_host, smtp_port, smtp_encryption, smtp_authentication, smtp_user, smtp_pass, active)
     values ('Company', 'smtp.example.com', 587, 'starttls', 'login', 'erp', 'very-secret', true)`,
  `insert into fetchmail_server (name, active, server, server_type, password, state) values ('Support', true, 'imap.example.com', 'imap', 'very-secret', 'done')`,
  `insert into mail_message (message_type, model, res_id) values ('email', 'res.partner', 1)`,
  `insert into mail_mail (mail_message_id, state, email_to) select max(id), 'outgoing', 'ann@example.com' from mail_message`,
  `insert into sms_sms (state, number) values ('outgoing', '+4312345678')`,
  `insert into res_users_apikeys (name, user_id, scope, expiration_date, index, key) values ('n8n', 2, 'rpc', null, '12345678', 'very-secret')`,
  `update res_users set totp_secret = 'very-secret', oauth_access_token = 'very-secret' where id = 2`,
  `update auth_oauth_provider set enabled = true`,
  `insert into res_company_ldap (company, ldap_server, ldap_server_port, ldap_filter, ldap_base, ldap_password, sequence)
     values (1, 'ldap.example.com', 389, 'x', 'y', 'very-secret', 1)`,
  `create table queue_job (id serial primary key, uuid varchar, state varchar); insert into queue_job (uuid, state) values ('a', 'pending')`,
];

/** Needs ODOO_HOME, and as root ODOO_OPS_RUN_AS. */
describe('a copy of the database of a real Odoo', function () {
  this.timeout(600_000);
  let odoo: OdooInstallation;
  let data: string;
  let server: TestServer;
  let pr: DatabaseServer;
  const stops: (() => Promise<void>)[] = [];
  const source = attemptOf(1);
  const copy = attemptOf(2);

  /** As the role of the environment, with its password in a variable. @returns what it answers */
  async function odooBin({ identity }: Attempt, input: string, ...args: string[]): Promise<string> {
    const runAs = await resolveRunAs(process.env);
    const { hostname, port } = new URL(server.url);
    const { database } = identity;
    const at = [`--database=${database}`, `--db_host=${hostname}`, `--db_port=${port}`, `--db_user=${database}`, `--data-dir=${data}`];
    const running = run(odoo.python, [odoo.program, ...args, ...at], {
      env: { ...process.env, PGPASSWORD: PASSWORD, ...(runAs && { HOME: runAs.home }) },
      maxBuffer: 64 * 2 ** 20,
      ...(runAs && { uid: runAs.uid, gid: runAs.gid }),
    });
    running.child.stdin?.end(input);
    return (await running).stdout;
  }
  const sql = ({ identity }: Attempt, text: string) => pr.run(identity, PASSWORD, text, [], signal) as Promise<Record<string, unknown>[]>;
  const verify = async (attempt: Attempt, uuid: string) => {
    const homes = [join(odoo.home, 'addons'), join(odoo.home, 'odoo', 'addons')];
    const modules = (await Promise.all(homes.map((home) => readdir(home)))).flat();
    const { asked, problems } = await verifyNeutralised(
      { url: pr.url(attempt.identity, PASSWORD), timeout: 30_000, signal },
      NEUTRALISATION_CHECKS,
      {
        mail_catchers: ['odoo-ops-mail'],
        base_url: BASE_URL,
        production_uuid: uuid,
        modules,
        parameters: [{ key: 'ipai.report_url', integration: 'Reports', test_values: [] }],
        is_fresh: true,
      },
    );
    return { asked, found: problems.map(({ check }) => check), messages: problems.map(({ message }) => message) };
  };

  before(async function () {
    if (!process.env['ODOO_HOME']) {
      console.log('      skipped: ODOO_HOME is not set');
      return this.skip();
    }
    odoo = await findOdoo({ env: process.env, repository: process.cwd() });
    server = await testServer(18);
    stops.push(server.stop);
    data = await mkdtemp(join(tmpdir(), 'odoo-data-'));
    stops.push(() => rm(data, { recursive: true, force: true }));
    await chmod(data, 0o777); // Odoo may run as another user
    pr = databaseServer({ url: server.maker, timeout: 10_000 });
    await pr.createDatabase(source, { from: null, password: PASSWORD, stamp: source.stamp }, signal);
    await odooBin(source, '', `--init=${MODULES}`, '--stop-after-init', '--no-http', '--max-cron-threads=0');
    for (const text of PRODUCTION) await sql(source, text);
  });
  after(() => Promise.all(stops.reverse().map((stop) => stop())));

  it('is made harmless by neutralize and our layer, whatever was found before; and people still log in', async () => {
    const uuid = String((await sql(source, `select value from ir_config_parameter where key = 'database.uuid'`))[0]!['value']);
    await pr.keepAsTemplate(source, 'staging', templateStamp(), signal);
    const [template] = await pr.templates('acme', signal);
    const made = await pr.createDatabase(copy, { from: template!.database, password: PASSWORD, stamp: copy.stamp }, signal);
    console.log(`      ${Math.round(made.bytes / 2 ** 20)} MB copied and handed over in ${made.ms} ms (${made.strategy})`);

    const before = await verify(copy, uuid);
    assert.deepEqual(
      before.asked,
      NEUTRALISATION_CHECKS.map(({ name }) => name),
    );
    assert.deepEqual(
      before.found,
      before.asked.filter((name) => name !== 'modules'),
    );

    const lines = (await odooBin(copy, '', 'neutralize', '--stdout')).split('\n');
    const odooSql = lines.slice(lines.indexOf('BEGIN;') + 1, lines.lastIndexOf('COMMIT;')).join('\n');
    assert.match(odooSql, /ir_mail_server/);
    const own = [
      identitySql({ baseUrl: BASE_URL }),
      ownLayerSql({ integrations: INTEGRATIONS }),
      catcherSql({ host: 'odoo-ops-mail', port: 1025 }),
    ];
    await sql(copy, odooSql);
    for (const text of own) await sql(copy, text);
    const after = await verify(copy, uuid);
    assert.deepEqual(after.messages, []);
    assert.deepEqual(after.asked, before.asked);

    // All of the database as text: what nobody declared is left, and named.
    const tables = await sql(
      copy,
      `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
    );
    const holding: string[] = [];
    for (const { name } of tables)
      if ((await sql(copy, `select 1 from public."${String(name)}" t where t::text like '%very-secret%' limit 1`)).length > 0)
        holding.push(String(name));
    assert.deepEqual(holding, ['ir_config_parameter']);
    const held = await heldSecrets({ url: pr.url(copy.identity, PASSWORD), timeout: 10_000 }, signal);
    console.log(`      held: ${JSON.stringify([held.columns, held.parameters])}`);
    assert.ok(held.parameters.some(({ key }) => key === 'ipai.api_token'));

    // The source, which could be staging, is as it was.
    assert.deepEqual((await verify(source, uuid)).found, before.found);
    // Odoo loads it as its role, and the administrator's password is the one of before.
    const login = await odooBin(
      copy,
      `print('LOGIN', env['res.users'].authenticate({'login': 'admin', 'password': 'admin', 'type': 'password'}, {'interactive': True})['uid'])`,
      'shell',
      '--no-http',
    );
    assert.match(login, /LOGIN 2/);
  });
});
