import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Suppression } from '../../../src/core/config/policy.ts';
import { RULES, type Finding } from '../../../src/core/policy/finding.ts';
import { suppress, type SuppressOptions } from '../../../src/core/policy/suppression.ts';

const at = (line: number) => ({ start: { line, column: 7 }, end: { line, column: 8 } });
const finding = (over: Partial<Finding> = {}): Finding => ({
  rule: 'no-secrets',
  severity: 'error',
  file: 'docs/old/guide.md',
  range: at(3),
  message: 'A token of Slack: xoxb-…',
  fix: 'Write a placeholder.',
  paragraph: '§7.1',
  ...over,
});
const entry = (over: Partial<Suppression> = {}): Suppression => ({
  rule: 'no-secrets',
  file: 'docs/**',
  reason: 'The example of 2019 is void',
  until: '2026-12-31',
  ...over,
});
const options: SuppressOptions = { today: '2026-11-25', ranges: [at(12), at(20)], rules: RULES, isPartial: false };

describe('suppressions', () => {
  it('lets a finding stand by rule, file pattern and text', () => {
    const other = [
      finding({ rule: 'odoo-stage' }),
      finding({ file: 'src/docs/guide.md' }),
      finding({ file: null }),
      finding({ message: 'A key of AWS' }),
    ];
    const { standing, suppressed } = suppress([finding(), ...other], [entry({ contains: 'Slack' })], options);
    assert.deepEqual(standing, other);
    assert.deepEqual(suppressed, [{ finding: finding(), suppression: entry({ contains: 'Slack' }) }]);
  });

  it('means findings without a file where it names none', () => {
    const whole = finding({ rule: 'linear-promotion', file: null, range: null });
    const { standing, suppressed } = suppress(
      [whole, finding()],
      [{ rule: 'linear-promotion', reason: 'Known since May', until: '2026-12-01' }],
      options,
    );
    assert.deepEqual([standing, suppressed.length], [[finding()], 1]);
  });

  it('holds on its last day and not on the next', () => {
    const on = (today: string) => suppress([finding()], [entry()], { ...options, today }).suppressed.length;
    assert.deepEqual([on('2026-12-30'), on('2026-12-31'), on('2027-01-01')], [1, 1, 0]);
  });

  it('is an error past its day, at its place, with the reason that stood there', () => {
    const { standing } = suppress([finding()], [entry({ reason: 'Unused', until: '2027-01-01' }), entry({ until: '2026-11-24' })], {
      ...options,
      today: '2027-01-02',
      ranges: [at(12), at(20)],
    });
    assert.deepEqual(
      standing.map(({ rule, severity, file, range }) => [rule, severity, file, range?.start.line]),
      [
        ['no-secrets', 'error', 'docs/old/guide.md', 3],
        ['suppression', 'error', 'odoo-ops.yml', 12],
        ['suppression', 'error', 'odoo-ops.yml', 20],
      ],
    );
    assert.equal(
      standing[2]?.message,
      'The suppression of no-secrets in docs/** ended on 2026-11-24. 1 finding that it let stand is back. Its reason was: The example of 2019 is void.',
    );
  });

  it('warns where it matches nothing, only where its rule looked at everything', () => {
    const said = (over: Partial<SuppressOptions>) =>
      suppress([], [entry()], { ...options, ...over }).standing.map(({ message }) => message);
    assert.deepEqual(said({}), ['The suppression of no-secrets in docs/** matches no finding.']);
    assert.deepEqual(said({ isPartial: true }), []);
    assert.deepEqual(said({ rules: ['odoo-stage'] }), []);
    assert.deepEqual(said({ idle: ['no-secrets'] }), []);
    assert.equal(suppress([], [entry()], options).standing[0]?.severity, 'warning');
  });

  it('says nothing of an entry past its day for a rule that nobody asked for', () =>
    assert.deepEqual(suppress([], [entry({ until: '2020-01-01' })], { ...options, rules: ['odoo-stage'] }).standing, []));

  it('warns of a day more than a year ahead, and holds', () => {
    const said = (until: string, today = '2026-11-25') => {
      const { standing, suppressed } = suppress([finding()], [entry({ until })], { ...options, today });
      return [suppressed.length, ...standing.map(({ fix }) => fix)];
    };
    assert.deepEqual(said('2027-11-25'), [1]);
    assert.deepEqual(said('2027-11-26'), [1, 'Write a day until 2027-11-25: then somebody looks at it again.']);
    assert.deepEqual(said('2030-01-01', '2028-02-29'), [1, 'Write a day until 2029-02-28: then somebody looks at it again.']);
  });

  it('loses no finding and invents none but its own', () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ rule: fc.constantFrom(...RULES), file: fc.constantFrom(null, 'a.yml', 'b/c.yml') })),
        fc.array(
          fc.record({
            rule: fc.constantFrom(...RULES),
            file: fc.constantFrom(undefined, '*', '**', 'b/*'),
            until: fc.constantFrom('2026-11-24', '2026-11-25', '2029-01-01'),
          }),
        ),
        (found, entries) => {
          const findings = found.map((over) => finding(over));
          const { standing, suppressed } = suppress(
            findings,
            entries.map((over) => entry(over)),
            options,
          );
          const kept = new Set([...standing.filter(({ rule }) => rule !== 'suppression'), ...suppressed.map((one) => one.finding)]);
          assert.equal(kept.size, findings.length);
          assert.ok(findings.every((one) => kept.has(one)));
          assert.ok(suppressed.every(({ suppression }) => suppression.until >= options.today));
        },
      ),
    ));
});
