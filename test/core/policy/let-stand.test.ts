import assert from 'node:assert/strict';
import type { Finding } from '../../../src/core/policy/finding.ts';
import { dayAfter, isSuppressible, reasonProblem, suppressionOf, untilProblem } from '../../../src/core/policy/let-stand.ts';
import { suppress } from '../../../src/core/policy/suppression.ts';

const finding: Finding = {
  rule: 'cron-limits',
  severity: 'error',
  file: 'deploy/odoo.conf',
  range: null,
  message: 'limit_time_real_cron = 0: there is no end.',
  fix: 'Write 300.',
  paragraph: '§8.2',
};
const options = { today: '2026-11-25', ranges: [], rules: ['cron-limits', 'no-secrets'], isPartial: false } as const;

describe('letting a finding stand', () => {
  it('is about this finding and no other', () => {
    const entry = suppressionOf(finding, '  The close runs for a day  ', '2026-12-25');
    assert.ok(entry);
    assert.equal(entry.reason, 'The close runs for a day');
    const others: Finding[] = [
      { ...finding, message: 'limit_time_real_cron = 10.' },
      { ...finding, file: 'deploy/other.conf' },
      { ...finding, rule: 'no-secrets' },
    ];
    const { standing, suppressed } = suppress([finding, ...others], [entry], options);
    assert.deepEqual([standing, suppressed.map((one) => one.finding)], [others, [finding]]);
  });

  it('holds also where lines are put in above', () => {
    const moved = { ...finding, message: 'LEVELS is changed by remember (line 15).' };
    const entry = suppressionOf({ ...finding, message: 'LEVELS is changed by remember (line 5).' }, 'A reason that is long', '2026-12-25');
    assert.ok(entry);
    assert.deepEqual(suppress([moved], [entry], options).standing, []);
  });

  it('keeps lines of a commit, which never move', () => {
    const message = 'Commit 0a1b2c3d4e puts a secret into line 5 of a.py: …';
    assert.equal(suppressionOf({ ...finding, message }, 'A reason that is long', '2026-12-25')?.contains, message);
  });

  it('works for what is about no file', () => {
    const history = { ...finding, file: null };
    const entry = suppressionOf(history, 'A reason that is long', '2026-12-25');
    assert.ok(entry);
    assert.deepEqual(suppress([history], [entry], options).standing, []);
  });

  it('is refused for entries themselves', () => {
    const own: Finding = { ...finding, rule: 'suppression' };
    assert.equal(isSuppressible(own), false);
    assert.equal(suppressionOf(own, 'A reason that is long', '2026-12-25'), undefined);
  });

  for (const [text, problem] of [
    ['2026-11-25', undefined],
    ['2026-12-25', undefined],
    ['2026-11-24', /over/],
    ['2026-02-30', /Write a day, as 2026-12-25/],
    ['25.12.2026', /Write a day/],
    ['', /Write a day/],
    ['2027-11-26', /More than a year/],
  ] as const) {
    it(`${problem ? 'refuses' : 'takes'} ${JSON.stringify(text)} as the last day`, () => {
      const said = untilProblem(text, '2026-11-25');
      if (problem) assert.match(said ?? '', problem);
      else assert.equal(said, undefined);
    });
  }

  it('counts days by the calendar', () => {
    assert.deepEqual(
      [dayAfter('2026-11-25', 30), dayAfter('2028-02-28', 1), dayAfter('2026-12-31', 1)],
      ['2026-12-25', '2028-02-29', '2027-01-01'],
    );
  });

  it('wants a reason', () => {
    assert.match(reasonProblem('   short   ') ?? '', /10 characters/);
    assert.equal(reasonProblem('long enough'), undefined);
  });
});
