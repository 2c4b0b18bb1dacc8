import assert from 'node:assert/strict';
import { composeReader } from '../../../src/adapters/formats/containers/compose.ts';
import { odooConfReader } from '../../../src/adapters/formats/odoo-conf.ts';
import { cronCsvReader, odooXmlReader } from '../../../src/adapters/formats/records/odoo-xml.ts';
import { pythonReader } from '../../../src/adapters/formats/python/python.ts';
import { cronLimits } from '../../../src/core/policy/cron-limits.ts';
import { applyEdits } from '../../../src/core/policy/report/edits.ts';
import type { Finding } from '../../../src/core/policy/finding.ts';
import { findingsOf, repositoryFacts } from '../../support/policy-facts.ts';

const READERS = [odooConfReader, composeReader, pythonReader, odooXmlReader, cronCsvReader];
const check = async (texts: Record<string, string>): Promise<Finding[]> => findingsOf(cronLimits, await repositoryFacts(READERS, texts));
const messages = async (texts: Record<string, string>) =>
  (await check(texts)).map(
    ({ severity, file, range, message }) => `${severity} ${file?.split('/').at(-1) ?? ''}:${range?.start.line ?? 0} ${message}`,
  );
const conf = (stage: string, ...lines: string[]) => ({ [`${stage}/odoo.conf`]: ['[options]', ...lines, ''].join('\n') });
const severities = async (texts: Record<string, string>) => (await check(texts)).map(({ severity }) => severity);

const INTERVAL = '<field name="interval_number">1</field><field name="interval_type">days</field>';
const record = (fields: string, id = 'cron_go', model = 'model_shop_parcel') =>
  `<odoo><record id="${id}" model="ir.cron">\n<field name="name">Go</field><field name="model_id" ref="${model}"/>\n${fields}\n</record></odoo>\n`;
const shop = (files: Record<string, string>): Record<string, string> => ({
  'addons/shop/__manifest__.py': '{}',
  ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`addons/shop/${name}`, text] as const)),
});
const model = (body: string, head = '_name = "shop.parcel"') => `import time\nclass A(models.Model):\n    ${head}\n${body}`;
const code = (text: string) => `${INTERVAL}<field name="state">code</field><field name="code">${text}</field>`;

describe('rule cron-limits: configuration', () => {
  it('accepts the limit of each stage, and stricter ones', async () => {
    for (const [stage, value] of [
      ['production', 300],
      ['production', 60],
      ['staging', 600],
      ['staging', 300],
      ['dev', 0],
    ] as const) {
      assert.deepEqual(await check(conf(stage, `limit_time_real_cron = ${value}`)), [], `${stage} ${value}`);
    }
    assert.deepEqual(await check(conf('production', 'limit_time_real_cron = ${LIMIT}')), []);
  });

  it('finds more, none, and that of requests', async () => {
    const of = async (stage: string, value: string) => (await messages(conf(stage, `limit_time_real_cron = ${value}`))).join();
    assert.equal(
      await of('production', '600'),
      'error odoo.conf:2 production/odoo.conf (production) has limit_time_real_cron = 600: §8.2 has 300 s.',
    );
    assert.match(await of('production', '0'), /^error .* = 0: crons may run for ever, and §8\.2 has 300 s\.$/);
    assert.match(await of('staging', '-1'), /^error .* = -1: crons then have as long as requests, 120 s, and §8\.2 has 600 s\.$/);
    assert.match(await of('dev', '60'), /^warning .* = 60: a cron is ended while somebody debugs it\.$/);
    assert.match(await of('staging', 'long'), /^error .* is "long", which is no number\.$/);
  });

  it('warns where the limit of requests stands in by chance, and finds it where it does not', async () => {
    assert.match(
      (await messages(conf('production', 'workers = 4'))).join(),
      /^warning .* does not set limit_time_real_cron: crons have as long as requests, 120 s\.$/,
    );
    assert.match((await messages(conf('production', 'limit_time_real = 1200'))).join(), /^error .* as long as requests, 1200 s\.$/);
    assert.match((await messages(conf('staging', 'limit_time_real = 0'))).join(), /^error .* as requests, for ever\.$/);
    assert.match(
      (await messages(conf('dev', 'workers = 0'))).join(),
      /^warning .* a cron is ended after 120 s, while somebody debugs it\.$/,
    );
    assert.deepEqual(await check(conf('dev', 'limit_time_real = 0')), []);
    assert.deepEqual(await check(conf('dev', 'limit_time_real = 0\nlimit_time_real_cron = -1')), []);
    assert.deepEqual(await check(conf('staging', 'max_cron_threads = 0')), []);
  });

  it('says how it becomes applicable', async () => {
    const answer = cronLimits.check(await repositoryFacts(READERS, { 'odoo.conf': '[options]\nworkers = 2\n' }));
    assert.match('not_applicable' in answer ? answer.not_applicable : '', /ODOO_STAGE.*policy\.stages/s);
  });

  it('mends an odoo.conf by its edits, for one Odoo or several of the same stage', async () => {
    for (const line of ['limit_time_real_cron = 0', 'workers = 4', 'limit_time_real_cron = 900']) {
      const texts = conf('production', line);
      const text = texts['production/odoo.conf'] ?? '';
      const mended = applyEdits(
        text,
        (await check(texts)).flatMap(({ edits = [] }) => edits),
      );
      assert.deepEqual(await check({ 'production/odoo.conf': mended.text }), [], mended.text);
    }
    const service = (name: string) => `  ${name}:\n    image: odoo:19.0\n    volumes: ["./production/odoo.conf:/etc/odoo/odoo.conf"]\n`;
    const both = {
      ...conf('production', 'limit_time_real_cron = 0'),
      'compose.production.yml': `services:\n${service('odoo')}${service('odoo-crons')}`,
    };
    assert.equal((await check(both)).length, 1);
  });
});

describe('rule cron-limits: records', () => {
  it('finds records without an interval, in XML and in CSV', async () => {
    assert.deepEqual(await messages(shop({ 'data/crons.xml': record('') })), [
      'error crons.xml:1 Scheduled action cron_go does not set interval_number: Odoo takes 1.',
      'error crons.xml:1 Scheduled action cron_go does not set interval_type: Odoo runs it once a month.',
    ]);
    assert.deepEqual(await messages(shop({ 'data/ir.cron.csv': 'id,name,interval_number,interval_type\na,A,1,days\nb,B,,days\n' })), [
      'error ir.cron.csv:3 Scheduled action b does not set interval_number: Odoo takes 1.',
    ]);
    assert.deepEqual(await check(shop({ 'data/crons.xml': record(INTERVAL) })), []);
  });

  it('finds intervals that Odoo does not take', async () => {
    const of = async (number: string, type: string) =>
      messages(
        shop({ 'data/crons.xml': record(`<field name="interval_number" ${number}</field>\n<field name="interval_type">${type}</field>`) }),
      );
    assert.deepEqual(await of('eval="0">', 'days'), [
      'error crons.xml:3 Scheduled action cron_go has interval_number "0": Odoo takes whole numbers above 0.',
    ]);
    assert.deepEqual(await of('>1.5', 'days'), [
      'error crons.xml:3 Scheduled action cron_go has interval_number "1.5": Odoo takes whole numbers above 0.',
    ]);
    assert.deepEqual(await of('>1', 'work_days'), [
      'error crons.xml:4 Scheduled action cron_go has interval_type "work_days", which Odoo 19 does not know.',
    ]);
    assert.deepEqual(await of('eval="random.randint(1, 5)">', 'weeks'), []);
  });

  it('lets a record that changes another one leave out what it keeps', async () => {
    const off = (id: string) => `<odoo><record id="${id}" model="ir.cron"><field name="active" eval="False"/></record></odoo>`;
    assert.deepEqual(await check(shop({ 'data/crons.xml': off('mail.ir_cron_mail') })), []);
    assert.deepEqual(await check(shop({ 'data/crons.xml': off('cron_go') })), []);
    assert.deepEqual(await check(shop({ 'data/crons.xml': record('', 'mail.ir_cron_mail') })), []);
    assert.equal((await check(shop({ 'data/crons.xml': record('', 'shop.cron_go') }))).length, 2);
    assert.equal(
      (
        await check(
          shop({ 'data/crons.xml': off('mail.ir_cron_mail').replace('name="active" eval="False"', 'name="interval_number" eval="0"') }),
        )
      ).length,
      1,
    );
  });

  it('looks into addons only', async () => {
    assert.deepEqual(
      await check({
        ...shop({ 'data/crons.xml': record(INTERVAL) }),
        'backup/crons.xml': record(''),
        'addons/shop/tests/crons.xml': record(''),
      }),
      [],
    );
  });
});

describe('rule cron-limits: code', () => {
  const run = (python: Record<string, string>, call = 'model._run()') =>
    messages(shop({ 'data/crons.xml': record(code(call)), ...python }));

  it('finds sleeps and endless loops in the method that a record calls', async () => {
    assert.deepEqual(
      await run({ 'models/a.py': model('    def _run(self):\n        time.sleep(5)\n        while True:\n            pass\n') }),
      [
        'warning a.py:5 shop.parcel._run, which scheduled action cron_go runs, sleeps, and keeps a cron thread from all others.',
        'error a.py:6 shop.parcel._run, which scheduled action cron_go runs, loops without a way out.',
      ],
    );
    assert.deepEqual(await run({ 'models/a.py': model('    def _other(self):\n        time.sleep(5)\n') }), []);
    assert.deepEqual(await run({ 'models/a.py': model('    def _run(self):\n        time.sleep(5)\n', '_name = "shop.order"') }), []);
  });

  it('follows one step into the same model, across files and inheritance', async () => {
    const python = {
      'models/a.py': model('    def _cron_run(self):\n        self.search([])._wait()\n'),
      'models/b.py': model('    def _wait(self):\n        time.sleep(60)\n', '_inherit = "shop.parcel"'),
    };
    assert.deepEqual(await run(python, 'model._cron_run()'), [
      'warning b.py:5 shop.parcel._wait, which scheduled action cron_go runs by _cron_run, sleeps, and keeps a cron thread from all others.',
    ]);
    assert.deepEqual(await run(python, 'env["shop.other"]._cron_run()'), []);
    assert.equal((await run(python, 'env["shop.parcel"]._cron_run()')).length, 1);
  });

  it('tells one place once, however many records come to it', async () => {
    const again = record(code('model._run()'), 'cron_again');
    const python = { 'models/a.py': model('    def _run(self):\n        time.sleep(5)\n'), 'data/more.xml': again };
    assert.equal((await run(python)).length, 1);
  });

  it('finds what the code of the record does itself', async () => {
    assert.deepEqual(await run({}, 'time.sleep(60)'), [
      'warning crons.xml:3 Scheduled action cron_go sleeps, and keeps a cron thread from all others.',
    ]);
    assert.deepEqual(await severities(shop({ 'data/crons.xml': record(code('while True: model._next()')) })), ['error']);
    assert.deepEqual(await severities(shop({ 'data/crons.xml': record(code('while 1: time.sleep(9)')) })), ['warning', 'error']);
  });
});
