import assert from 'node:assert/strict';
import { caddyReader } from '../../../src/adapters/formats/proxies/caddy.ts';
import { composeReader } from '../../../src/adapters/formats/containers/compose.ts';
import { nginxReader } from '../../../src/adapters/formats/proxies/nginx.ts';
import { odooConfReader } from '../../../src/adapters/formats/odoo-conf.ts';
import { traefikReader } from '../../../src/adapters/formats/proxies/traefik.ts';
import type { Edit, Finding } from '../../../src/core/policy/finding.ts';
import { productionLimits } from '../../../src/core/policy/production-limits.ts';
import { findingsOf, repositoryFacts } from '../../support/policy-facts.ts';

const READERS = [odooConfReader, composeReader, caddyReader, nginxReader, traefikReader];
const check = async (texts: Record<string, string>, configuration = ''): Promise<Finding[]> =>
  findingsOf(productionLimits, await repositoryFacts(READERS, texts, { configuration }));
const messages = async (texts: Record<string, string>, configuration?: string) =>
  (await check(texts, configuration)).map(({ severity, message }) => `${severity}: ${message}`);

const GOOD = '[options]\nworkers = 4\ndb_maxconn = 20\n';
const conf = (text: string) => ({ 'config/production/odoo.conf': text });

/** The text after its edits, from the last to the first. */
function mended(text: string, findings: readonly Finding[]): string {
  const starts = text.split('\n').reduce((all, line) => [...all, all.at(-1)! + line.length + 1], [0]);
  const offset = ({ line, column }: Edit['range']['start']): number => starts[line - 1]! + column - 1;
  return findings
    .flatMap(({ edits = [] }) => edits)
    .sort((a, b) => offset(b.range.start) - offset(a.range.start))
    .reduce((now, { range, text: put }) => now.slice(0, offset(range.start)) + put + now.slice(offset(range.end)), text);
}

describe('rule production-limits', () => {
  it('says how to declare a production where it finds none', async () => {
    const answer = productionLimits.check(
      await repositoryFacts(READERS, { 'odoo.conf': '[options]\nworkers = 0\n', 'staging/odoo.conf': GOOD }),
    );
    assert.match('not_applicable' in answer ? answer.not_applicable : '', /ODOO_STAGE.*policy\.stages/s);
    assert.equal((await check({ 'live/odoo.conf': '[options]\n' }, 'policy:\n  stages: { "live/**": production }\n')).length, 2);
  });

  it('accepts 4 to 8 workers with pools of up to 20', async () => {
    for (const workers of [4, 6, 8]) assert.deepEqual(await check(conf(`[options]\nworkers = ${workers}\ndb_maxconn = 16\n`)), []);
  });

  it('finds too few, too many, none, and no number', async () => {
    assert.deepEqual(await messages(conf('[options]\nworkers = 0\ndb_maxconn = 64\n')), [
      'error: config/production/odoo.conf (production) has workers = 0: all requests run in threads of one process.',
      'error: config/production/odoo.conf (production) has db_maxconn = 64: each of its processes may open as many connections, and §8.3 has 20.',
    ]);
    assert.deepEqual(await messages(conf('[options]\nworkers = 2\ndb_maxconn = 20\ndb_maxconn_gevent = 40\n')), [
      'error: config/production/odoo.conf (production) has workers = 2: §8.3 has 4 to 8.',
      'error: config/production/odoo.conf (production) has db_maxconn_gevent = 40: each of its processes may open as many connections, and §8.3 has 20.',
    ]);
    assert.deepEqual(await messages(conf('[options]\nworkers = many\n')), [
      'error: workers of config/production/odoo.conf (production) is "many", which is no number.',
      'error: config/production/odoo.conf (production) does not set db_maxconn: each of its processes may open 64 connections, and §8.3 has 20.',
    ]);
    assert.deepEqual(await check(conf('[options]\nworkers = {{ workers }}\ndb_maxconn = ${POOL}\ndb_maxconn_gevent = @POOL@\n')), []);
  });

  it('mends an odoo.conf by its edits', async () => {
    for (const text of ['[options]\nworkers = 12\ndb_maxconn = 64\n', '[options]\nlist_db = False\n', '[options]\nworkers = 0\n']) {
      const after = mended(text, await check(conf(text)));
      assert.deepEqual(await check(conf(after)), [], after);
    }
  });

  it('looks at what a service says by arguments and variables, and only doubts where its odoo.conf is elsewhere', async () => {
    const service = (more: string) => ({ 'compose.production.yml': `services:\n  odoo:\n    image: odoo:19.0\n${more}` });
    assert.deepEqual(await messages(service('    command: odoo --workers=9 --db_maxconn=20\n')), [
      'error: Service odoo (production) has workers = 9: §8.3 has 4 to 8.',
    ]);
    assert.deepEqual(await messages(service('    environment: { ODOO_WORKERS: "4", ODOO_DB_MAXCONN: "20" }\n')), []);
    assert.deepEqual(await messages(service('    volumes: ["/srv/odoo.conf:/etc/odoo/odoo.conf"]\n')), [
      'warning: Nothing in the repository sets workers for Service odoo (production): all requests run in threads of one process.',
      'warning: Nothing in the repository sets db_maxconn for Service odoo (production): each of its processes may open 64 connections, and §8.3 has 20.',
    ]);
    assert.deepEqual(await messages(service('    environment: { WORKERS: "4", ODOO_DB_MAXCONN: "20" }\n')), [
      'warning: Nothing in the repository sets workers for Service odoo (production): all requests run in threads of one process.',
    ]);
    assert.deepEqual(await check({ ...conf(GOOD), ...service('    command: odoo -u all --stop-after-init\n') }), []);
  });

  it('counts the connections of all processes against PostgreSQL', async () => {
    const files = (postgres: string, text = GOOD) => ({
      'compose.production.yml': `services:\n  odoo:\n    image: odoo:19.0\n    volumes: ["./odoo.conf:/etc/odoo/odoo.conf"]\n  db:\n    image: postgres:16\n${postgres}`,
      'odoo.conf': text,
    });
    assert.deepEqual(await messages(files('')), [
      'warning: The 8 processes of Service odoo may open 160 connections, and service db takes 100.',
    ]);
    assert.deepEqual(await messages(files('', `${GOOD}max_cron_threads = 1\n`)), [
      'warning: The 7 processes of Service odoo may open 140 connections, and service db takes 100.',
    ]);
    assert.deepEqual(await messages(files('    command: postgres -c max_connections=200\n')), []);
    assert.deepEqual(await messages(files('    command: ["-c", "config_file=/etc/pg.conf"]\n')), []);
    assert.deepEqual(await messages(files('', '[options]\nworkers = 4\ndb_maxconn = 12\n')), []);
  });

  it('asks proxies of production, or of no stage, for 50 MB', async () => {
    const nginx = (size: string) => `server {\n    ${size}\n    location / { proxy_pass http://odoo:8069; }\n}\n`;
    assert.deepEqual(await messages({ 'nginx/odoo.conf': nginx('client_max_body_size 50m;') }), []);
    assert.deepEqual(await messages({ 'nginx/odoo.conf': nginx('client_max_body_size 50000000;') }), []);
    assert.deepEqual(await messages({ 'nginx/odoo.conf': nginx('client_max_body_size 200m;'), 'nginx/staging/odoo.conf': nginx('') }), [
      'error: nginx takes requests of up to 209.7 MB: §8.3 has 50 MB.',
    ]);
    assert.deepEqual(await messages({ 'nginx/odoo.conf': nginx('') }), [
      'error: nginx takes requests of up to 1.0 MB, since nothing here says otherwise: §8.3 has 50 MB.',
    ]);
    assert.deepEqual(await messages({ Caddyfile: 'erp.example.com {\n\treverse_proxy odoo:8069\n}\n' }), [
      'error: Caddy lets requests of any size through to Odoo, since nothing here says otherwise: §8.3 has 50 MB.',
    ]);
  });

  it('takes the limit of nginx.conf for a server that says nothing', async () => {
    const server = 'server { location / { proxy_pass http://odoo:8069; } }\n';
    const main = (size: string) => `http {\n    client_max_body_size ${size};\n    include /etc/nginx/conf.d/*.conf;\n}\n`;
    assert.deepEqual(await check({ 'nginx/nginx.conf': main('50m'), 'nginx/conf.d/odoo.conf': server }), []);
    const [finding, ...rest] = await check({
      'nginx/nginx.conf': main('10m'),
      'nginx/conf.d/odoo.conf': server,
      'nginx/conf.d/more.conf': server,
    });
    assert.deepEqual([finding?.file, finding?.range?.start.line, rest], ['nginx/nginx.conf', 2, []]);
    assert.equal((await check({ 'nginx/nginx.conf': main('50m'), 'other/nginx/odoo.conf': server })).length, 1);
    assert.deepEqual(await check({ 'deploy/nginx/nginx.conf': main('50m'), 'deploy/sites-enabled/odoo': server }), []);
    assert.ok('not_applicable' in productionLimits.check(await repositoryFacts(READERS, { 'nginx/nginx.conf': main('10m') })));
  });

  it('leaves alone what an addon brings', async () => {
    const files = {
      'addons/iot/nginx/iot.conf': 'server { location / { proxy_pass http://odoo:8069; } }\n',
      'addons/iot/__manifest__.py': '{}',
    };
    assert.ok('not_applicable' in productionLimits.check(await repositoryFacts(READERS, files)));
  });

  it('mends proxies by its edits', async () => {
    const files: Record<string, string> = {
      'nginx/a.conf': 'server {\n    listen 80;\n    location / { proxy_pass http://odoo:8069; }\n}\n',
      'nginx/b.conf': 'server {\n    client_max_body_size 0;\n    location / { proxy_pass http://odoo:8069; }\n}\n',
      Caddyfile: 'erp.example.com {\n\treverse_proxy odoo:8069\n}\n',
      'b.caddy': 'erp.example.com {\n\trequest_body {\n\t\tmax_size 1GiB\n\t}\n\treverse_proxy odoo:8069\n}\n',
    };
    for (const [path, text] of Object.entries(files)) {
      const after = mended(text, await check({ [path]: text }));
      assert.notEqual(after, text);
      assert.deepEqual(await check({ [path]: after }), [], after);
    }
  });

  it('wants logs kept for 30 days', async () => {
    assert.deepEqual(await messages(conf(GOOD), 'control_plane: { log_retention: 90d }\n'), [
      'error: control_plane.log_retention is 90d, and §8.3 has 30 days.',
    ]);
  });
});
