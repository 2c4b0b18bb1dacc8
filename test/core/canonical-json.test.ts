import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalJson } from '../../src/core/canonical-json.ts';

/** The same value with its keys in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, shuffled(inner)] as const);
  return Object.fromEntries(entries.reverse());
}

const values = fc
  .jsonValue({ maxDepth: 4 })
  .map(
    (value) =>
      JSON.parse(
        JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'number' ? Math.trunc(inner % 1e9) || 0 : inner)),
      ) as unknown,
  );

describe('canonical JSON', () => {
  it('has the same bytes for equal values', () => {
    fc.assert(fc.property(values, (value) => assert.equal(canonicalJson(shuffled(value)), canonicalJson(value))));
  });

  it('reads back as the same value', () => {
    fc.assert(fc.property(values, (value) => assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)))));
  });

  it('sorts keys by code unit and writes no white space', () => {
    assert.equal(canonicalJson({ b: 1, a: [true, null], B: { d: 'x', c: '' } }), '{"B":{"c":"","d":"x"},"a":[true,null],"b":1}');
  });

  it('sorts keys that look like numbers the same way, whatever order they came in', () => {
    assert.equal(canonicalJson({ 10: 'a', 9: 'b', a: 1 }), canonicalJson({ a: 1, 9: 'b', 10: 'a' }));
  });

  for (const number of [0.1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    it(`refuses ${number}`, () => assert.throws(() => canonicalJson({ a: number }), TypeError));
  }
});
