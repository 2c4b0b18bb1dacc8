import assert from 'node:assert/strict';
import fc from 'fast-check';
import { backOff } from '../../../src/core/control-plane/back-off.ts';

const options = { base: 1000, factor: 2, max: 60_000 };

describe('the wait before another try', () => {
  it('is between half of the step and all of it, and never above the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.double({ min: 0, max: 0.999999, noNaN: true }), (attempt, random) => {
        const whole = Math.min(60_000, 1000 * 2 ** (attempt - 1));
        const wait = backOff(attempt, random, options);
        assert.ok(wait >= whole / 2 && wait <= whole);
      }),
    );
  });

  it('doubles until the limit', () => {
    assert.deepEqual(
      [1, 2, 3, 7, 100].map((attempt) => backOff(attempt, 1, options)),
      [1000, 2000, 4000, 60_000, 60_000],
    );
  });
});
