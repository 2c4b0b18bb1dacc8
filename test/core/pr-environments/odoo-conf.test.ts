import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { odooConfReader } from '../../../src/adapters/formats/odoo-conf.ts';
import { parseOdooConf } from '../../../src/core/devserver/odoo-conf.ts';
import { cronLimits } from '../../../src/core/policy/cron-limits.ts';
import { stagingNeutralised } from '../../../src/core/policy/staging-neutralised.ts';
import { workerRecycling } from '../../../src/core/policy/worker-recycling.ts';
import { environmentIdentity } from '../../../src/core/pr-environments/names.ts';
import { environmentConf, type ConfOptions } from '../../../src/core/pr-environments/odoo-conf.ts';
import { findingsOf, repositoryFacts } from '../../support/policy-facts.ts';
import { rejectsWith } from '../../support/rejects.ts';

const identity = environmentIdentity({ project: 'acme-1a2b3c', number: 12, branch: 'fix/x', host: 'pr-<number>-<slug>.example.com' });
const OPTIONS: ConfOptions = {
  identity,
  place: {
    database: { host: 'database', port: 5432 },
    mail: { host: 'mailpit', port: 1025 },
    data_dir: '/var/lib/odoo',
    http: { interface: '0.0.0.0', port: 8069 },
    gevent: { port: 8072 },
  },
  password: 'p%(db_name)s;#$x=: [options]',
  addonsPath: ['/opt/code/addons/oca', '/opt/code/addons/ipai'],
};

/** What Python's RawConfigParser, which Odoo uses, reads in each of some texts. */
function readByPython(texts: readonly string[]): Record<string, string>[] {
  const script = [
    'import configparser, json, sys',
    'def read(text):',
    '    parser = configparser.RawConfigParser()',
    '    parser.read_string(text)',
    '    assert parser.sections() == ["options"], parser.sections()',
    '    return dict(parser.items("options"))',
    'print(json.dumps([read(text) for text in json.load(sys.stdin)]))',
  ].join('\n');
  const { status, stdout, stderr } = spawnSync('python3', ['-c', script], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    env: { ...process.env, PYTHONUTF8: '1' },
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Record<string, string>[];
}

describe('odoo.conf of an environment', () => {
  it('names one database, mail to the catcher, no crons and no way to the database manager', () => {
    const conf = parseOdooConf(environmentConf(OPTIONS));
    const expected = {
      db_name: 'odoo_ops_acme_1a2b3c_pr_12',
      db_user: 'odoo_ops_acme_1a2b3c_pr_12',
      dbfilter: '^odoo_ops_acme_1a2b3c_pr_12$',
      list_db: 'False',
      admin_passwd: '',
      max_cron_threads: '0',
      proxy_mode: 'True',
      smtp_server: 'mailpit',
      smtp_port: '1025',
      addons_path: '/opt/code/addons/oca,/opt/code/addons/ipai',
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(conf.get(name), value, name);
  });

  it('is accepted by our own rules for staging', async () => {
    const facts = await repositoryFacts([odooConfReader], { 'config/staging/odoo.conf': environmentConf(OPTIONS) });
    for (const rule of [stagingNeutralised, workerRecycling, cronLimits]) assert.deepEqual(findingsOf(rule, facts), [], rule.name);
  });

  it('is found wrong by them where it is spoiled', async () => {
    const spoiled = environmentConf(OPTIONS)
      .replace('max_cron_threads = 0', 'max_cron_threads = 2')
      .replace('limit_request = 8192', 'limit_request = 0');
    const facts = await repositoryFacts([odooConfReader], { 'config/staging/odoo.conf': spoiled });
    assert.equal(findingsOf(stagingNeutralised, facts).length, 1);
    assert.equal(findingsOf(workerRecycling, facts).length, 1);
  });

  it('refuses what would begin another line or not be read back, naming the option and never the value', async () => {
    const wrong: Partial<ConfOptions>[] = [
      { password: 'secret\nlist_db = True' },
      { password: ' secret' },
      { password: 'None' },
      { addonsPath: ['/opt/a\r\nlist_db = True'] },
      { addonsPath: ['/opt/a,/etc'] },
      { addonsPath: ['/opt/$HOME'] },
      { addonsPath: ['~root/addons'] },
    ];
    for (const one of wrong) {
      const error = await rejectsWith(
        Promise.resolve().then(() => environmentConf({ ...OPTIONS, ...one })),
        'config',
      );
      assert.doesNotMatch(`${error.message}${error.hint ?? ''}`, /secret|\n/);
    }
  });

  it('is read by Python as it was meant, or refused, whatever a folder is called', () => {
    const words = fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.stringMatching(/^[%$#;=:[\]\n\r\t "'\\a-z/]{1,12}$/));
    const accepted: { text: string; password: string; folder: string }[] = [];
    for (const [password, folder] of fc.sample(fc.tuple(words, words), 1500)) {
      try {
        accepted.push({ text: environmentConf({ ...OPTIONS, password, addonsPath: [`/code/${folder}`] }), password, folder });
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'config');
      }
    }
    assert.ok(accepted.length > 100, String(accepted.length));
    const plain = parseOdooConf(environmentConf(OPTIONS));
    readByPython(accepted.map(({ text }) => text)).forEach((read, index) => {
      assert.equal(read['db_password'], accepted[index]?.password);
      assert.equal(read['addons_path'], `/code/${accepted[index]?.folder ?? ''}`);
      for (const [name, value] of plain) if (name !== 'db_password' && name !== 'addons_path') assert.equal(read[name], value);
    });
  }).timeout(20_000);
});
