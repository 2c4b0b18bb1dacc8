import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse, stringify, type ToStringOptions } from 'yaml';
import { withSuppression } from '../../../src/adapters/files/suppression-text.ts';
import type { Suppression } from '../../../src/core/config/policy.ts';

const entry: Suppression = {
  rule: 'no-secrets',
  file: 'docs/keys.md',
  contains: 'A key: "x" # y',
  reason: 'Void since 2019, kept as an example',
  until: '2026-12-25',
};
const LINES = `- rule: no-secrets
  file: docs/keys.md
  contains: 'A key: "x" # y'
  reason: Void since 2019, kept as an example
  until: 2026-12-25
`;
const indented = (spaces: number) => LINES.replace(/^(?=.)/gm, ' '.repeat(spaces));

describe('odoo-ops.yml with one more suppression', () => {
  for (const [what, before, after] of [
    ['an empty file', '', `policy:\n  suppressions:\n${indented(4)}`],
    ['a file of comments', '# Ours\n', `# Ours\npolicy:\n  suppressions:\n${indented(4)}`],
    ['a file without the section', 'version:   1 # one\n', `version:   1 # one\npolicy:\n  suppressions:\n${indented(4)}`],
    ['a last line that does not end', 'version: 1', `version: 1\npolicy:\n  suppressions:\n${indented(4)}`],
    [
      'an empty list',
      'policy:\n  suppressions: []  # none yet\nversion: 1\n',
      `policy:\n  suppressions:  # none yet\n${indented(4)}version: 1\n`,
    ],
    ['an empty section', 'policy:\nversion: 1\n', `policy:\n  suppressions:\n${indented(4)}version: 1\n`],
    [
      'a section of other things',
      'policy: # ours\n  stages:\n    a/**:   production # live\n\n# Gates\npromotion:\n  remote: origin\n',
      `policy: # ours\n  stages:\n    a/**:   production # live\n  suppressions:\n${indented(4)}\n# Gates\npromotion:\n  remote: origin\n`,
    ],
    [
      'entries that are not indented',
      'policy:\n  suppressions:\n  - rule: no-secrets # x\n    reason: long enough\n    until: 2026-01-01 # soon\n  # below\nversion: 1\n',
      `policy:\n  suppressions:\n  - rule: no-secrets # x\n    reason: long enough\n    until: 2026-01-01 # soon\n${indented(2)}  # below\nversion: 1\n`,
    ],
    [
      'an entry on one line, deeply indented',
      'policy:\n    suppressions:\n        - {rule: no-secrets,   reason: long enough, until: 2026-01-01}\n    stages: {}\n',
      `policy:\n    suppressions:\n        - {rule: no-secrets,   reason: long enough, until: 2026-01-01}\n${indented(8)}    stages: {}\n`,
    ],
  ] as const) {
    it(`leaves ${what} otherwise as it is written`, () => assert.equal(withSuppression(before, entry), after));
  }

  it('keeps the ends of lines', () => {
    const crlf = (text: string) => text.replaceAll('\n', '\r\n');
    assert.equal(withSuppression(crlf('version: 1\n'), entry), crlf(`version: 1\npolicy:\n  suppressions:\n${indented(4)}`));
  });

  it('has no answer for a text that does not parse', () => {
    assert.equal(withSuppression('policy: [', entry), undefined);
  });

  it('means what it meant before, and the entry, whatever is in the file', () => {
    const key = fc.stringMatching(/^[a-z][a-z_]{0,8}$/).filter((word) => word !== 'policy' && word !== 'suppressions');
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.constant(null),
      fc.array(fc.string()),
      fc.dictionary(key, fc.string(), { noNullPrototype: true }),
    );
    const other: Suppression = { rule: 'cron-limits', reason: 'Another one, above', until: '2026-01-01' };
    const policy = fc.record(
      {
        stages: fc.dictionary(key, fc.constant('production'), { noNullPrototype: true }),
        suppressions: fc.array(fc.constant(other), { maxLength: 2 }),
        extra: value,
      },
      { requiredKeys: [] },
    );
    const file = fc.tuple(
      fc.dictionary(key, value, { noNullPrototype: true }),
      fc.option(policy, { nil: undefined }),
      fc.dictionary(key, value, { noNullPrototype: true }),
    );
    const styles = fc.record({
      indent: fc.constantFrom(2, 4),
      indentSeq: fc.boolean(),
      collectionStyle: fc.constantFrom('any', 'flow'),
    });
    fc.assert(
      fc.property(file, styles, fc.string({ minLength: 10 }), ([before, section, after], style, reason) => {
        const object = { ...before, ...(section === undefined ? {} : { policy: section }), ...after };
        const written = withSuppression(stringify(object, style as ToStringOptions), { ...entry, reason });
        const suppressions = [...(section?.suppressions ?? []), { ...entry, reason }];
        assert.deepEqual(parse(written ?? ''), { ...object, policy: { ...section, suppressions } });
      }),
      { numRuns: 500 },
    );
  });
});
