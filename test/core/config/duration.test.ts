import assert from 'node:assert/strict';
import { days, daysSchema, durationSchema, milliseconds } from '../../../src/core/config/duration.ts';

describe('durations', () => {
  for (const [text, expected] of [
    ['0s', 0],
    ['250ms', 250],
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
  ] as const) {
    it(`${text} is ${expected} ms`, () => {
      assert.ok(durationSchema.safeParse(text).success);
      assert.equal(milliseconds(text), expected);
    });
  }
  for (const text of ['', '10', '10 m', '1.5h', '-1s', '1w', 'PT1H', '10M']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(durationSchema.safeParse(text).success, false);
      assert.throws(() => milliseconds(text), TypeError);
    });
  }

  // A Node.js timer that is asked for more than 2^31-1 ms fires at once: a gate with `timeout: 30d` would fail in a moment.
  for (const text of ['30d', '600h', '99999999999999999999d']) {
    it(`refuses ${text}, longer than a timer can be`, () => assert.equal(durationSchema.safeParse(text).success, false));
  }
  it('accepts 24d', () => assert.ok(durationSchema.safeParse('24d').success));
});

describe('ages', () => {
  for (const [text, expected] of [
    ['1d', 1],
    ['30d', 30],
    ['3650d', 3650],
  ] as const) {
    it(`${text} is ${expected} days: longer than a timer can be is fine`, () => {
      assert.ok(daysSchema.safeParse(text).success);
      assert.equal(days(text), expected);
    });
  }
  for (const text of ['', '0d', '01d', '30', '720h', '1.5d', '-1d', '30 d', '1000000d']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(daysSchema.safeParse(text).success, false);
      assert.throws(() => days(text), TypeError);
    });
  }
});
