import assert from 'node:assert/strict';
import { describeFailure, hintForFailure, noteLine } from '../../../src/core/devserver/failure.ts';
import type { FailureTrail } from '../../../src/core/devserver/failure.ts';
import { parseLogLine } from '../../../src/core/devserver/log-line.ts';
import type { LogLine } from '../../../src/core/devserver/log-line.ts';

function trailOf(...texts: string[]): FailureTrail {
  let previous: LogLine | undefined;
  return texts.reduce<FailureTrail>((trail, text) => {
    const line = parseLogLine(text, previous);
    if (line.time !== undefined) previous = line;
    return noteLine(trail, line);
  }, {});
}

const record = (level: string, message: string): string => `2026-01-01 00:00:01,123 42 ${level} dev odoo.x: ${message} `;

describe('why a server did not come up', () => {
  it('is the last error and the exception below it', () => {
    const trail = trailOf(
      record('ERROR', 'first'),
      record('CRITICAL', 'Failed to initialize database `dev`.'),
      'Traceback:',
      '  line 1',
      'ValueError: boom',
      '',
      record('INFO', 'stopping'),
    );
    assert.equal(describeFailure(trail), 'Failed to initialize database `dev`. ValueError: boom');
  });

  it('does not give the exception of one error to the next', () => {
    assert.equal(describeFailure(trailOf(record('ERROR', 'one'), 'KeyError: 1', record('ERROR', 'two'))), 'two');
  });

  it('is the last words where there was no record yet', () => {
    const reason = describeFailure(trailOf('Traceback (most recent call last):', "ModuleNotFoundError: No module named 'psycopg2'"));
    assert.equal(reason, "ModuleNotFoundError: No module named 'psycopg2'");
    assert.match(hintForFailure(reason), /ODOO_PYTHON/);
  });

  it('is unknown where nothing was said, and there is a hint all the same', () => {
    assert.equal(describeFailure({}), undefined);
    assert.notEqual(hintForFailure(undefined), '');
  });
});
