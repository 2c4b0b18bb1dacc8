import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentIdentity } from '../../src/core/pr-environments/names.ts';
import { environmentConf } from '../../src/core/pr-environments/odoo-conf.ts';

const PASSWORD = 'p%(db_name)s;#$x=: [options]';
const identity = environmentIdentity({ project: 'acme-1a2b3c', number: 12, branch: 'fix/x', host: 'pr-<number>-<slug>.example.com' });

/** Needs ODOO_HOME. */
describe('odoo.conf of an environment, read by a real Odoo 19', function () {
  this.timeout(60_000);
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'odoo-conf-'));
  });
  after(() => rm(root, { recursive: true, force: true }));

  it('sets every option as meant, and Odoo warns of none', async function () {
    const home = process.env['ODOO_HOME'];
    if (home === undefined) {
      console.log('      skipped: ODOO_HOME is not set');
      return this.skip();
    }
    const conf = join(root, 'odoo.conf');
    const place = {
      database: { host: 'database', port: 5432 },
      mail: { host: 'mailpit', port: 1025 },
      data_dir: root,
      http: { interface: '0.0.0.0', port: 8069 },
      gevent: { port: 8072 },
    };
    await writeFile(conf, environmentConf({ identity, place, password: PASSWORD, addonsPath: [join(home, 'addons')] }));
    const script = [
      'import sys, json',
      `sys.path.insert(0, ${JSON.stringify(home)})`,
      'from odoo.tools import config',
      `config._parse_config(["-c", ${JSON.stringify(conf)}])`,
      'told = [message % args for _, message, args, _ in config._log_entries] + [message for message, *_ in config._warn_entries]',
      'print(json.dumps([{name: config[name] for name in config._file_options}, told, config.verify_admin_password(""), config.verify_admin_password("admin")]))',
    ].join('\n');
    const { status, stdout, stderr } = spawnSync(process.env['ODOO_PYTHON'] ?? '/usr/bin/python3', ['-c', script], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: root },
    });
    assert.equal(status, 0, stderr);
    const [read, told, empty, usual] = JSON.parse(stdout) as [Record<string, unknown>, string[], boolean, boolean];
    assert.deepEqual(told, []);
    assert.deepEqual([empty, usual], [false, false]);
    assert.deepEqual(read, {
      db_host: 'database',
      db_port: 5432,
      db_user: identity.database,
      db_password: PASSWORD,
      db_name: [identity.database],
      db_maxconn: 8,
      dbfilter: `^${identity.database}$`,
      list_db: false,
      admin_passwd: '',
      addons_path: [join(home, 'addons')],
      data_dir: root,
      http_interface: '0.0.0.0',
      http_port: 8069,
      gevent_port: 8072,
      proxy_mode: true,
      workers: 2,
      max_cron_threads: 0,
      limit_request: 8192,
      limit_memory_soft: 536_870_912,
      limit_memory_hard: 1_073_741_824,
      limit_time_real_cron: 600,
      smtp_server: 'mailpit',
      smtp_port: 1025,
      with_demo: false,
      log_level: 'info',
    });
  });
});
