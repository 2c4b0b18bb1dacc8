import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DeploymentRow } from '../../../src/core/control-plane/questions.ts';
import { changesOfDeployments, type Change } from '../../../src/core/report/changes.ts';
import { dora, type ReportWindow } from '../../../src/core/report/dora.ts';
import { median, percentile } from '../../../src/core/report/statistics.ts';
import { durationText, reportText } from '../../../src/core/report/text.ts';

const DAY = 86_400_000;
const FROM = Date.parse('2026-03-01T00:00:00Z');
const window: ReportWindow = { environment: 'production', from: FROM, to: FROM + 10 * DAY, counted: 'deployments' };

let count = 0;
/** A change that ended so many days after the beginning of the window. */
const change = (day: number, extra: Partial<Change> = {}): Change => ({
  id: `c${String(count++).padStart(4, '0')}`,
  result: 'passed',
  rollback: false,
  ended_at: FROM + day * DAY,
  commits: [],
  ...extra,
});
const report = (...changes: Change[]) => dora(changes, window);

const anyChanges = fc
  .array(
    fc.record({
      result: fc.constantFrom('passed', 'failed', 'interrupted' as const),
      rollback: fc.boolean(),
      day: fc.integer({ min: -50, max: 150 }).map((tenth) => tenth / 10),
      ages: fc.array(fc.integer({ min: -5, max: 100 }), { maxLength: 3 }),
    }),
    { maxLength: 30 },
  )
  .map((items) =>
    items
      .sort((a, b) => a.day - b.day)
      .map(({ result, rollback, day, ages }, index): Change => {
        const ended_at = FROM + day * DAY;
        const commits = ages.map((age, at) => ({ sha: `${index}-${at}`, committed_at: ended_at - age * 3_600_000 }));
        return { id: `c${String(index).padStart(4, '0')}`, result, rollback, ended_at, commits };
      }),
  );

describe('the four measures', () => {
  it('say that there is nothing, and divide by nothing', () => {
    const empty = report();
    assert.deepEqual(empty.deployment_frequency, { deployments: 0, per_day: 0, per_week: 0, band: null });
    assert.deepEqual([empty.lead_time.median_s, empty.lead_time.p90_s, empty.change_failure_rate.rate], [null, null, null]);
    assert.deepEqual(empty.time_to_restore, { restored: 0, median_s: null, open: null });
    assert.doesNotMatch(reportText(empty, 'x'), /NaN|Infinity|null|undefined/);
  });

  it('are right of one deployment', () => {
    const ended_at = FROM + DAY;
    const one = report(change(1, { commits: [{ sha: 'a', committed_at: ended_at - 2 * 3_600_000 }] }));
    assert.deepEqual(one.deployment_frequency, { deployments: 1, per_day: 0.1, per_week: 0.7, band: 'medium' });
    assert.deepEqual(one.lead_time, { commits: 1, median_s: 7200, p90_s: 7200, clamped: 0 });
    assert.equal(one.change_failure_rate.rate, 0);
  });

  it('count a deployment at the beginning of the window, and none at its end', () => {
    assert.deepEqual(
      [report(change(0)), report(change(10)), report(change(9.999)), report(change(-0.001))].map((r) => r.change_failure_rate.tried),
      [1, 0, 1, 0],
    );
    assert.equal(report(change(10)).in_future, 1);
  });

  it('count as failed what failed, what was interrupted, and what the next one took back', () => {
    const { change_failure_rate: rate } = report(
      change(1),
      change(2),
      change(3, { rollback: true }),
      change(4, { result: 'failed' }),
      change(5, { result: 'interrupted' }),
    );
    assert.deepEqual(rate, { tried: 5, failed: 1, interrupted: 1, rolled_back: 1, rate: 3 / 5 });
  });

  it('blame a way back on the deployment before it alone, and not twice where that failed already', () => {
    const { change_failure_rate: rate } = report(change(1), change(2, { result: 'failed' }), change(3, { rollback: true }));
    assert.deepEqual([rate.failed, rate.rolled_back], [1, 0]);
  });

  it('see a way back that came after the window', () => {
    const { change_failure_rate: rate } = report(change(9), change(11, { rollback: true }));
    assert.deepEqual([rate.tried, rate.rolled_back], [1, 1]);
  });

  it('measure the time to restore from the first failure in a row to the next that passed', () => {
    const { time_to_restore: restore } = report(change(1, { result: 'failed' }), change(1.25, { result: 'failed' }), change(2), change(3));
    assert.deepEqual(restore, { restored: 1, median_s: DAY / 1000, open: null });
  });

  it('measure a way back from the deployment that it took back', () => {
    const { time_to_restore: restore } = report(change(1), change(1.5, { rollback: true }));
    assert.deepEqual([restore.restored, restore.median_s], [1, DAY / 2000]);
  });

  it('say which failure is still open, and since when', () => {
    const failure = change(4, { result: 'failed' });
    const open = report(change(1), failure, change(5, { result: 'interrupted' }));
    assert.deepEqual(open.time_to_restore, {
      restored: 0,
      median_s: null,
      open: { id: failure.id, since: new Date(failure.ended_at).toISOString() },
    });
    assert.match(reportText(open, 'x'), /1 still open/);
  });

  it('leave trouble that began before the window to the window in which it began', () => {
    const { time_to_restore: restore } = report(change(-1, { result: 'failed' }), change(1, { result: 'failed' }), change(2));
    assert.deepEqual([restore.restored, restore.open], [0, null]);
  });

  it('count a commit with the first deployment that brought it, and none with the way back', () => {
    const commits = [{ sha: 'a', committed_at: FROM }];
    const { lead_time: lead } = report(
      change(1, { result: 'failed', commits }),
      change(2, { commits }),
      change(3, { commits }),
      change(4, { rollback: true, commits: [{ sha: 'b', committed_at: FROM }] }),
    );
    assert.deepEqual([lead.commits, lead.median_s], [1, (2 * DAY) / 1000]);
  });

  it('count a commit from the future as no time, and say so', () => {
    const skewed = report(change(1, { commits: [{ sha: 'a', committed_at: FROM + 2 * DAY }] }));
    assert.deepEqual(skewed.lead_time, { commits: 1, median_s: 0, p90_s: 0, clamped: 1 });
    assert.match(reportText(skewed, 'x'), /1 commit had a time after the deployment/);
  });

  it('know no failure where only promotions are counted, and say so', () => {
    const counted = dora([change(1), change(2)], { ...window, counted: 'promotions' });
    assert.equal(counted.change_failure_rate.rate, null);
    assert.match(reportText(counted, 'x'), /2 promotions/);
    assert.match(reportText(counted, 'x'), /each passed promotion into it counts/);
  });

  it('add up over windows that meet, and stay within their bounds', () => {
    fc.assert(
      fc.property(anyChanges, fc.integer({ min: 1, max: 99 }), (changes, cut) => {
        const middle = FROM + (cut / 10) * DAY;
        const [whole, first, second] = [
          dora(changes, window),
          dora(changes, { ...window, to: middle }),
          dora(changes, { ...window, from: middle }),
        ];
        const sum = (pick: (r: typeof whole) => number) => assert.equal(pick(first) + pick(second), pick(whole));
        sum((r) => r.deployment_frequency.deployments);
        sum((r) => r.change_failure_rate.tried);
        sum((r) => r.change_failure_rate.failed);
        sum((r) => r.change_failure_rate.rolled_back);
        sum((r) => r.lead_time.commits);
        sum((r) => r.time_to_restore.restored);
        const { rate } = whole.change_failure_rate;
        assert.ok(rate === null || (rate >= 0 && rate <= 1));
        const { median_s, p90_s } = whole.lead_time;
        assert.ok((median_s ?? 0) >= 0 && (p90_s ?? 0) >= (median_s ?? 0) * 0.5);
        assert.ok((whole.time_to_restore.median_s ?? 0) >= 0);
        assert.doesNotMatch(reportText(whole, 'x'), /NaN|Infinity|null|undefined/);
      }),
    );
  });

  it('do not change when everything happens a year later', () => {
    fc.assert(
      fc.property(anyChanges, (changes) => {
        const year = 365 * DAY;
        const later = changes.map((item) => ({
          ...item,
          ended_at: item.ended_at + year,
          commits: item.commits.map(({ sha, committed_at }) => ({ sha, committed_at: committed_at + year })),
        }));
        const moved = dora(later, { ...window, from: FROM + year, to: window.to + year });
        const here = dora(changes, window);
        for (const part of ['deployment_frequency', 'lead_time', 'change_failure_rate'] as const) assert.deepEqual(moved[part], here[part]);
      }),
    );
  });
});

describe('rows of deployments', () => {
  const row = (id: string, result: DeploymentRow['result'], deployed_at: string, commits: unknown = []) =>
    ({ id, result, deployed_at, started: true, rollback: false, commits }) as DeploymentRow;

  it('count where they were tried, oldest first, whatever their order and offset', () => {
    const rows = [
      row('c', 'failed', '2026-03-01T12:00:00+08:00'),
      row('b', 'refused', '2026-03-01T03:00:00Z'),
      row('d', 'cancelled', '2026-03-01T03:00:00Z'),
      row('a', 'passed', '2026-03-01T03:59:00Z'),
      row('e', 'interrupted', '2026-03-01T05:00:00Z'),
      // It never got to its command: nothing was changed.
      { ...row('f', 'failed', '2026-03-01T05:00:00Z'), started: false },
    ];
    assert.deepEqual(
      changesOfDeployments(rows).map(({ id }) => id),
      ['a', 'c', 'e'],
    );
  });

  it('survive commits and times that are none', () => {
    const rows = [row('a', 'passed', '2026-03-01T03:59:00Z', { not: 'a list' }), row('b', 'passed', 'yesterday')];
    assert.deepEqual(
      changesOfDeployments(rows).map(({ id, commits }) => [id, commits]),
      [['a', []]],
    );
  });
});

describe('statistics', () => {
  it('are those of the sorted values', () => {
    assert.deepEqual([median([]), median([5]), median([9, 1]), median([9, 1, 2])], [null, 5, 5, 2]);
    assert.deepEqual([percentile([], 0.9), percentile([7], 0.9), percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 0.9)], [null, 7, 9]);
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const p90 = percentile(values, 0.9)!;
        assert.ok(values.includes(p90) && values.filter((value) => value <= p90).length >= 0.9 * values.length);
        assert.ok(median(values)! >= Math.min(...values) && median(values)! <= Math.max(...values));
      }),
    );
  });
});

describe('durations for people', () => {
  it('have a unit that fits', () => {
    assert.deepEqual([0, 59, 600, 7200, 200_000].map(durationText), ['0 s', '59 s', '10 min', '2.0 h', '2.3 d']);
  });
});
