import assert from 'node:assert/strict';
import { credentialKind } from '../../../../src/core/policy/secrets/name.ts';
import { judge, type Scope } from '../../../../src/core/policy/secrets/judgement.ts';
import { isQuiet, isTestPath, withoutTemplate } from '../../../../src/core/policy/secrets/path.ts';
import { isPlaceholder, masked, withoutVariable } from '../../../../src/core/policy/secrets/value.ts';
import { isCommonWord } from '../../../../src/core/policy/secrets/words.ts';
import { randomText } from '../../../support/secrets.ts';

const kind = (name: string, value: string, scope: Scope = 'environment') => {
  const judged = judge(name, value, scope);
  return judged === null ? null : judged.common ? 'common' : judged.kind;
};

describe('what tells a secret', () => {
  it('passes whatever only stands for a value', () => {
    for (const value of [
      ...[
        'CHANGE_ME',
        'change-me',
        'ChangeMe123',
        'REPLACE_WITH_REAL_KEY',
        'replace-with-random-db-password',
        '<password>',
        '<your token>',
      ],
      ...['xxx', 'XXXXXXXX', 'xxxx-xxxx', '********', '...', 'your-api-key', 'YOUR_PASSWORD', 'your_token_here', 'example', 'AKIAEXAMPLE'],
      ...[
        '${DB_PASSWORD}',
        '${{ secrets.DB }}',
        '{{ db_password }}',
        '{% x %}',
        '%(db_password)s',
        '$DB_PASSWORD',
        '$(cat /x)',
        '__TOKEN__',
        '@TOKEN@',
      ],
      ...['', 'False', 'None', 'null', '!', '~', 'ENC[AES256_GCM,data:abc=,type:str]', 'op://vault/item/field', 'vault:secret/data/x'],
      ...[
        '/run/secrets/db_password',
        './secrets/key',
        'insert-key-here',
        'TODO',
        'dummy',
        'fake-token',
        '1234567890',
        'abcdefghij',
        'os.environ["X"]',
      ],
      ...[
        'process.env.X',
        'projects/1/secrets/x',
        'to-be-defined',
        'generate-with-openssl',
        '[redacted]',
        'some-secret',
        'MY_VERY_HARD_PASSWORD',
        '0x0000000000000000',
        `whsec_${btoa('This is an example of a shorter Base64 string')}`,

        'arn:aws:secretsmanager:x',
      ],
    ])
      assert.ok(isPlaceholder(value), value);
    for (const value of ['Tr0ub4dor&3xQ', 'hunter22', randomText(20), randomText(40, 3), 'p4ssphr4se-of-ours', 'minhng.info'])
      assert.ok(!isPlaceholder(value), value);
  });

  it('knows the words that everybody tries first, alone and joined', () => {
    for (const value of [
      ...[
        'odoo',
        'odoo17',
        'admin',
        'Admin123',
        'demo',
        'test',
        'test123',
        'password',
        'postgres',
        'P@ssw0rd',
        'Passw0rd!',
        'my-secret-password',
      ],
      ...[
        'odoo_password',
        'super-secret-jwt-token-with-at-least-32-characters-long',
        'secret1234',
        '123',
        'root',
        'minioadmin',
        'myodoo',
        'admin@123',
        'litellm',
        'n8n_password',
      ],
    ])
      assert.ok(isCommonWord(value), value);
    for (const value of ['Tr0ub4dor&3xQ', 'acme-ph-7', 'Summer2024', randomText(12), 'x'.repeat(100)])
      assert.ok(!isCommonWord(value), value);
  });

  it('reads the default of a variable, and shows a value at most by its first four characters', () => {
    assert.equal(withoutVariable('${DB_PASSWORD:-hunter22}'), 'hunter22');
    assert.equal(withoutVariable('${DB_PASSWORD}'), '${DB_PASSWORD}');
    assert.equal(masked('abcdefghijklmnopqrst'), '"abcd…" (20 characters)');
    assert.equal(masked('abcdef'), '"a…" (6 characters)');
    assert.equal(masked('abc'), '"…" (3 characters)');
  });

  it('decides by the last word of a name', () => {
    for (const name of ['admin_passwd', 'DB_PASSWORD', 'smtpPassword2', 'PGPASSWORD', 'smtp_pass', 'POSTGRES_PASSWORD_PROD'])
      assert.equal(credentialKind(name), 'password', name);
    for (const name of [
      'API_KEY',
      'secretAccessKey',
      'authToken',
      'client_secret',
      'SECRET_KEY_BASE',
      'database.enterprise_code',
      'stripe.api_key',
    ])
      assert.equal(credentialKind(name), 'token', name);
    for (const name of [
      ...[
        'PASSWORD_FILE',
        'token_url',
        'secretName',
        'key',
        'primary_key',
        'public_key',
        'ANON_KEY',
        'proxy_pass',
        'csrf_token',
        'compass',
      ],
      ...['password_policy', 'reset_password_enabled', 'tokens', 'monkey', 'key_id', 'web.base.url'],
    ])
      assert.equal(credentialKind(name), null, name);
  });

  it('asks less of a value where its name leaves no doubt', () => {
    const generated = randomText(32);
    assert.deepEqual(
      [kind('db_password', 'hunter22'), kind('db_password', 'hunter22', 'code'), kind('api_key', generated, 'code')],
      ['password', null, 'token'],
    );
    assert.deepEqual([kind('password', 'Passwort', 'configuration'), kind('password', 'Kennwort', 'configuration')], [null, null]);
    assert.deepEqual(
      [kind('password', 'The password of the user'), kind('token', 'odoo-db-secret-2'), kind('api_key', 'apiKeyOfTheShop')],
      [null, null, null],
    );
    assert.deepEqual([kind('DB_PASSWORD', 'odoo'), kind('password', 'odoo', 'configuration')], ['common', null]);
    assert.equal(kind('admin_passwd', `$pbkdf2-sha512$600000$${randomText(22)}$${randomText(86)}`), 'hash');
    assert.equal(kind('DB_PASSWORD', '${DB_PASSWORD:-Tr0ub4dor&3xQ}'), 'password');
  });

  it('finds the password in a URL, and no port and no user', () => {
    const password = randomText(14);
    assert.equal(kind('REDIS_URL', `redis://:${password}@cache:6379/0`), 'connection');
    assert.equal(kind('SENTRY_DSN', `https://${randomText(32)}@o1.ingest.sentry.io/1`), null);
    assert.equal(kind('DATABASE_URL', 'postgres://odoo:odoo@db:5432/odoo'), 'common');
    for (const url of [
      'http://odoo:8069/web',
      'postgres://user:${PASSWORD}@db/odoo',
      'amqp://user:<password>@mq',
      'https://acme.ph/@ana:x',
    ])
      assert.equal(kind('URL', url), null, url);
  });

  it('passes the keys of Supabase that are meant for everybody', () => {
    const jwt = (body: object) => `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(JSON.stringify(body)).toString('base64url')}.${randomText(43)}`;
    assert.equal(kind('SUPABASE_KEY', jwt({ role: 'anon', ref: randomText(20) })), null);
    assert.equal(kind('SERVICE_ROLE_KEY', jwt({ role: 'service_role', iss: 'supabase-demo' })), null);
    assert.equal(kind('SERVICE_ROLE_KEY', jwt({ role: 'service_role', ref: randomText(20) })), 'token');
  });

  it('knows tests, templates and files in which nothing is searched', () => {
    for (const path of [
      'a/tests/test_x.py',
      'a/demo/data.xml',
      'a/data/x_demo.xml',
      'src/a.test.ts',
      'tests/data/idp.pem',
      'hack/test.env',
      '.env.test',
      'docs/openapi.v2.json',
      'conftest.py',
    ])
      assert.ok(isTestPath(path), path);
    for (const path of ['deploy/odoo.conf', 'a/models/contest.py', 'a/data/latest.xml', 'attestation/x.py'])
      assert.ok(!isTestPath(path), path);
    for (const path of ['package-lock.json', 'a/i18n/de.po', 'x.svg', 'tls.crt', 'a/static/src/lib/x/README.md', 'node_modules/a/b.js'])
      assert.ok(isQuiet(path), path);
    assert.equal(withoutTemplate('deploy/odoo.conf.template.j2'), 'deploy/odoo.conf');
    assert.equal(withoutTemplate('.env'), '.env');
  });
});
