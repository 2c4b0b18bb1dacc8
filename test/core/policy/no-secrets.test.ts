import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { decode, readContent } from '../../../src/adapters/files/content.ts';
import { configFrom } from '../../../src/adapters/files/config-file.ts';
import type { FileFacts } from '../../../src/core/policy/facts.ts';
import { noSecrets } from '../../../src/core/policy/no-secrets.ts';
import type { RepositoryFacts } from '../../../src/core/policy/rule.ts';
import type { CommitSecret } from '../../../src/core/policy/secrets/facts.ts';
import { SECRET_READERS, secretsIn } from '../../../src/runtime/policy/secret-readers.ts';
import { PACKAGE_ROOT } from '../../support/bundle.ts';
import { randomText, SAMPLES } from '../../support/secrets.ts';

async function findingsOf(files: Readonly<Record<string, string>>, commits?: readonly CommitSecret[], config = '') {
  const facts = new Map<string, FileFacts>();
  for (const [path, text] of Object.entries(files)) facts.set(path, { secrets: await secretsIn(path, text) });
  const repository: RepositoryFacts = {
    config: configFrom(config),
    paths: Object.keys(files),
    files: facts,
    submodules: [],
    blockers: [],
    schema_problems: null,
    our_migrations: new Map(),
    ...(commits === undefined ? {} : { commit_secrets: commits }),
  };
  const answer = noSecrets.check(repository);
  assert.ok('findings' in answer);
  return answer.findings;
}
const told = async (path: string, text: string) =>
  (await findingsOf({ [path]: text })).map(({ severity, range }) => `${severity} ${range?.start.line ?? 0}`);

const PASSWORD = `Tr0ub4dor&${randomText(3, 5)}`;
const TOKEN = randomText(40, 11);
const base64 = (text: string) => Buffer.from(text).toString('base64');
const record = (model: string, fields: Readonly<Record<string, string>>) =>
  `<?xml version="1.0"?>\n<odoo>\n<record id="x" model="${model}">\n${Object.entries(fields)
    .map(([name, value]) => `<field name="${name}">${value}</field>\n`)
    .join('')}</record></odoo>\n`;

/** One secret of each kind, and the line that holds it. */
const SEEDED: readonly [what: string, path: string, text: (value: string) => string, line: number, value?: string][] = [
  ['the master password', 'odoo.conf', (value) => `[options]\nadmin_passwd = ${value}\n`, 2],
  [
    'its hash',
    'config/odoo.conf',
    (value) => `[options]\nadmin_passwd = $pbkdf2-sha512$600000$${value}$${randomText(86)}\n`,
    2,
    randomText(22, 9),
  ],
  ['the password of the database', 'deploy/odoo.conf.template', (value) => `[options]\r\ndb_host = db\r\ndb_password = ${value}\r\n`, 3],
  ['the password of the mail server', 'odoo.cfg.j2', (value) => `[options]\nsmtp_password: ${value}\n`, 2],
  ['a secret that is commented out', 'odoo.conf.example', (value) => `[options]\n; db_password = ${value}\n`, 2],
  ['an .env file', '.env.production', (value) => `A=1\nexport STRIPE_API_KEY="${value}" # live\n`, 2, TOKEN],
  ['a template of one', '.env.template', (value) => `DB_PASSWORD=${value}\n`, 1],
  ['a URL in an .env file', '.env', (value) => `REDIS_URL=redis://:${value}@cache:6379/0\n`, 1],
  ['a Dockerfile', 'Dockerfile', (value) => `FROM odoo:19\nENV LANG=C \\\n    DB_PASSWORD=${value}\n`, 3],
  ['a Dockerfile of old', 'docker/Dockerfile.prod', (value) => `FROM odoo:19\nENV DB_PASSWORD ${value}\n`, 2],
  ['a shell script', 'deploy.sh', (value) => `set -e\nPGPASSWORD=${value} psql -h db\n`, 2],
  ['an option of Odoo', 'start.sh', (value) => `odoo-bin --db_password=${value} -d odoo\n`, 1],
  ['a map of Compose', 'compose.yml', (value) => `services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: "${value}"\n`, 4],
  [
    'a list of Compose',
    'docker-compose.prod.yml',
    (value) => `services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=${value}\n`,
    4,
  ],
  ['a default of Compose', 'compose.yml', (value) => `services: {db: {environment: {\n  POSTGRES_PASSWORD: "\${PW:-${value}}"}}}\n`, 2],
  ['a command of Compose', 'compose.yml', (value) => `services:\n  odoo:\n    command: [odoo, "--db_password=${value}"]\n`, 3],
  [
    'a variable of Kubernetes',
    'k8s/odoo.yaml',
    (value) => `kind: Deployment\nspec:\n  env:\n    - name: DB_PASSWORD\n      value: ${value}\n`,
    5,
  ],
  ['a Secret of Kubernetes', 'k8s/secret.yaml', (value) => `kind: Secret\nmetadata: {name: db}\ndata:\n  password: ${base64(value)}\n`, 4],
  ['a Secret in plain text', 'k8s/secret.yaml', (value) => `kind: Secret\nstringData:\n  password: ${value}\n`, 3],
  ['values of Helm', 'charts/odoo/values.yaml', (value) => `postgresql:\n  auth:\n    password: ${value}\n`, 3],
  ['a template of Helm', 'charts/odoo/templates/x.yaml', (value) => `{{- if .Values.a }}\nenv:\n  DB_PASSWORD: ${value}\n{{- end }}\n`, 3],
  ['a workflow', '.github/workflows/ci.yml', (value) => `jobs:\n  a:\n    env:\n      API_TOKEN: ${value}\n`, 4, TOKEN],
  ['a dev container', '.devcontainer/devcontainer.json', (value) => `{ // x\n"containerEnv": {\n"SMTP_PASSWORD": "${value}" } }\n`, 3],
  ['a parameter', 'addons/a/data/config.xml', (value) => record('ir.config_parameter', { key: 'sms.api_key', value }), 5, TOKEN],
  [
    'a parameter that a function sets',
    'addons/a/data/config.xml',
    (value) => `<odoo>\n<function model="ir.config_parameter" name="set_param" eval="('sms.api_key', '${value}')"/>\n</odoo>\n`,
    2,
    TOKEN,
  ],
  [
    'parameters in CSV',
    'addons/a/data/ir.config_parameter.csv',
    (value) => `id,key,value\nx,web.base.url,https://a.ph\ny,sms.token,${value}\n`,
    3,
    TOKEN,
  ],
  ['a user', 'addons/a/data/users.xml', (value) => record('res.users', { login: 'ana', password: value.replaceAll('&', '&amp;') }), 5],
  [
    'a user whose password Python tells',
    'addons/a/data/u.xml',
    (value) => `<odoo><record model="res.users">\n<field name="password" eval="'${value}'"/></record></odoo>`,
    2,
    TOKEN,
  ],
  ['users in CSV', 'addons/a/data/res.users.csv', (value) => `id,login,password\nana,ana,"${value}"\n`, 2],
  [
    'a mail server',
    'addons/a/data/mail.xml',
    (value) => record('ir.mail_server', { name: 'x', smtp_pass: value.replaceAll('&', '&amp;') }),
    5,
  ],
  [
    'a fetching mail server',
    'addons/a/data/mail.xml',
    (value) => record('fetchmail.server', { password: value.replaceAll('&', '&amp;') }),
    4,
  ],
  ['a payment provider', 'addons/a/data/payment.xml', (value) => record('payment.provider', { stripe_secret_key: value }), 4, TOKEN],
  ['a program', 'addons/a/models/sms.py', (value) => `class Sms:\n    api_key = "${value}"\n`, 2, TOKEN],
  [
    'a parameter that a program sets',
    'addons/a/hooks.py',
    (value) => `def x(env):\n    env['a'].set_param('sms.api_key', '${value}')\n`,
    2,
    TOKEN,
  ],
  ['JavaScript', 'addons/a/static/src/map.js', (value) => `const o = {\n  apiKey: '${value}' };\n`, 2, TOKEN],
  ['a key of Supabase in a note', 'README.md', (value) => `Use\n\`sb_secret_${value}\`\n`, 2, TOKEN],
  ['a live key of Stripe', 'notes.txt', (value) => `x sk_live_${value}\n`, 1, TOKEN],
  ...Object.entries(SAMPLES).map(([rule, [first]]): (typeof SEEDED)[number] => [
    `what ${rule} knows`,
    first!.path,
    () => first!.text,
    1,
    first!.value,
  ]),
];

describe('rule no-secrets', () => {
  for (const [what, path, text, line, value = PASSWORD] of SEEDED) {
    it(`finds ${what}, at its line, and tells nothing of it`, async () => {
      const findings = await findingsOf({ [path]: text(value) });
      assert.equal(findings.length, 1, JSON.stringify(findings));
      const [finding] = findings;
      assert.deepEqual([finding?.rule, finding?.severity, finding?.file, finding?.range?.start.line], ['no-secrets', 'error', path, line]);
      assert.match(finding?.fix ?? '', /rotate it/);
      for (const secret of [value, base64(value)])
        for (let at = 0; at + 5 <= secret.length; at++) assert.ok(!JSON.stringify(findings).includes(secret.slice(at, at + 5)));
    });
  }

  it('marks the value and nothing else', async () => {
    const text = `services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: "${PASSWORD}"\n`;
    const [finding] = await findingsOf({ 'compose.yml': text });
    assert.deepEqual(finding?.range, { start: { line: 4, column: 27 }, end: { line: 4, column: 27 + PASSWORD.length } });
    const [inXml] = await findingsOf({ 'a/data/x.xml': record('payment.provider', { api_key: TOKEN }) });
    assert.deepEqual(inXml?.range, { start: { line: 4, column: 23 }, end: { line: 4, column: 23 + TOKEN.length } });
    const [inCsv] = await findingsOf({ 'a/data/res.users.csv': `id,password\nx,${TOKEN}\n` });
    assert.deepEqual(inCsv?.range, { start: { line: 2, column: 3 }, end: { line: 2, column: 3 + TOKEN.length } });
  });

  it('passes templates with what §7.1 allows, and words that everybody tries first', async () => {
    for (const [path, text] of [
      ['.env.template', 'DB_PASSWORD=CHANGE_ME\nAPI_KEY=REPLACE_WITH_REAL_KEY\nTOKEN=<your token>\nSECRET=\nX_KEY=${X_KEY}\n'],
      ['odoo.conf', '[options]\nadmin_passwd = admin\ndb_password = False\nsmtp_password = %(x)s\n; admin_passwd = admin\n'],
      ['compose.yml', 'services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: odoo\n      PASSWORD_FILE: /run/secrets/x\n'],
      [
        '.github/workflows/ci.yml',
        'jobs:\n  a:\n    env:\n      DB_PASSWORD: ${{ secrets.DB_PASSWORD }}\n      TOKEN: ${{ github.token }}\n',
      ],
      ['Dockerfile.dev', "FROM odoo:19\nRUN echo '\\\nadmin_passwd = admin\\n\\\ndb_password = odoo\\n\\\n' > x\n"],
      ['k8s/s.yaml', `kind: SealedSecret\nspec:\n  encryptedData:\n    password: AgB${randomText(200)}\n`],
      [
        'k8s/sops.yaml',
        `kind: Secret\ndata:\n  password: ENC[AES256_GCM,data:${randomText(12)},iv:x,tag:y,type:str]\nsops:\n  version: 3\n`,
      ],
      ['group_vars/all.yml', `db_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6338${'37'.repeat(20)}\n`],
      ['a/data/x.xml', record('ir.config_parameter', { key: 'web.base.url', value: 'https://erp.acme.ph' })],
      ['a/data/u.xml', record('res.users', { login: 'demo', password: 'demo' })],
      [
        'a/views/v.xml',
        '<odoo><record model="ir.ui.view"><field name="arch" type="xml"><field name="password" password="True"/></field></record></odoo>',
      ],
      [
        'a/models/x.py',
        "api_key = fields.Char('API key')\nTOKEN_URL = 'https://acme.ph/oauth2/token/v2'\nsecret = 'account_payment_secret_2'\n",
      ],
      ['deploy.sh', 'PASSWORD=$1\nTOKEN="$(cat /run/secrets/token)"\nexport API_KEY=${API_KEY:?}\n'],
    ] as const)
      assert.deepEqual(await told(path, text), [], path);
  });

  it('warns of a word that everybody tries first where a stage runs with it', async () => {
    const text = 'services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: odoo\n';
    assert.deepEqual(await told('deploy/production/compose.yml', text), ['warning 4']);
    assert.deepEqual(await told('compose.staging.yml', text), ['warning 4']);
    assert.deepEqual(await told('compose.dev.yml', text), []);
    assert.equal(
      (await findingsOf({ 'live.yml': text }, undefined, 'version: 1\npolicy: { stages: { live.yml: production } }\n')).length,
      1,
    );
  });

  it('warns in tests of what is certain, and passes what only a name tells', async () => {
    assert.deepEqual(await told('a/tests/data/sp.key', SAMPLES['privatekey']![0]!.text), ['warning 1']);
    assert.deepEqual(await told('a/tests/common.yml', `api_token: ${TOKEN}\n`), []);
    assert.deepEqual(await told('a/tests/test_sms.py', `api_key = "${TOKEN}"\n`), []);
  });

  it('says each place once, though two readers find it', async () => {
    assert.deepEqual(await told('.env', `AWS_SECRET_ACCESS_KEY=${TOKEN}\nDATABASE_URL=postgres://odoo:${TOKEN}@db/odoo\n`), [
      'error 1',
      'error 2',
    ]);
  });

  it('reads what is broken as far as it goes, and never throws', async () => {
    for (const [path, text] of [
      ['a.yml', `db:\n  password: ${PASSWORD}\n\t- [`],
      ['a.yml', `${'- '.repeat(5000)}x: {password: ${TOKEN}}`],
      ['a.yml', `${'{a: '.repeat(5000)}password: b`],
      ['a/data/x.xml', `<odoo><record model="res.users"><field name="password">${PASSWORD}`],
      ['a/data/res.users.csv', `password\n"${PASSWORD}\n`],
      ['a.json', `{"API_TOKEN": "${TOKEN}", `],
      ['odoo.conf', `[options\nadmin_passwd`],
    ] as const)
      await assert.doesNotReject(findingsOf({ [path]: text }), path);
  });

  it('is quick and quiet where there is much text and nothing in it', async () => {
    const hashes = Array.from({ length: 5000 }, (_, at) => `"integrity": "sha512-${randomText(86, at + 1)}==", "key": "k${at}",`).join(
      '\n',
    );
    const minified = `var a={${'token:"x",password:b.password,apiKey:e.key,'.repeat(30_000)}};`;
    const files = {
      'package-lock.json': hashes,
      'a/static/lib/x.min.js': minified,
      'a/static/src/x.js': minified,
      'i18n/de.po': 'msgid "password"\n'.repeat(50_000),
      'a.svg': `<svg>${randomText(1e6)}</svg>`,
      'tls/ca.pem': `-----BEGIN CERTIFICATE-----\n${randomText(2000)}\n-----END CERTIFICATE-----\n`,
      'x.conf': `password ${' '.repeat(100_000)}\n`,
      'x.sql': 'key = \n'.repeat(100_000),
    };
    const begin = performance.now();
    assert.deepEqual(await findingsOf(files), []);
    assert.ok(performance.now() - begin < 1500, `${performance.now() - begin} ms`);
  });

  it('tells what a commit put in and another took out, once, and leaves to the file what it still shows', async () => {
    const [secret] = await secretsIn('.env', `A=1\nDB_PASSWORD=${PASSWORD}\n`);
    const commits = [{ commit: 'a'.repeat(40), file: '.env', secret: secret! }];
    const [finding, ...more] = await findingsOf({ '.env': 'A=1\n' }, commits);
    assert.deepEqual([finding?.file, finding?.severity, more], [null, 'error', []]);
    assert.match(finding?.message ?? '', /^Commit aaaaaaaaaa puts a secret into line 2 of \.env: DB_PASSWORD is "Tr0…" \(13 characters\)/);
    assert.match(finding?.fix ?? '', /rotate it/);
    assert.deepEqual(
      (await findingsOf({ '.env': `DB_PASSWORD=${PASSWORD}\n` }, commits)).map(({ file }) => file),
      ['.env'],
    );
  });

  it('never tells more than four characters of a value, whatever it is and wherever it stands', async () => {
    const places = [
      (value: string) => ['.env', `DB_PASSWORD=${value}\nAPI_KEY="${value}"\n`],
      (value: string) => ['odoo.conf', `[options]\nadmin_passwd = ${value}\n`],
      (value: string) => ['compose.yml', `environment:\n  API_TOKEN: '${value}'\n  URL: "amqp://odoo:${value}@mq/x"\n`],
      (value: string) => ['s.yaml', `kind: Secret\ndata:\n  password: ${base64(value)}\n`],
      (value: string) => ['a/data/x.xml', record('ir.config_parameter', { key: 'sms.api_key', value })],
      (value: string) => ['a/data/res.users.csv', `id,password\nx,${value}\n`],
      (value: string) => ['x.py', `api_key = "${value}"\n`],
      (value: string) => ['x.txt', `https://ana:${value}@acme.ph/ npm_${value} postgres://odoo:${value}@db/odoo`],
    ] as const;
    const values = fc.stringMatching(/^[A-HJ-NP-Z2-9_/+=.~$%-]{6,60}$/);
    let found = 0;
    await fc.assert(
      fc.asyncProperty(values, fc.constantFrom(...places), async (value, place) => {
        const [path = '', text = ''] = place(value);
        const findings = await findingsOf({ [path]: text });
        found += findings.length;
        const shown = JSON.stringify(findings.map(({ message, fix }) => [message, fix]));
        for (let at = 0; at + 5 <= value.length; at++) assert.ok(!shown.includes(value.slice(at, at + 5)), shown);
      }),
      { numRuns: 400 },
    );
    assert.ok(found > 100, `only ${found} were found at all`);
  });

  it('has nothing to say of this repository itself', async () => {
    const paths = execFileSync('git', ['ls-files', '-z'], { cwd: PACKAGE_ROOT, encoding: 'utf8' })
      .split('\0')
      .filter((path) => path !== '');
    const files: Record<string, string> = {};
    for (const path of paths) {
      if (!SECRET_READERS.some(({ reads }) => reads(path))) continue;
      const { content } = await readContent(PACKAGE_ROOT, path);
      if (content.is === 'text') files[path] = content.text;
    }
    assert.ok(Object.keys(files).length > 300);
    assert.deepEqual(await findingsOf(files), []);
    assert.equal(decode(readFileSync(join(PACKAGE_ROOT, 'media/icon.png'))).is, 'binary');
  });
});
