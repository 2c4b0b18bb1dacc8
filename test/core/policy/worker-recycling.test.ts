import assert from 'node:assert/strict';
import { composeReader } from '../../../src/adapters/formats/containers/compose.ts';
import { odooConfReader } from '../../../src/adapters/formats/odoo-conf.ts';
import { pythonReader } from '../../../src/adapters/formats/python/python.ts';
import { applyEdits } from '../../../src/core/policy/report/edits.ts';
import type { Finding } from '../../../src/core/policy/finding.ts';
import { workerRecycling } from '../../../src/core/policy/worker-recycling.ts';
import { findingsOf, repositoryFacts } from '../../support/policy-facts.ts';

const READERS = [odooConfReader, composeReader, pythonReader];
const check = async (texts: Record<string, string>): Promise<Finding[]> =>
  findingsOf(workerRecycling, await repositoryFacts(READERS, texts));
const messages = async (texts: Record<string, string>) => (await check(texts)).map(({ severity, message }) => `${severity}: ${message}`);
const conf = (text: string) => ({ 'config/production/odoo.conf': text });
const GOOD = '[options]\nlimit_request = 8192\nlimit_memory_soft = 536870912\nlimit_memory_hard = 671088640\n';
/** An addon with one module. */
const addon = (text: string, file = 'addons/ours/shop/models/visit.py') => ({ 'addons/ours/shop/__manifest__.py': '{}', [file]: text });

describe('rule worker-recycling: configuration', () => {
  it('accepts the limits of §8.1 and stricter ones, and a hard limit of none', async () => {
    assert.deepEqual(await check(conf(GOOD)), []);
    assert.deepEqual(await check(conf('[options]\nlimit_request = 1000\nlimit_memory_soft = 400000000\n')), []);
    assert.deepEqual(await check(conf(GOOD.replace('671088640', '0'))), []);
    assert.deepEqual(await check(conf(GOOD.replace('8192', '${REQUESTS}'))), []);
  });

  it('finds looser ones, none, no limit and no number', async () => {
    assert.deepEqual(
      await messages(conf('[options]\nlimit_request = 65536\nlimit_memory_soft = 2147483648\nlimit_memory_hard = 2684354560\n')),
      [
        'error: config/production/odoo.conf (production) has limit_request = 65536: a worker of §8.1 is recycled after 8192 requests.',
        'error: config/production/odoo.conf (production) has limit_memory_soft = 2147483648: 2048 MB, and a worker of §8.1 is recycled above 512 MB (536870912).',
      ],
    );
    assert.deepEqual(await messages(conf('[options]\nlimit_request = 0\nlimit_memory_soft = 0\n')), [
      'error: config/production/odoo.conf (production) has limit_request = 0: no worker would serve a request.',
      'error: config/production/odoo.conf (production) has limit_memory_soft = 0: a worker is not recycled however much memory it takes.',
    ]);
    assert.deepEqual(await messages(conf('[options]\nlimit_request = many\n')), [
      'error: limit_request of config/production/odoo.conf (production) is "many", which is no number.',
      'error: config/production/odoo.conf (production) does not set limit_memory_soft: a worker may take 2 GB before it is recycled.',
    ]);
  });

  it('finds a hard limit that is not above the soft one', async () => {
    const [finding, ...more] = await messages(conf(GOOD.replace('671088640', '536870912')));
    assert.match(finding ?? '', /limit_memory_hard = 536870912: it is not above limit_memory_soft/);
    assert.deepEqual(more, []);
  });

  it('asks staging and production, and neither development nor an unknown stage', async () => {
    assert.deepEqual(
      (await check({ 'staging/odoo.conf': '[options]\n' })).map(({ stage }) => stage),
      ['staging', 'staging'],
    );
    for (const file of ['dev/odoo.conf', 'odoo.conf']) {
      const answer = workerRecycling.check(await repositoryFacts(READERS, { [file]: '[options]\n' }));
      assert.match('not_applicable' in answer ? answer.not_applicable : '', /ODOO_STAGE.*policy\.stages/s);
    }
  });

  it('reads options of a command line, and only warns where the odoo.conf is not here', async () => {
    const service = (more: string) => ({ 'compose.production.yml': `services:\n  odoo:\n    image: odoo:19.0\n    ${more}\n` });
    assert.deepEqual(await check(service('command: odoo --limit-request=8192 --limit-memory-soft=536870912')), []);
    assert.deepEqual(
      (await check(service('command: odoo --limit-request=9000'))).map(({ severity, edits }) => [severity, edits]),
      [
        ['error', undefined],
        ['error', undefined],
      ],
    );
    assert.deepEqual(
      (await check(service('restart: always'))).map(({ severity }) => severity),
      ['warning', 'warning'],
    );
  });

  it('mends an odoo.conf by its edits', async () => {
    for (const text of [
      '[options]\nlimit_request = 65536\n',
      '[options]\nlist_db = False\nlimit_memory_soft = 0\nlimit_memory_hard = 1\n',
      '[options]\n',
    ]) {
      const mended = applyEdits(
        text,
        (await check(conf(text))).flatMap(({ edits = [] }) => edits),
      );
      assert.deepEqual(mended.left, []);
      assert.deepEqual(await check(conf(mended.text)), [], mended.text);
    }
  });
});

describe('rule worker-recycling: code', () => {
  it('finds state at its name, and says who changes it', async () => {
    const text =
      'VISITS = {}\n\ndef count(page):\n    VISITS[page] = 1\n\ndef drop(page):\n    VISITS.pop(page)\n\ndef more():\n    VISITS.clear()\n';
    const [finding, ...rest] = await check(addon(text));
    assert.deepEqual(rest, []);
    assert.equal(finding?.severity, 'error');
    assert.equal(finding.file, 'addons/ours/shop/models/visit.py');
    assert.deepEqual(finding.range, { start: { line: 1, column: 1 }, end: { line: 1, column: 7 } });
    assert.equal(
      finding.message,
      'VISITS lives in the memory of one worker, and is changed while it serves by count (line 4) and drop (line 7) and 1 other place.',
    );
    assert.equal(finding.stage, undefined);
  });

  it('warns of caches that say so, and accepts what is only made when it is needed', async () => {
    assert.deepEqual(await messages(addon('_token_cache = {}\ndef token(key):\n    _token_cache[key] = 1\n')), [
      'warning: _token_cache lives in the memory of one worker, and is changed while it serves by token (line 3).',
    ]);
    assert.deepEqual(
      await check(addon('client = None\ndef get():\n    global client\n    if client is None:\n        client = make()\n')),
      [],
    );
  });

  it('warns of what only keeps answers, and finds what counts, collects or drops', async () => {
    const keep = async (body: string) =>
      (await check(addon(`ANSWERS = {}\ndef get(key):\n${body}`))).map(({ severity }) => severity).join();
    assert.equal(await keep('    if key not in ANSWERS:\n        ANSWERS[key] = make(key)\n    return ANSWERS[key]\n'), 'warning');
    assert.equal(
      await keep('    found = ANSWERS.get(key)\n    if found is None:\n        ANSWERS[key] = found = make(key)\n    return found\n'),
      'warning',
    );
    assert.equal(await keep('    ANSWERS[key] = ANSWERS.get(key, 0) + 1\n'), 'error');
    assert.equal(await keep('    if key in ANSWERS:\n        ANSWERS.pop(key)\n    ANSWERS[key] = 1\n'), 'error');
    assert.equal(await keep('    ANSWERS[key] = 1\n'), 'error');
  });

  it('finds caches by what belongs to one request: an error without a limit', async () => {
    const cache = (decorator: string) =>
      addon(`import functools\nclass A(models.Model):\n    _name = "a"\n    ${decorator}\n    def price(self, day):\n        pass\n`);
    assert.deepEqual(await messages(cache('@functools.lru_cache(maxsize=None)')), [
      'error: @functools.lru_cache keeps answers of A.price by its parameter self, without a limit, and no other worker learns when they are out of date.',
    ]);
    assert.deepEqual(
      (await check(cache('@functools.lru_cache'))).map(({ severity }) => severity),
      ['warning'],
    );
    assert.deepEqual(await check(addon('import functools\n@functools.lru_cache(maxsize=64)\ndef parse(text):\n    pass\n')), []);
    const emptied =
      'from functools import lru_cache\nclass A(models.Model):\n    def go(self):\n        self.rule.cache_clear()\n    @lru_cache()\n    def rule(self, move):\n        pass\n';
    assert.deepEqual(await check(addon(emptied)), []);
  });

  it('warns of threads of a controller', async () => {
    const text = 'import threading\nclass Api(http.Controller):\n    def go(self):\n        threading.Thread(target=f).start()\n';
    assert.deepEqual(await messages(addon(text)), [
      'warning: Api.go starts threading.Thread: it ends with its worker, whatever it is doing.',
    ]);
  });

  it('looks into addons only: no tests, no addon of tests, no tools, not into Odoo itself', async () => {
    const text = 'BOX = []\ndef f():\n    BOX.append(1)\n';
    assert.equal((await check(addon(text))).length, 1);
    for (const file of ['addons/ours/shop/tests/common.py', 'tools/build.py', 'addons/ours/other.py']) {
      assert.deepEqual(await check({ ...addon('', 'addons/ours/shop/models/a.py'), [file]: text }), [], file);
    }
    assert.deepEqual(await check({ ...addon(''), 'x/test_shop/__manifest__.py': '{}', 'x/test_shop/models/a.py': text }), []);
    const odoo = { 'odoo/odoo-bin': '', 'odoo/addons/sale/__manifest__.py': '{}', 'odoo/addons/sale/models/a.py': text };
    assert.deepEqual(await check({ ...addon(''), ...odoo }), []);
  });
});
