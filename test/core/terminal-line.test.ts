import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { noteLine, terminalLine } from '../../src/core/terminal-line.ts';

const line = (level: string) => `2026-03-05 12:00:02,500 7 ${level} acme odoo.sql_db: message`;

describe('a line of a log in a terminal', () => {
  it('is coloured by its level', () => {
    assert.equal(terminalLine(line('INFO'), true), line('INFO'));
    for (const [level, colour] of [
      ['ERROR', 31],
      ['CRITICAL', 31],
      ['WARNING', 33],
      ['DEBUG', 2],
    ] as const)
      assert.equal(terminalLine(line(level), true), `\x1b[${colour}m${line(level)}\x1b[0m`);
    assert.match(terminalLine('psycopg2.errors.UndefinedTable: relation', true), /^\x1b\[31mpsycopg2/);
    assert.match(terminalLine('ValueError: negative', true), /^\x1b\[31mValueError/);
  });

  it('loses the colours that a program gave it, and keeps its indentation', () => {
    assert.equal(terminalLine('\x1b[1;32mINFO\x1b[0m ok', true), 'INFO ok');
    assert.equal(terminalLine('\tFile "x.py"', true), '    File "x.py"');
  });

  it('has no colour where nobody wants one', () => {
    assert.equal(terminalLine(line('ERROR'), false), line('ERROR'));
    assert.equal(noteLine('ended\x1b[2J', false), '— ended [2J');
  });

  it('never holds a control character of its writer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const shown of [terminalLine(text, true), noteLine(text, true)]) {
          const own = shown.replace(/^\x1b\[\d+m/, '').replace(/\x1b\[0m$/, '');
          assert.doesNotMatch(own, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/u);
        }
      }),
    );
  });
});
