import assert from 'node:assert/strict';
import fc from 'fast-check';
import { matchesAny, matchesPattern } from '../../../src/core/config/patterns.ts';

describe('branch and file patterns', () => {
  const cases: [string, string, boolean][] = [
    ['feature/x', 'feature/*', true],
    ['feature/x/y', 'feature/*', false],
    ['feature/x/y', 'feature/**', true],
    ['feature', 'feature/*', false],
    ['xfeature/x', 'feature/*', false],
    ['requirements-dev.txt', 'requirements-*.txt', true],
    ['requirements-devxtxt', 'requirements-*.txt', false],
    ['a+b(c)[d]{e}|f^g$', 'a+b(c)[d]{e}|f^g$', true],
    ['config/a/b.conf', 'config/**', true],
    ['config/a\nb.conf', 'config/**', true],
    ['feature/価格', 'feature/*', true],
  ];
  for (const [name, pattern, expected] of cases) {
    it(`${JSON.stringify(name)} ${expected ? 'fits' : 'does not fit'} ${pattern}`, () =>
      assert.equal(matchesPattern(name, pattern), expected));
  }

  it('a text without stars fits itself and nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, other) => {
        fc.pre(!name.includes('*'));
        assert.equal(matchesPattern(name, name), true);
        assert.equal(matchesPattern(other, name), other === name);
      }),
    );
  });

  it('fits where any of several does', () => {
    assert.equal(matchesAny('fix/a', ['feature/*', 'fix/*']), true);
    assert.equal(matchesAny('fix/a', []), false);
  });
});
