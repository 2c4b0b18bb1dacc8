import assert from 'node:assert/strict';
import fc from 'fast-check';
import { logLevelOf, parseLogLine } from '../../../src/core/devserver/log-line.ts';

const word = fc.stringMatching(/^[A-Za-z0-9_.?-]{1,20}$/);
const levels = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;

describe('lines of an Odoo log', () => {
  it('reads a record', () => {
    assert.deepEqual(parseLogLine('2026-01-01 00:00:01,123 42 WARNING dev odoo.modules.loading: invalid module names, ignored: x '), {
      time: '2026-01-01T00:00:01.123Z',
      pid: 42,
      level: 'WARNING',
      database: 'dev',
      logger: 'odoo.modules.loading',
      message: 'invalid module names, ignored: x',
      continued: false,
    });
  });

  it('gives every record back (round trip)', () => {
    const time = fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    const message = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n\u2028\u2029\u001b]/g, '').trimEnd());
    fc.assert(
      fc.property(time, fc.nat(), fc.constantFrom(...levels), word, word, message, (when, pid, level, database, logger, text) => {
        const stamp = when.toISOString().replace('T', ' ').replace('.', ',').slice(0, -1);
        assert.deepEqual(parseLogLine(`${stamp} ${pid} ${level} ${database} ${logger}: ${text} `), {
          time: when.toISOString(),
          pid,
          level,
          database: database === '?' ? undefined : database,
          logger,
          message: text,
          continued: false,
        });
      }),
    );
  });

  it('never throws, and loses no text', () => {
    fc.assert(fc.property(fc.string(), (text) => assert.ok(text.replace(/\u001b\[[\d;]*m/g, '').includes(parseLogLine(text).message))));
  });

  it('lets a traceback inherit from its record, however long', () => {
    const record = parseLogLine('2026-01-01 00:00:01,123 42 ERROR dev odoo.http: Exception during request handling. ');
    const first = parseLogLine('Traceback (most recent call last):', record);
    const second = parseLogLine('  File "x.py", line 1', first);
    assert.deepEqual(second, { ...record, message: '  File "x.py", line 1', continued: true });
  });

  it('takes words before the first record as information', () => {
    const line = parseLogLine("Running as user 'root' is a security risk.");
    assert.equal(line.level, 'INFO');
    assert.equal(line.time, undefined);
    assert.equal(line.continued, false);
  });

  it('sees through colours', () => {
    const line = parseLogLine('2026-01-01 00:00:01,123 42 \u001b[1;31m\u001b[1;49mERROR\u001b[0m ? odoo: no ');
    assert.equal(line.level, 'ERROR');
    assert.equal(line.database, undefined);
  });

  it('maps each level to one of ours', () => {
    assert.deepEqual(levels.map(logLevelOf), ['debug', 'info', 'warning', 'error', 'error']);
  });
});
