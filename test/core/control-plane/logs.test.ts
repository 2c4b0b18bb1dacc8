import assert from 'node:assert/strict';
import fc from 'fast-check';
import { logRows } from '../../../src/core/control-plane/logs.ts';

const rows = (text: string, size: number, limit = 1e9) => logRows('acme', 'id', 'act.log', text, { size, limit });
const joined = (text: string, size: number, limit?: number) =>
  rows(text, size, limit)
    .map(({ content }) => content)
    .join('');

// What a log holds once it was read as UTF-8: any character, never half of one, and lines.
const text = fc
  .array(fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constant('\n'), fc.constant('🎉')))
  .map((parts) => parts.join(''));

describe('parts of a log', () => {
  it('put together are the log, whatever the size of a part', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 50 }), (log, size) => {
        assert.equal(joined(log, size), log.replaceAll('\0', '\ufffd'));
        assert.deepEqual(
          rows(log, size).map(({ part }) => part),
          rows(log, size).map((_, index) => index),
        );
      }),
    );
  });

  it('are no longer than asked, but for one character of two halves', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 50 }), (log, size) => {
        for (const { content } of rows(log, size)) assert.ok(content.length <= size && content.length > 0);
      }),
    );
  });

  it('end with a line where a line fits', () => {
    assert.deepEqual(
      rows('one\ntwo\nthree\n', 8).map(({ content }) => content),
      ['one\ntwo\n', 'three\n'],
    );
    assert.deepEqual(
      rows('a line that is too long\n', 10).map(({ content }) => content),
      ['a line tha', 't is too l', 'ong\n'],
    );
  });

  it('hold nothing that PostgreSQL cannot hold', () => {
    assert.equal(joined('a\0b', 10), 'a\ufffdb');
    assert.equal(joined(Buffer.from([0x61, 0xff, 0x62]).toString(), 10), 'a\ufffdb');
  });

  it('of a log that is too large are its beginning and its end, and say what is missing', () => {
    const log = Array.from({ length: 1000 }, (_, index) => `line ${index}`).join('\n');
    const kept = joined(log, 100, 400);
    assert.match(kept, /^line 0\nline 1\n/);
    assert.match(kept, /line 998\nline 999$/);
    assert.match(kept, /\n… \d+ characters are left out here; the evidence folder has them …\n/);
    assert.ok(kept.length < 500);
  });

  it('of an empty log are none', () => assert.deepEqual(rows('', 10), []));
});
