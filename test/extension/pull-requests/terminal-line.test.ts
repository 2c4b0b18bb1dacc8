import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { noteLine, terminalLine } from '../../../src/extension/pull-requests/terminal-line.ts';

const line = (level: string) => `2026-03-05 12:00:02,500 7 ${level} acme odoo.sql_db: message`;

describe('a line of a log in a terminal', () => {
  it('is coloured by its level', () => {
    assert.equal(terminalLine(line('INFO')), `${line('INFO')}\r\n`);
    for (const [level, colour] of [
      ['ERROR', 31],
      ['CRITICAL', 31],
      ['WARNING', 33],
      ['DEBUG', 2],
    ] as const)
      assert.equal(terminalLine(line(level)), `\x1b[${colour}m${line(level)}\x1b[0m\r\n`);
    assert.match(terminalLine('psycopg2.errors.UndefinedTable: relation'), /^\x1b\[31mpsycopg2/);
    assert.match(terminalLine('ValueError: negative'), /^\x1b\[31mValueError/);
  });

  it('loses the colours that a program gave it, and keeps its indentation', () => {
    assert.equal(terminalLine('\x1b[1;32mINFO\x1b[0m ok'), 'INFO ok\r\n');
    assert.equal(terminalLine('\tFile "x.py"'), '    File "x.py"\r\n');
  });

  it('never holds a control character of its writer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const shown of [terminalLine(text), noteLine(text)]) {
          const own = shown.replace(/^\x1b\[\d+m/, '').replace(/(?:\x1b\[0m)?\r\n$/, '');
          assert.doesNotMatch(own, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/u);
        }
      }),
    );
  });
});
