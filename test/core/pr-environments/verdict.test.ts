import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ModuleRow } from '../../../src/core/pr-environments/modules.ts';
import { tellingLine } from '../../../src/core/pr-environments/log-records.ts';
import { judge, MOST_LINES, type RunFacts } from '../../../src/core/pr-environments/verdict.ts';

const record = (level: string, message: string, logger = 'odoo.modules.loading') =>
  `2026-01-31 09:05:07,123 41 ${level} pr_12 ${logger}: ${message} `;
const row = (name: string, latest_version: string | null, state = 'installed'): ModuleRow => ({ name, state, latest_version });
const BASE = row('base', '19.0.1.3');
const LOADED = [record('INFO', 'loading 12 modules...'), record('INFO', 'Modules loaded.')];
const GOOD: RunFacts = {
  exitCode: 0,
  log: LOADED,
  asked: [{ module: 'shop', version: '1.1' }],
  rows: [BASE, row('shop', '19.0.1.1')],
  tests: false,
};
const of = (facts: Partial<RunFacts>, warningsAre: 'yellow' | 'green' = 'yellow') => judge({ ...GOOD, ...facts }, warningsAre);
const testsRan = (all: number, failed = 0, errors = 0) =>
  record('INFO', `${failed} failed, ${errors} error(s) of ${all} tests when loading database 'pr_12'`, 'odoo.tests.result');

const TRACEBACK = [
  record('CRITICAL', 'Failed to initialize database `pr_12`.', 'odoo.service.server'),
  'Traceback (most recent call last):',
  '  File "/opt/odoo/odoo/service/server.py", line 1504, in preload_registries',
  '    registry = Registry.new(dbname, update_module=update_module)',
  ...Array.from({ length: 30 }, (_, index) => `  File "frame${index}.py", line ${index}`),
  'odoo.tools.convert.ParseError: while parsing /opt/code/shop/views/shop.xml:4',
  'Field "no_such_field" does not exist in model "sale.order"',
];

describe('the verdict on a build', () => {
  it('is green where all that was asked for is there and the log is quiet', () => {
    assert.deepEqual(of({}), { verdict: 'green', lines: [] });
    assert.equal(of({ asked: [], rows: [] }).verdict, 'green');
    assert.equal(of({ tests: true, log: [...LOADED, testsRan(7)] }).verdict, 'green');
  });

  // Of each of these Odoo's exit code says that all is well, or not what is wrong.
  const cases: { title: string; facts: Partial<RunFacts>; says: RegExp }[] = [
    {
      title: 'a module that Odoo does not know',
      facts: { rows: [BASE], log: [record('WARNING', 'invalid module names, ignored: shop')] },
      says: /^Module shop is not in the database/,
    },
    { title: 'no test where tests were asked for', facts: { tests: true }, says: /^No test ran/ },
    { title: 'no test in the run that says so', facts: { tests: true, log: [testsRan(0)] }, says: /^No test ran/ },
    {
      title: 'an installed module without its files',
      facts: { log: [record('ERROR', "Some modules are not loaded, some dependencies or manifest may be missing: ['shop']")] },
      says: /ERROR pr_12 odoo\.modules\.loading: Some modules are not loaded/,
    },
    {
      title: 'a module left to upgrade, though nobody asked for it',
      facts: { rows: [...GOOD.rows, row('other', '19.0.1.0', 'to upgrade')] },
      says: /^Module other is left as "to upgrade"\.$/,
    },
    {
      title: 'a module left to install',
      facts: { rows: [BASE, row('shop', null, 'to install')] },
      says: /^Module shop is left as "to install"\.$/,
    },
    {
      title: 'a module that was not installed',
      facts: { rows: [BASE, row('shop', null, 'uninstalled')] },
      says: /^Module shop is uninstalled, not installed\.$/,
    },
    {
      title: 'a module at another version than its manifest',
      facts: { rows: [BASE, row('shop', '19.0.1.0')] },
      says: /^Module shop is at 19\.0\.1\.0, and its manifest says 19\.0\.1\.1\.$/,
    },
    {
      title: 'a test that fails, though the module stays installed',
      facts: {
        exitCode: 1,
        tests: true,
        log: [record('ERROR', 'FAIL: TestShop.test_total', 'odoo.addons.shop.tests.test_shop'), testsRan(5, 1)],
      },
      says: /^1 of 5 tests failed\.$/,
    },
    { title: 'an exit code of its own', facts: { exitCode: 255, log: TRACEBACK }, says: /^Odoo ended with exit code 255\.$/ },
    { title: 'a signal', facts: { exitCode: null }, says: /^Odoo was ended by a signal\.$/ },
    {
      title: 'what goes wrong before there is a log',
      facts: {
        exitCode: 1,
        log: ['Traceback (most recent call last):', '  File "odoo-bin", line 4', "ModuleNotFoundError: No module named 'lxml'"],
      },
      says: /^ModuleNotFoundError: No module named 'lxml'$/,
    },
  ];
  for (const { title, facts, says } of cases) {
    it(`is red for ${title}`, () => {
      const { verdict, lines } = of(facts);
      assert.equal(verdict, 'red');
      assert.ok(
        lines.some((line) => says.test(line)),
        lines.join('\n'),
      );
    });
  }

  it('shows where a traceback begins and how it ends', () => {
    const { lines } = of({ exitCode: 255, log: [...LOADED, ...TRACEBACK, record('INFO', 'Initiating shutdown')] });
    assert.match(lines[1] ?? '', /CRITICAL pr_12 odoo\.service\.server: Failed to initialize database/);
    assert.equal(lines[2], 'Traceback (most recent call last):');
    assert.match(lines[3] ?? '', /… \d+ more lines/);
    assert.match(lines.at(-1) ?? '', /^Field "no_such_field" does not exist/);
    assert.doesNotMatch(lines.join('\n'), /shutdown|Modules loaded/);
  });

  it('reads a log that has colours', () => {
    const coloured = '2026-01-31 09:05:07,123 41 \u001b[1;31m\u001b[1;49mERROR\u001b[0m pr_12 odoo.sql_db: bad query ';
    assert.deepEqual(of({ log: [coloured] }), { verdict: 'red', lines: ['2026-01-31 09:05:07,123 41 ERROR pr_12 odoo.sql_db: bad query'] });
  });

  it('is yellow for warnings, each told once, unless they are allowed', () => {
    const log = [
      ...LOADED,
      record('WARNING', 'The models have no access rules:\nid,name'),
      record('WARNING', 'deprecated'),
      record('WARNING', 'deprecated'),
    ].flatMap((text) => text.split('\n'));
    const { verdict, lines } = of({ log });
    assert.equal(verdict, 'yellow');
    assert.equal(lines.length, 3);
    assert.deepEqual(of({ log }, 'green'), { verdict: 'green', lines: [] });
    assert.equal(of({ log, exitCode: 1 }, 'green').verdict, 'red');
  });

  it('names some of many modules that are stuck', () => {
    const stuck = Array.from({ length: 40 }, (_, index) => row(`m${index}`, '19.0.1.0', 'to upgrade'));
    const { lines } = of({ rows: [...GOOD.rows, ...stuck] });
    assert.deepEqual(lines, ['40 modules: each is left as "to upgrade": m0, m1, m2, m3, m4, m5, m6, m7 and others.']);
  });

  it('always has few lines of bounded length, none where it is green, and some where it is not', () => {
    const line = fc.oneof(
      fc.string({ maxLength: 2000 }),
      fc.tuple(fc.constantFrom('INFO', 'WARNING', 'ERROR', 'CRITICAL'), fc.string()).map(([level, text]) => record(level, text)),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 150 }), fc.constantFrom(0, 1, 255, null), fc.boolean(), (log, exitCode, tests) => {
        const { verdict, lines } = of({ log, exitCode, tests });
        assert.ok(lines.length <= MOST_LINES);
        assert.equal(lines.length === 0, verdict === 'green');
        for (const one of lines) assert.ok(one.length <= 500);
        if (exitCode !== 0 || log.some((text) => / (?:ERROR|CRITICAL) pr_12 /.test(text))) assert.equal(verdict, 'red');
      }),
    );
  });
});

describe('the line of a log that says most', () => {
  it('is its last error, else its last word', () => {
    assert.equal(tellingLine([record('ERROR', 'a'), record('CRITICAL', 'b'), record('INFO', 'c'), '']), record('CRITICAL', 'b'));
    assert.equal(tellingLine(['Killed', '  ']), 'Killed');
    assert.equal(tellingLine(['', ' ']), null);
  });
});
