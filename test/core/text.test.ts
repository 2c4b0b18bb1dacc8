import assert from 'node:assert/strict';
import { bytesText, count, markdownText, plainText, sentence } from '../../src/core/text.ts';

describe("other people's words", () => {
  it('cannot move the cursor, turn the reading direction or hide', () => {
    assert.equal(plainText('a\u001b[2Jb\r\nc\u202ed\u2066e\u200bf\u0085g\u009b1m'), 'a [2Jb  c d e f g 1m');
    assert.equal(plainText('Größe 価格 🎉'), 'Größe 価格 🎉');
  });

  it('become no link, picture or HTML in Markdown', () => {
    assert.equal(markdownText('![x](command:y) <b> `c` *d* _e_ | #'), '\\!\\[x\\](command:y) \\<b\\> \\`c\\` \\*d\\* \\_e\\_ \\| \\#');
  });

  it('are counted', () => assert.deepEqual([count(0, 'error'), count(1, 'error'), count(2, 'error')], ['0 errors', '1 error', '2 errors']));
});

describe('sentences', () => {
  it('end, so that another can follow', () =>
    assert.deepEqual(['refused', 'Refused.', 'Why?', 'wait…'].map(sentence), ['refused.', 'Refused.', 'Why?', 'wait…']));
});

describe('sizes', () => {
  it('are told in the unit that people read', () =>
    assert.deepEqual([0, 1, 999, 1000, 999_949, 1_234_567].map(bytesText), [
      '0 bytes',
      '1 byte',
      '999 bytes',
      '1.0 kB',
      '999.9 kB',
      '1.2 MB',
    ]));
});
