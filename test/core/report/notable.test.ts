import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mostNotable, notableLines, type Notable } from '../../../src/core/report/notable.ts';

const stamp = (second: number): string => `2026-03-03T14:00:${String(second).padStart(2, '0')}+08:00`;
const odoo = (level: string, message: string): string => `2026-03-03 06:00:01,123 71 ${level} acme odoo.modules.registry: ${message}`;
const log = (...lines: string[]): string => lines.map((line, second) => `${stamp(second)} ${line}`).join('\n');
const shown = (text: string, name = 'deploy.log') => notableLines(name, text).map(({ time, level, lines }) => [time, level, ...lines]);

describe('lines of a log that tell of trouble', () => {
  it("are Odoo's errors and warnings, by their level and not by their words", () => {
    const text = log(odoo('INFO', '0 failed, 0 error(s) of 12 tests'), odoo('WARNING', 'slow query'), odoo('CRITICAL', 'no database'));
    assert.deepEqual(shown(text), [
      [stamp(1), 'warning', odoo('WARNING', 'slow query')],
      [stamp(2), 'error', odoo('CRITICAL', 'no database')],
    ]);
  });

  it('have a traceback below them, cut to where it happened and what', () => {
    const text = log(
      odoo('ERROR', 'Failed to load registry'),
      'Traceback (most recent call last):',
      '  File "/odoo/odoo/modules/registry.py", line 90, in new',
      '    load_modules(registry)',
      '  File "/repo/addons/ipai_loyalty/models/points.py", line 12, in <module>',
      '    raise ValueError("x")',
      'ValueError: x',
      odoo('INFO', 'stopping'),
    );
    assert.deepEqual(shown(text), [
      [
        stamp(0),
        'error',
        odoo('ERROR', 'Failed to load registry'),
        'Traceback (most recent call last):',
        '  … 2 lines',
        '  File "/repo/addons/ipai_loyalty/models/points.py", line 12, in <module>',
        '    raise ValueError("x")',
        'ValueError: x',
      ],
    ]);
  });

  it('are a traceback of any other program too, also one that the end of the log cuts off', () => {
    const text = log('pulling image', 'Traceback (most recent call last):', '  File "deploy.py", line 1, in <module>', 'OSError: no space');
    assert.deepEqual(shown(text), [
      [stamp(3), 'error', 'Traceback (most recent call last):', '  File "deploy.py", line 1, in <module>', 'OSError: no space'],
    ]);
    assert.match(JSON.stringify(shown(log('Traceback (most recent call last):', '  File "deploy.py", line 1'))), /the log ends here/);
  });

  it('are what another program calls an error or a warning', () => {
    const text = log('docker: Error response from daemon', 'warning: no tty', 'terror and errorless', 'all well');
    assert.deepEqual(
      shown(text).map(([, level, line]) => [level, line]),
      [
        ['error', 'docker: Error response from daemon'],
        ['warning', 'warning: no tty'],
      ],
    );
  });

  it('are in our own log what it calls so, without the stack of our program', () => {
    const text = `${log('info no error here', 'warning the remote is slow', 'error OpsError: the command failed')}\n    at run (src/x.ts:1:2)\n    at error (y.ts)`;
    assert.deepEqual(
      shown(text, 'act.log').map(([, level, line]) => [level, line]),
      [
        ['warning', 'warning the remote is slow'],
        ['error', 'error OpsError: the command failed'],
      ],
    );
  });

  it('are found in any text, and never longer than a screen is wide', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('Traceback (most recent call last):', '  File "a.py", line 1', odoo('ERROR', 'x'), '', 'E: error '.repeat(100)),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.boolean(), (lines, own) => {
        for (const { lines: found } of notableLines(own ? 'act.log' : 'deploy.log', lines.join('\n')))
          for (const text of found) assert.ok(text.length <= 302);
      }),
    );
  });
});

describe('the most notable of them', () => {
  const item = fc.record({
    log: fc.constant('deploy.log'),
    time: fc.constant(null),
    level: fc.constantFrom('error', 'warning' as const),
    lines: fc.array(fc.string(), { minLength: 1, maxLength: 6 }),
  });

  it('are no more lines than asked, in their order, and the rest is counted', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 40 }), fc.integer({ min: 1, max: 60 }), (all: Notable[], limit) => {
        const { shown: most, left } = mostNotable(all, limit);
        assert.ok(most.reduce((sum, { lines }) => sum + lines.length, 0) <= limit);
        assert.equal(most.length + left, all.length);
        const places = most.map((one) => all.indexOf(one));
        assert.deepEqual(
          places,
          [...places].sort((a, b) => a - b),
        );
      }),
    );
  });

  it('are errors before warnings, and of many errors the first and the last', () => {
    const error = (text: string): Notable => ({ log: 'l', time: null, level: 'error', lines: [text] });
    const many = [...Array(10).keys()].map((number) => error(String(number)));
    const { shown: most, left } = mostNotable([{ ...error('w'), level: 'warning' }, ...many], 4);
    assert.deepEqual(
      most.map(({ lines }) => lines[0]),
      ['0', '1', '8', '9'],
    );
    assert.equal(left, 7);
  });
});
