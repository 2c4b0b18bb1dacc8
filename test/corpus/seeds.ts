import type { Rule } from '../../src/core/policy/finding.ts';
import type { Blocker } from '../../src/core/promotion/linear.ts';
import type { RepositoryFacts } from '../../src/core/policy/rule.ts';
import { SAMPLE_FILES } from '../fixtures/sample-files.ts';

/** One breakage of the sample repository: files that take the place of its own, and the rule that has to find it. */
export interface Seed {
  rule: Rule;
  name: string;
  /** null: the file is gone. */
  files: Readonly<Record<string, string | null>>;
  /** Where it has to be found. */
  file: string | null;
  /** What is not in the files. */
  facts?: Partial<RepositoryFacts>;
}

const ADDONS = ['odoo', 'oca', 'ipai', 'ipai_meta'].map((name) => `/workspaces/odoo/addons/${name}`);
const original = (path: string): string => {
  const text = SAMPLE_FILES[path];
  if (text === undefined) throw new Error(`The sample has no ${path}.`);
  return text;
};
/** The sample's file with one text in the place of another, which has to be there. */
function replaced(path: string, from: string | RegExp, to: string): Record<string, string> {
  const text = original(path).replace(from, () => to);
  if (text === original(path)) throw new Error(`${path} has no ${String(from)}.`);
  return { [path]: text };
}
const seed = (rule: Rule, name: string, files: Seed['files'], file: string | null = Object.keys(files)[0] ?? null): Seed => ({
  rule,
  name,
  files,
  file,
});

// ── §5.2 ──
const WRONG_PATHS: Readonly<Record<string, readonly string[]>> = {
  'two folders swapped': [ADDONS[0]!, ADDONS[2]!, ADDONS[1]!, ADDONS[3]!],
  'one folder missing': ADDONS.slice(0, 3),
  'one folder besides': [...ADDONS, '/opt/extra-addons'],
};
const SURFACES: Readonly<Record<string, (paths: string) => string>> = {
  'compose.yml': (paths) => replaced('compose.yml', ADDONS.join(','), paths)['compose.yml']!,
  'config/odoo.conf.template': (paths) => replaced('config/odoo.conf.template', ADDONS.join(','), paths)['config/odoo.conf.template']!,
  'deploy/odoo.staging.conf': (paths) => replaced('deploy/odoo.staging.conf', ADDONS.join(','), paths)['deploy/odoo.staging.conf']!,
  'deploy/odoo.production.conf': (paths) =>
    replaced('deploy/odoo.production.conf', ADDONS.join(','), paths.split(',').join(',\n    '))['deploy/odoo.production.conf']!,
  'docs/install.md': (paths) => `# Install\n\nStart it:\n\n\`\`\`sh\nodoo-bin --addons-path=${paths} -d team\n\`\`\`\n`,
  'docker/Dockerfile': (paths) =>
    `FROM odoo:19.0@sha256:df6183394acea9c0451c53d314f134404ecda3d6b66a14543e91dbf7ba942e34\nCMD ["odoo", "--addons-path=${paths}"]\n`,
  '.devcontainer/devcontainer.json': (paths) =>
    `{\n  // The team's container.\n  "image": "odoo:19.0@sha256:df6183394acea9c0451c53d314f134404ecda3d6b66a14543e91dbf7ba942e34",\n  "containerEnv": { "ODOO_STAGE": "development", "ODOO_ADDONS_PATH": "${paths}", "ODOO_LIMIT_TIME_REAL_CRON": "0" },\n}\n`,
  'deploy/k8s/odoo.yaml': (paths) => kubernetes(`odoo, --addons-path=${paths.replaceAll(',', '\\,')}`, 'development'),
  Procfile: (paths) => `web: odoo-bin --addons-path ${paths}\n`,
  'scripts/start.sh': (paths) => `#!/bin/sh\nexec odoo-bin \\\n  --addons-path="${paths}" \\\n  -d team\n`,
};
function kubernetes(command: string, stage: string | null): string {
  const words = command.split(', ').map((word) => `"${word.replaceAll('\\,', ',')}"`);
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: odoo
spec:
  selector: { matchLabels: { app: odoo } }
  template:
    metadata: { labels: { app: odoo } }
    spec:
      containers:
        - name: odoo
          image: odoo:19.0@sha256:df6183394acea9c0451c53d314f134404ecda3d6b66a14543e91dbf7ba942e34
          args: [${words.join(', ')}, "--limit-time-real-cron=0"]
${stage === null ? '' : `          env:\n            - name: ODOO_STAGE\n              value: ${stage}\n`}`;
}
const addonsPath = Object.entries(SURFACES).flatMap(([path, text]) =>
  Object.entries(WRONG_PATHS).map(([name, paths]) => seed('addons-path-order', `${name} in ${path}`, { [path]: text(paths.join(',')) })),
);

// ── §3.2 ──
const STAGING = 'deploy/compose.staging.yml';
const PRODUCTION = 'deploy/compose.production.yml';
const odooStage = [
  ...(['compose.yml', STAGING, PRODUCTION] as const).flatMap((path) => [
    seed('odoo-stage', `no ODOO_STAGE in ${path}`, {
      [path]: original(path)
        .replace(/ *ODOO_STAGE: \w+\n/, '')
        .replace(/ {4}environment:\n(?= {4}\w)/, ''),
    }),
    seed('odoo-stage', `no stage in ${path}`, { [path]: original(path).replace(/ODOO_STAGE: \w+/, 'ODOO_STAGE: live') }),
    seed('odoo-stage', `an empty stage in ${path}`, { [path]: original(path).replace(/ODOO_STAGE: \w+/, "ODOO_STAGE: ''") }),
  ]),
  seed('odoo-stage', 'production that says it is staging', replaced(PRODUCTION, 'ODOO_STAGE: production', 'ODOO_STAGE: staging')),
  seed('odoo-stage', 'staging that says it is production', replaced(STAGING, 'ODOO_STAGE: staging', 'ODOO_STAGE: production')),
  seed('odoo-stage', 'no ODOO_STAGE in Kubernetes', { 'deploy/k8s/odoo.yaml': kubernetes('odoo', null) }),
  seed('odoo-stage', 'no stage in Kubernetes', { 'deploy/k8s/odoo.yaml': kubernetes('odoo', 'test') }),
  seed('odoo-stage', 'no stage in the dev container', {
    '.devcontainer/devcontainer.json': SURFACES['.devcontainer/devcontainer.json']!(ADDONS.join(',')).replace('"development"', '"devel"'),
  }),
];

// ── §3.3 ──
const STAGING_CONF = 'deploy/odoo.staging.conf';
const withVariable = (line: string) => replaced(STAGING, '      ODOO_STAGE: staging\n', `      ODOO_STAGE: staging\n      ${line}\n`);
const INTEGRATIONS = `version: 1
policy:
  integrations:
    - name: slack
      variables: [SLACK_WEBHOOK_URL]
    - name: n8n
      variables: [N8N_URL]
      test_values: ["http://n8n.test/**"]
`;
const stagingNeutralised = [
  seed('staging-neutralised', 'crons run', replaced(STAGING_CONF, 'max_cron_threads = 0', 'max_cron_threads = 2')),
  seed('staging-neutralised', 'one cron thread', replaced(STAGING_CONF, 'max_cron_threads = 0', 'max_cron_threads = 1')),
  seed('staging-neutralised', 'nothing said of crons', replaced(STAGING_CONF, 'max_cron_threads = 0\n', ''), null),
  seed('staging-neutralised', 'mail goes out', replaced(STAGING_CONF, 'smtp_server = mailpit', 'smtp_server = smtp.sendgrid.net')),
  seed(
    'staging-neutralised',
    'mail goes to the company',
    replaced(STAGING_CONF, 'smtp_server = mailpit', 'smtp_server = mail.example.com'),
  ),
  seed(
    'staging-neutralised',
    'mail goes out by an argument',
    replaced(STAGING, 'odoo --config=/etc/odoo/odoo.conf', 'odoo --config=/etc/odoo/odoo.conf --smtp=smtp.gmail.com'),
  ),
  ...[
    'SMTP_HOST: smtp.mailgun.org',
    'ODOO_SMTP_SERVER: smtp.office365.com',
    'MAIL_HOST: smtp.example.com',
    'SMTP_SERVER: mail.example.com',
  ].map((line) => seed('staging-neutralised', `mail goes out by ${line}`, withVariable(line))),
  ...['SLACK_WEBHOOK_URL: https://chat.example.com/hook', 'N8N_URL: https://n8n.example.com/webhook'].map((line) =>
    seed('staging-neutralised', `an integration is on: ${line}`, { ...withVariable(line), 'odoo-ops.yml': INTEGRATIONS }, STAGING),
  ),
  ...[
    'PAYMENT_KEY: ${STRIPE_PRODUCTION_KEY}',
    'API_TOKEN: ${PROD_API_TOKEN}',
    'PROD_DB_PASSWORD: ${DB_PASSWORD}',
    'PAYMONGO_SECRET: ${PAYMONGO_LIVE_SECRET}',
  ].map((line) => seed('staging-neutralised', `a production secret: ${line}`, withVariable(line))),
  seed(
    'staging-neutralised',
    'the database password of production',
    replaced(STAGING, '${STAGING_DB_PASSWORD}', '${PRODUCTION_DB_PASSWORD}'),
  ),
  seed(
    'staging-neutralised',
    'the same external network as production',
    {
      [STAGING]: original(STAGING).replace('    internal: true', '    external: true\n    name: company'),
      [PRODUCTION]: original(PRODUCTION).replace('    driver: bridge', '    external: true\n    name: company'),
    },
    STAGING,
  ),
];

// ── §4.2: what history says comes as facts; test/runtime/promotion has them from real histories. ──
const BLOCKERS: readonly Blocker['code'][] = ['unrelated', 'not-fast-forward', 'direct-commit', 'cherry-pick', 'skipped-staging'];
const linearPromotion = BLOCKERS.map((code) => ({
  ...seed('linear-promotion', code, {}),
  facts: { blockers: [{ code, message: `It is ${code}.`, hint: 'Promote.', commits: [] }] },
}));

// ── §5.1, §5.3 ──
const DIGEST = /@sha256:[0-9a-f]{64}/;
const reproducibleBuild = [
  ...['compose.yml', STAGING, PRODUCTION].flatMap((path) => [
    seed('reproducible-build', `an image by its tag in ${path}`, replaced(path, DIGEST, '')),
    seed('reproducible-build', `the latest image in ${path}`, replaced(path, new RegExp(`:19\\.0${DIGEST.source}`), ':latest')),
    seed('reproducible-build', `an image without a tag in ${path}`, replaced(path, new RegExp(`:19\\.0${DIGEST.source}`), '')),
  ]),
  ...['odoo:19.0', 'odoo:latest', 'odoo', 'ghcr.io/acme/odoo:main'].map((image) =>
    seed('reproducible-build', `FROM ${image}`, { Dockerfile: `FROM ${image}\nCOPY addons/ipai /workspaces/odoo/addons/ipai\n` }),
  ),
  ...['actions/checkout@v4', 'actions/checkout@main', 'docker/build-push-action@v6'].map((action) =>
    seed('reproducible-build', `uses: ${action}`, replaced('.github/workflows/check.yml', /actions\/checkout@\w+ # v4\.2\.2/, action)),
  ),
  seed('reproducible-build', 'no lock file', { 'requirements.txt.lock': null }, 'requirements.txt'),
  seed('reproducible-build', 'no requirements', { 'requirements.txt': null, 'requirements.txt.lock': null }, null),
  seed('reproducible-build', 'a branch of a Python package', {
    'requirements.txt': 'phonenumbers==8.13.50\ngit+https://github.com/acme/tools.git@main\n',
  }),
  seed('reproducible-build', 'a Python package without a commit', {
    'requirements.txt': 'acme-tools @ git+https://github.com/acme/tools.git\n',
  }),
];

// ── §7.1: pieces are put together here, so that no scanner takes this file for a leak. ──
const join = (...parts: readonly string[]): string => parts.join('');
const SECRETS: Readonly<Record<string, string>> = {
  'a GitHub token': join('ghp', '_', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'),
  'a Slack token': join('xoxb', '-123456789012-1234567890123-', 'Rt4bQpLm9XzKv2NcWd8YsHgE'),
  'an AWS secret': join('AWS_SECRET_ACCESS_KEY=', 'wJalrXUtnFEMI/K7MDENG', '/bPxRfiCYzT0pQLaKEY'),
  'a private key': join(
    '-----BEGIN RSA ',
    'PRIVATE KEY-----\n',
    'MIIEpAIBAAKCAQEAx7V9Qm3kT2yR8pL5sWn4Zc6Df1Gh0Jb'.repeat(8),
    '\n-----END RSA ',
    'PRIVATE KEY-----',
  ),
  'a database URL': join('postgres', '://odoo:', 'Gx7tPq2LmZ', '@db.acme.io:5432/odoo'),
  'an npm token': join('//registry.npmjs.org/:_authToken=', 'npm', '_', 'k9Lq3XvT7bZp2NwRd5YsHgEc8MfUa4JiQo1V'),
  'a SendGrid key': join('SG', '.', 'Xb3kPq9LmTz7NvRd5YsHgE', '.', 'c8MfUa4JiQo1VwWPw5k4aXcaT4fNP0UcnZwJUVFk6LO'),
};
const PLACES: Readonly<Record<string, (secret: string) => string>> = {
  'scripts/tool.py': (secret) => `"""Tool."""\nVALUE = """${secret}"""\n`,
  'docs/how.md': (secret) => `# How\n\n\`\`\`\n${secret}\n\`\`\`\n`,
  'config/settings.yml': (secret) => `value: |\n  ${secret.replaceAll('\n', '\n  ')}\n`,
};
const ODOO_SECRETS: Readonly<Record<string, string>> = {
  'config/odoo.conf.template': original('config/odoo.conf.template').replace('CHANGE_ME', 'Gx7tPq2LmZ9v'),
  'deploy/odoo.production.conf': `${original('deploy/odoo.production.conf')}admin_passwd = Hq8wZr3TnB5y\n`,
  'deploy/odoo.staging.conf': `${original('deploy/odoo.staging.conf')}smtp_password = Vm4kXc9RtL2p\n`,
  '.env.template': original('.env.template').replace('STAGING_DB_PASSWORD=CHANGE_ME', 'STAGING_DB_PASSWORD=Wd6nJs1QyF8u'),
  'compose.yml': original('compose.yml').replace(
    'ODOO_STAGE: development',
    'ODOO_STAGE: development\n      PAYMENT_API_KEY: Bt5gKp7ZxR3mQw9L',
  ),
  'addons/ipai/ipai_loyalty/data/ir_config_parameter.xml': `<odoo>\n    <record id="token" model="ir.config_parameter">\n        <field name="key">loyalty.api_token</field>\n        <field name="value">Kf9sTz4QpV7wXn2LmRb6</field>\n    </record>\n</odoo>\n`,
  'addons/ipai/ipai_loyalty/data/res_users.xml': `<odoo>\n    <record id="robot" model="res.users">\n        <field name="login">robot</field>\n        <field name="password">Zp3vHs8KqW5nTx</field>\n    </record>\n</odoo>\n`,
  'addons/ipai/ipai_loyalty/data/ir.config_parameter.csv': `id,key,value\ntoken,loyalty.secret_key,Yc7dNw2RmKq9VtXs4Lp\n`,
  'deploy/k8s/secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata:\n  name: odoo\nstringData:\n  password: Jr5xQm8TzBn3Wk\n`,
};
const noSecrets = [
  ...Object.entries(PLACES).flatMap(([path, text]) =>
    Object.entries(SECRETS).map(([name, secret]) => seed('no-secrets', `${name} in ${path}`, { [path]: text(secret) })),
  ),
  ...Object.entries(ODOO_SECRETS).map(([path, text]) => seed('no-secrets', `Odoo's own in ${path}`, { [path]: text })),
];

// ── §7.2 ──
const NOTES = 'supabase/migrations/20260301000000_notes.sql';
const rowLevelSecurity = [
  seed('row-level-security', 'not enabled', replaced(NOTES, /alter table ops\.notes enable.*\n/, '')),
  seed('row-level-security', 'not forced', replaced(NOTES, /alter table ops\.notes force.*\n/, '')),
  ...[
    'alter table ops.notes disable row level security;',
    'alter table ops.builds no force row level security;',
    'drop policy client_isolation on ops.notes;',
    'create policy everybody on ops.notes for select using (true);',
    'grant select on ops.notes to anon;',
    'alter table ops.evidence disable trigger user;',
    'drop trigger finished_rows on ops.deployments;',
    'create table ops.clients_notes (id int, client_id text);',
    'alter table only "ops"."promotions" disable row level security;',
    'grant all on table ops.metrics to public;',
  ].map((sql) => seed('row-level-security', sql, { 'supabase/migrations/20260302000000_more.sql': `${sql}\n` })),
];

// ── §8.1 ──
const PRODUCTION_CONF = 'deploy/odoo.production.conf';
const TOOL = 'addons/ipai/ipai_loyalty/models/tool.py';
const inModel = (above: string, body: string): Record<string, string> => ({
  [TOOL]: `from odoo import api, models\n\n${above}\n\n\nclass Tool(models.Model):\n    _name = "loyalty.tool"\n    _description = "Tool"\n\n    def act(self, key, value):\n${body
    .split('\n')
    .map((line) => `        ${line}\n`)
    .join('')}`,
});
const workerRecycling = [
  ...[STAGING_CONF, PRODUCTION_CONF].flatMap((path) => [
    seed('worker-recycling', `many requests in ${path}`, replaced(path, 'limit_request = 8192', 'limit_request = 65536')),
    seed('worker-recycling', `much memory in ${path}`, replaced(path, 'limit_memory_soft = 536870912', 'limit_memory_soft = 2147483648')),
  ]),
  seed('worker-recycling', 'no limit of requests', replaced(PRODUCTION_CONF, 'limit_request = 8192\n', ''), null),
  seed('worker-recycling', 'no limit of memory', replaced(PRODUCTION_CONF, 'limit_memory_soft = 536870912\n', ''), null),
  ...(
    [
      ['CACHE = {}', 'CACHE[key] = value'],
      ['CACHE = dict()', 'CACHE.update({key: value})'],
      ['SEEN = set()', 'SEEN.add(key)'],
      ['QUEUE = []', 'QUEUE.append(value)'],
      ['from collections import defaultdict\n\nTOTALS = defaultdict(int)', 'TOTALS[key] += 1'],
      ['from collections import deque\n\nLAST = deque(maxlen=10)', 'LAST.append(value)'],
      ['COUNT = 0', 'global COUNT\nCOUNT += 1'],
      ['CACHE = {}', 'CACHE.setdefault(key, value)'],
      ['CACHE = {}', 'del CACHE[key]'],
      ['import threading', 'threading.Thread(target=self.search, args=([],)).start()'],
      ['import threading', 'threading.Timer(60, self.search).start()'],
      ['from concurrent.futures import ThreadPoolExecutor\n\nPOOL = ThreadPoolExecutor(4)', 'POOL.submit(self.search)'],
      ['LAST = []', 'LAST[:] = [value]'],
      ['CACHE = {}', 'CACHE.pop(key, None)'],
      ['ONCE = set()', 'ONCE.discard(key)'],
      ['from collections import OrderedDict\n\nRECENT = OrderedDict()', 'RECENT[key] = value'],
      ['STATE = {"last": None}', 'STATE["last"] = value'],
    ] as const
  ).map(([above, body]) =>
    seed('worker-recycling', `${above.split('\n').at(-1) ?? ''}, then ${body.split('\n').at(-1) ?? ''}`, inModel(above, body)),
  ),
];

// ── §8.2 ──
const CRON = 'addons/ipai/ipai_loyalty/data/ir_cron.xml';
const callsTool = original(CRON)
  .replace('base.model_res_partner', 'model_loyalty_tool')
  .replace('model.search([])._compute_loyalty_level()', 'model._cron_act()');
const inCron = (body: string): Record<string, string> => ({
  [TOOL]: inModel('import time', body)[TOOL]!.replace('def act(self, key, value)', 'def _cron_act(self)'),
  [CRON]: callsTool,
});
const cronLimits = [
  seed('cron-limits', 'staging without a limit', replaced(STAGING_CONF, 'limit_time_real_cron = 600', 'limit_time_real_cron = 0')),
  seed('cron-limits', 'staging for an hour', replaced(STAGING_CONF, 'limit_time_real_cron = 600', 'limit_time_real_cron = 3600')),
  seed('cron-limits', 'production without a limit', replaced(PRODUCTION_CONF, 'limit_time_real_cron = 300', 'limit_time_real_cron = 0')),
  seed('cron-limits', 'production as staging', replaced(PRODUCTION_CONF, 'limit_time_real_cron = 300', 'limit_time_real_cron = 600')),
  seed('cron-limits', 'no interval_number', replaced(CRON, /.*interval_number.*\n/, '')),
  seed('cron-limits', 'no interval_type', replaced(CRON, /.*interval_type.*\n/, '')),
  seed('cron-limits', 'an interval of nothing', replaced(CRON, '"interval_number">1<', '"interval_number">0<')),
  seed('cron-limits', 'an interval that Odoo does not know', replaced(CRON, '>days<', '>years<')),
  seed('cron-limits', 'sleeps', inCron('time.sleep(60)'), TOOL),
  seed('cron-limits', 'sleeps in a loop', inCron('for record in self.search([]):\n    time.sleep(1)'), TOOL),
  seed('cron-limits', 'sleeps for as long as it takes', inCron('while not self.search_count([]):\n    time.sleep(5)'), TOOL),
  seed('cron-limits', 'a negative interval', replaced(CRON, '"interval_number">1<', '"interval_number">-1<')),
  seed('cron-limits', 'a record of CSV without an interval', {
    'addons/ipai/ipai_loyalty/data/ir.cron.csv':
      'id,name,model_id:id,state,code\ncron_two,Second,base.model_res_partner,code,model.search([])\n',
  }),
  seed('cron-limits', 'loops without end', inCron('while True:\n    self.search([])'), TOOL),
];

// ── §8.3 ──
const CADDY = 'deploy/Caddyfile';
const productionLimits = [
  ...['0', '1', '3', '9', '32'].map((workers) =>
    seed('production-limits', `${workers} workers`, replaced(PRODUCTION_CONF, 'workers = 4', `workers = ${workers}`)),
  ),
  seed('production-limits', 'nothing said of workers', replaced(PRODUCTION_CONF, 'workers = 4\n', ''), null),
  ...['64', '200'].map((size) =>
    seed('production-limits', `a pool of ${size}`, replaced(PRODUCTION_CONF, 'db_maxconn = 20', `db_maxconn = ${size}`)),
  ),
  seed('production-limits', 'nothing said of the pool', replaced(PRODUCTION_CONF, 'db_maxconn = 20\n', ''), null),
  ...['1m', '10m', '0', '2g'].map((size) =>
    seed('production-limits', `nginx with ${size}`, {
      'deploy/nginx.production.conf': `upstream odoo { server odoo:8069; }\nserver {\n  server_name www.example.com;\n  client_max_body_size ${size};\n  location / { proxy_pass http://odoo; }\n}\n`,
    }),
  ),
  seed('production-limits', 'nginx and its own default', {
    'deploy/nginx.production.conf': 'server {\n  location / { proxy_pass http://odoo:8069; }\n}\n',
  }),
  seed('production-limits', 'small requests', replaced(CADDY, '50MB', '10MB')),
  seed('production-limits', 'huge requests', replaced(CADDY, '50MB', '2GB')),
  seed('production-limits', 'requests of any size', replaced(CADDY, /\trequest_body \{[^}]*\}\n/, '')),
];

// ── §2.1, §2.3 ──
const COPY = 'supabase/migrations/20260303000000_copy.sql';
const noShadowLedger = [
  ...[
    'public.account_move',
    'account_move_line',
    'odoo.sale_order',
    'public.stock_quant',
    '"purchase_order"',
    'raw.odoo_account_payment',
  ].map((table) =>
    seed('no-shadow-ledger', `create table ${table}`, { [COPY]: `create table ${table} (\n  id bigint primary key,\n  name text\n);\n` }),
  ),
  seed('no-shadow-ledger', 'a script that writes', {
    'scripts/fix_invoices.py':
      'import psycopg2\n\ncursor = psycopg2.connect("dbname=odoo").cursor()\ncursor.execute("UPDATE account_move SET state = %s WHERE id = %s", ("posted", 1))\n',
  }),
  seed('no-shadow-ledger', 'a script that inserts', {
    'scripts/import.mjs':
      "import pg from 'pg';\nconst client = new pg.Client();\nawait client.query(`INSERT INTO sale_order (name) VALUES ($1)`, ['x']);\n",
  }),
  seed('no-shadow-ledger', 'a function that deletes', {
    'supabase/functions/sync/index.ts': 'await sql`delete from stock_quant where quantity = 0`;\n',
  }),
  seed('no-shadow-ledger', 'supabase-js that copies', {
    'supabase/functions/copy/index.ts': "await supabase.from('account_move').upsert(rows);\n",
  }),
  ...['res_partner', 'public.crm_lead', 'stock_move', 'hr_expense', 'project_task', 'pos_order'].map((table) =>
    seed('no-shadow-ledger', `create table ${table} as a copy`, {
      [COPY]: `create table if not exists ${table} (id bigint, name text, odoo_id bigint);\n`,
    }),
  ),
  seed('no-shadow-ledger', 'a shell script that writes', {
    'scripts/close.sh': '#!/bin/sh\npsql "$DATABASE_URL" <<SQL\nUPDATE account_move SET state = \'cancel\';\nSQL\n',
  }),
  seed('no-shadow-ledger', 'a workflow that writes', {
    '.github/workflows/close.yml':
      'on: workflow_dispatch\njobs:\n  close:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: psql "$DATABASE_URL" -c "DELETE FROM sale_order WHERE state = \'cancel\'"\n',
  }),
  seed('no-shadow-ledger', 'SQL that writes', {
    'scripts/close.sql': "update account_move set state = 'cancel' where date < '2020-01-01';\n",
  }),
];

export const SEEDS: readonly Seed[] = [
  ...addonsPath,
  ...odooStage,
  ...stagingNeutralised,
  ...linearPromotion,
  ...reproducibleBuild,
  ...noSecrets,
  ...rowLevelSecurity,
  ...workerRecycling,
  ...cronLimits,
  ...productionLimits,
  ...noShadowLedger,
];
