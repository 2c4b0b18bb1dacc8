import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lineIndex } from '../../../src/adapters/formats/lines.ts';

describe('places of a text', () => {
  it('are what counting line by line gives, at every offset', () => {
    const text = fc.array(fc.constantFrom('a', 'é', '\n', '\r\n', ' '), { maxLength: 40 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (given) => {
        const at = lineIndex(given);
        for (let offset = 0; offset <= given.length; offset++) {
          const before = given.slice(0, offset).split('\n');
          assert.deepEqual(at.position(offset), { line: before.length, column: before.at(-1)!.length + 1 });
        }
      }),
    );
  });

  it('are found quickly in a long text', () => {
    const text = 'workers = 4\n'.repeat(200_000);
    const at = lineIndex(text);
    const started = performance.now();
    for (let offset = 0; offset < text.length; offset += 12) at.range(offset, offset + 7);
    assert.ok(performance.now() - started < 2000);
  });
});
