import assert from 'node:assert/strict';
import { composeReader } from '../../../src/adapters/formats/containers/compose.ts';
import { dotenvReader } from '../../../src/adapters/formats/containers/dotenv.ts';
import { odooConfReader } from '../../../src/adapters/formats/odoo-conf.ts';
import type { Finding } from '../../../src/core/policy/finding.ts';
import { catchesMail, hostOf } from '../../../src/core/policy/staging/mail-catchers.ts';
import type { RepositoryFacts } from '../../../src/core/policy/rule.ts';
import { stagingNeutralised } from '../../../src/core/policy/staging-neutralised.ts';
import { findingsOf, repositoryFacts } from '../../support/policy-facts.ts';

const READERS = [odooConfReader, composeReader, dotenvReader];
type Given = Partial<RepositoryFacts> & { configuration?: string };
const check = async (texts: Record<string, string>, given: Given = {}): Promise<Finding[]> =>
  findingsOf(stagingNeutralised, await repositoryFacts(READERS, texts, given));
const messages = async (texts: Record<string, string>, given: Given = {}) =>
  (await check(texts, given)).map(({ severity, message }) => `${severity}: ${message}`);

const QUIET = '--max-cron-threads=0';
/** A service of staging that is harmless but for what is added. */
const service = (...more: string[]): Record<string, string> => ({
  'compose.staging.yml': `services:\n  odoo:\n    image: odoo:19.0\n    command: odoo ${QUIET}\n${more.map((line) => `    ${line}\n`).join('')}`,
});
const variables = (given: Record<string, string>) => service(`environment: ${JSON.stringify(given)}`);
const conf = (text: string) => ({ 'staging/odoo.conf': `[options]\n${text}` });

describe('a host that catches mail', () => {
  it('is a catcher, this host, or none', () => {
    for (const host of [
      'mailpit',
      'MailHog:1025',
      'staging-mailpit',
      'mailcatcher.internal',
      'localhost',
      '127.0.0.1',
      '::1',
      '[::1]:25',
      'invalid',
      'mail.invalid',
      '',
    ])
      assert.ok(catchesMail(host, []), host);
    assert.ok(catchesMail('smtp://user:pw@mailpit:1025/x', []));
    assert.ok(catchesMail('sandbox.smtp.mailtrap.io:2525', []));
    assert.ok(catchesMail('catch.example.com', ['*.example.com']));
  });

  it('is none that sends, whatever it is called', () => {
    for (const host of [
      'smtp.gmail.com',
      'live.smtp.mailtrap.io',
      'email-smtp.us-east-1.amazonaws.com',
      'postfix',
      'mailgun',
      'notlocalhost',
      '10.0.0.5',
    ])
      assert.ok(!catchesMail(host, []), host);
    assert.equal(hostOf('smtps://u:p@Mail.Example.com:465'), 'mail.example.com');
  });
});

describe('rule staging-neutralised', () => {
  it('says how to declare a staging where it finds none', async () => {
    const answer = stagingNeutralised.check(
      await repositoryFacts(READERS, { 'odoo.conf': '[options]\n', 'production/odoo.conf': '[options]\n' }),
    );
    assert.match('not_applicable' in answer ? answer.not_applicable : '', /ODOO_STAGE.*policy\.stages/s);
  });

  it('accepts a harmless one', async () => {
    assert.deepEqual(await check(service()), []);
    assert.deepEqual(await check(conf('max_cron_threads = 0\nsmtp_server = mailpit\n')), []);
    assert.deepEqual(
      await check(variables({ SMTP_HOST: 'mailpit', ODOO_STAGE: 'staging', SLACK_URL: '', DB_PASSWORD: '${DB_PASSWORD}' })),
      [],
    );
  });

  it('takes ODOO_STAGE over the name of the file', async () => {
    const text = 'services:\n  erp:\n    image: odoo:19.0\n    environment: { ODOO_STAGE: staging }\n';
    assert.deepEqual(await messages({ 'compose.yml': text }), [
      'error: Service erp is staging and does not set max_cron_threads: Odoo runs scheduled actions in 2 threads.',
    ]);
  });

  it('finds mail that leaves: in odoo.conf, as an argument, as a variable', async () => {
    const expected = (name: string, by: string) => [`error: ${name} is staging and sends mail through smtp.example.com (${by}).`];
    assert.deepEqual(
      await messages(conf('max_cron_threads = 0\nsmtp_server = smtp.example.com\n')),
      expected('staging/odoo.conf', 'smtp_server'),
    );
    assert.deepEqual(
      await messages({
        'compose.staging.yml': `services:\n  odoo:\n    image: odoo\n    command: odoo ${QUIET} --smtp smtp.example.com\n`,
      }),
      expected('Service odoo', 'smtp_server'),
    );
    for (const name of ['SMTP_HOST', 'SMTP_SERVER', 'MAIL_HOST', 'EMAIL_HOST', 'MAIL_RELAY_HOST', 'ACME_SMTP_HOSTNAME'])
      assert.deepEqual(await messages(variables({ [name]: 'smtp.example.com' })), expected('Service odoo', name));
    assert.deepEqual(
      await messages(variables({ MAIL_URL: 'smtp://u:very-secret@smtp.example.com:587' })),
      expected('Service odoo', 'MAIL_URL'),
    );
    assert.deepEqual(
      await check(variables({ MAIL_URL: 'https://example.com/webmail', MAIL_DOMAIN: 'example.com', ODOO_SMTP_SERVER: 'mailhog' })),
      [],
    );
    assert.deepEqual(await check(variables({ SMTP_HOST: 'mx.team' }), { configuration: 'policy: { mail_catchers: [mx.team] }\n' }), []);
  });

  it('wants scheduled actions off, and said', async () => {
    assert.deepEqual(await messages(conf('')), [
      'error: staging/odoo.conf is staging and does not set max_cron_threads: Odoo runs scheduled actions in 2 threads.',
    ]);
    const [finding] = await check(conf('list_db = False\nmax_cron_threads = 2\n'));
    assert.equal(finding?.message, 'staging/odoo.conf is staging and has max_cron_threads = 2: scheduled actions run.');
    assert.deepEqual(finding.edits, [{ file: 'staging/odoo.conf', range: finding.range, text: '0' }]);
    assert.deepEqual(await messages(conf('max_cron_threads = ${CRONS}\n')), [
      'warning: Only the machine knows max_cron_threads of staging/odoo.conf, and staging runs no scheduled actions.',
    ]);
    const [empty] = await check(conf('max_cron_threads =\n'));
    assert.deepEqual([empty?.severity, empty?.edits], ['error', undefined], 'its place is the name, which must stay');
    assert.equal((await check(conf('stop_after_init = False\n'))).length, 1);
    const mounted = { 'compose.staging.yml': 'services:\n  odoo:\n    image: odoo\n    volumes: ["/srv/odoo.conf:/etc/odoo/odoo.conf"]\n' };
    assert.deepEqual(await messages(mounted), [
      'warning: Nothing that can be read here sets max_cron_threads of Service odoo, and staging runs no scheduled actions.',
    ]);
    const job = { 'compose.staging.yml': 'services:\n  update:\n    image: odoo\n    command: odoo -u all --stop-after-init\n' };
    assert.deepEqual(await check(job), []);
  });

  const integrations = `policy:\n  integrations:\n    - { name: Slack, variables: [SLACK_URL], test_values: ["https://hooks.test/**"] }\n`;
  it('wants declared integrations off, or on test values', async () => {
    const given = { configuration: integrations };
    assert.deepEqual(await check(variables({ SLACK_URL: 'https://hooks.test/a/b' }), given), []);
    assert.deepEqual(await check(variables({ SLACK_URL: '' }), given), []);
    assert.deepEqual(await messages(variables({ SLACK_URL: 'https://chat.example.com/very-secret' }), given), [
      'error: Service odoo is staging and SLACK_URL reaches Slack: its value is none of the test values.',
    ]);
    assert.deepEqual(await messages(variables({ SLACK_URL: '${SLACK_URL}' }), given), [
      'warning: Only the machine knows SLACK_URL of Service odoo: it may reach Slack.',
    ]);
  });

  it('knows live accounts by the shape of their values, and never prints one', async () => {
    const live = { PAY: 'sk_live_51Habcdefgh', HOOK: 'https://hooks.slack.com/services/T000/B000/abcdef', X: 'xnd_production_abc' };
    assert.deepEqual(await messages(variables(live)), [
      'error: Service odoo is staging and PAY holds a live key of Stripe or PayMongo.',
      'error: Service odoo is staging and HOOK holds a webhook of Slack.',
      'error: Service odoo is staging and X holds a production key of Xendit.',
    ]);
    assert.deepEqual(await check(variables({ PAY: 'sk_test_51Habcdefgh', RELIVE: 'ask_live_x' })), []);
  });

  it('finds secrets of production by the name of a variable and of its source', async () => {
    assert.deepEqual(await messages(variables({ DB_PASSWORD: '${PROD_DB_PASSWORD}' })), [
      'error: Service odoo is staging and takes DB_PASSWORD from PROD_DB_PASSWORD, which names production.',
    ]);
    assert.deepEqual(await messages(variables({ PRODUCTION_API_KEY: '${X}' })), [
      'error: Service odoo is staging and has PRODUCTION_API_KEY, which names production.',
    ]);
    const harmless = {
      NON_PROD_API_KEY: 'x1',
      LIVE_RELOAD: '1',
      PRODUCTS: 'y',
      PRODUCT_API_KEY: '${P}',
      PREPROD_DB_PASSWORD: '${P}',
      LIVECHAT_TOKEN: '${T}',
    };
    assert.deepEqual(await check(variables(harmless)), []);
  });

  it('finds the same credential in staging and production, and leaves placeholders and other names alone', async () => {
    const both = (staging: string, production: string) => ({
      ...conf(`max_cron_threads = 0\n${staging}`),
      'production/odoo.conf': `[options]\n${production}`,
    });
    assert.deepEqual(await messages(both('db_password = h7Gk2mQ9\n', 'db_password = h7Gk2mQ9\n')), [
      'error: db_password of staging/odoo.conf is the same as db_password of production/odoo.conf in production/odoo.conf.',
    ]);
    assert.deepEqual(await check(both('admin_passwd = a1b2c3d4\n', 'admin_passwd = e5f6g7h8\n')), []);
    assert.deepEqual(await check(both('db_password = CHANGE_ME\ndb_user = odoo\n', 'db_password = CHANGE_ME\ndb_user = odoo\n')), []);
  });

  const two = (staging: string, production: string, rest = ''): Record<string, string> => ({
    'compose.yml': `services:\n  odoo-staging:\n    image: odoo\n    command: odoo ${QUIET}\n${staging}  odoo-production:\n    image: odoo\n${production}${rest}`,
  });
  it('finds one source for both only where one file reads it: elsewhere the name may hold another value', async () => {
    const secret = '    environment: { DB_PASSWORD: "${DB_PASSWORD}" }\n    networks: [a]\n';
    assert.deepEqual(await messages(two(secret, secret.replace('[a]', '[b]'), 'networks: { a: , b: }\n')), [
      'error: Service odoo-staging takes DB_PASSWORD from DB_PASSWORD, as Service odoo-production does.',
    ]);
    const apart = {
      ...variables({ DB_PASSWORD: '${DB_PASSWORD}' }),
      'compose.production.yml': 'services:\n  odoo:\n    image: odoo\n    environment: { DB_PASSWORD: "${DB_PASSWORD}" }\n',
    };
    assert.deepEqual(await check(apart), []);
  });

  it('finds a network and a database that staging shares with production', async () => {
    assert.deepEqual(await messages(two('', '')), [
      'warning: Service odoo-staging is staging and shares the default network of the file with Service odoo-production of production.',
    ]);
    const net = '    networks: [back]\n';
    assert.deepEqual(await messages(two(net, net, 'networks: { back: }\n')), [
      'warning: Service odoo-staging is staging and shares the network back with Service odoo-production of production.',
    ]);
    const external = 'networks: { back: { external: true, name: shared-db } }\n';
    const files = { 'compose.staging.yml': service()['compose.staging.yml']! + net + external };
    const live = { 'compose.production.yml': `services:\n  odoo:\n    image: odoo\n${net}${external}` };
    assert.deepEqual(await messages({ ...files, ...live }), [
      'warning: Service odoo is staging and shares the network shared-db with Service odoo of production.',
    ]);
    const proxy = (text: string) => text.replaceAll('back', 'traefik-public').replaceAll('shared-db', 'traefik-public');
    assert.deepEqual(await check(Object.fromEntries(Object.entries({ ...files, ...live }).map(([path, text]) => [path, proxy(text)]))), []);
  });

  it('finds a staging on the database server of production', async () => {
    const hosts = (staging: string, production: string) => ({
      ...conf(`max_cron_threads = 0\n${staging}`),
      'production/odoo.conf': `[options]\n${production}`,
    });
    const [same] = await messages(hosts('db_host = db.example.com\n', 'db_host = db.example.com\n'));
    assert.match(same ?? '', /^error: .*has its database on db\.example\.com, as production\/odoo\.conf of production, and nothing says/);
    const [other] = await messages(hosts('db_host = db.example.com\ndb_name = stage\n', 'db_host = db.example.com\ndb_name = live\n'));
    assert.match(other ?? '', /^warning: /);
    for (const host of ['db', 'localhost', '127.0.0.1'])
      assert.deepEqual(await check(hosts(`db_host = ${host}\n`, `db_host = ${host}\n`)), [], host);
  });

  it('tells what the database of staging still does, and that one could not be asked', async () => {
    const problem = { check: 'crons', message: '2 scheduled actions are active: A, B.', fix: 'Neutralise.' };
    assert.deepEqual(await messages({}, { neutralisation: { database: 'stage', problems: [problem] } }), [
      'error: Database stage: 2 scheduled actions are active: A, B.',
    ]);
    assert.deepEqual(await messages(service(), { neutralisation: { unknown: 'The database does not answer: ECONNREFUSED' } }), [
      'warning: The database of staging was not looked at: The database does not answer: ECONNREFUSED',
    ]);
    assert.deepEqual(await check({}, { neutralisation: { database: 'stage', problems: [] } }), []);
    for (const { stage, paragraph } of await check(conf(''))) assert.deepEqual([stage, paragraph], ['staging', '§3.3']);
  });
});
