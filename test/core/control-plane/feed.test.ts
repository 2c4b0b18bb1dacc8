import assert from 'node:assert/strict';
import fc from 'fast-check';
import { answerFromRows } from '../../../src/core/control-plane/answer-from-rows.ts';
import { compareActs, EMPTY_FEED, isSameFeed, withNewest, withOlder, type Feed } from '../../../src/core/control-plane/feed.ts';
import { activity, type Activity, type Cursor } from '../../../src/core/control-plane/questions.ts';
import { activityOf } from '../../../src/core/control-plane/rows.ts';
import { compareTimes } from '../../../src/core/control-plane/time-order.ts';
import { sampleRecord } from '../../support/records.ts';

/** An act that ended so many microseconds after midnight, as PostgreSQL would write the time in some zone. */
function act(number: number, microseconds: number, offset = '+00:00'): Activity {
  const shift = offset === '+00:00' ? 0 : 8 * 3_600_000;
  const second = new Date(Date.UTC(2026, 0, 1) + Math.floor(microseconds / 1e6) * 1000 + shift).toISOString().slice(0, 19);
  const fraction = String(microseconds % 1e6)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return {
    ...activityOf(sampleRecord(number), 'folder'),
    finished_at: `${second}${fraction === '' ? '' : `.${fraction}`}${offset}`,
  };
}

/** What the control plane answers. */
function pageOf(world: readonly Activity[], limit: number, after?: Cursor): Feed {
  const found = answerFromRows({ evidence: world }, activity({}, limit + 1, after));
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last ? { finished_at: last.finished_at, id: last.id } : null };
}

const ids = (items: readonly Activity[]): string[] => items.map(({ id }) => id);

type Step = { does: 'happen'; gap: number; zone: boolean } | { does: 'come late'; back: number } | { does: 'poll' | 'more'; limit: number };
const newer: fc.Arbitrary<Step> = fc.record({
  does: fc.constant('happen' as const),
  gap: fc.constantFrom(0, 0, 1, 999, 1_000_000),
  zone: fc.boolean(),
});
const late: fc.Arbitrary<Step> = fc.record({ does: fc.constant('come late' as const), back: fc.integer({ min: 0, max: 3_000_000 }) });
const asks: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom('poll' as const, 'more' as const),
  limit: fc.integer({ min: 1, max: 5 }),
});

/** Plays steps. @returns what there is, what was there at the last poll, and what is shown */
function play(steps: readonly Step[]): { world: Activity[]; seen: Activity[]; feed: Feed } {
  const world: Activity[] = [];
  let seen: Activity[] = [];
  let feed = EMPTY_FEED;
  let clock = 3_000_000;
  for (const step of steps) {
    // Ids are made by chance: the later act of one moment may have the lower one.
    const number = (world.length * 7919) % 10_007;
    if (step.does === 'happen') world.push(act(number, (clock += step.gap), step.zone ? '+08:00' : '+00:00'));
    else if (step.does === 'come late') world.push(act(number, clock - step.back));
    else if (step.does === 'poll') {
      seen = [...world];
      feed = withNewest(feed, pageOf(world, step.limit));
    } else if (feed.next) feed = withOlder(feed, feed.next, pageOf(world, step.limit, feed.next));
    assert.equal(new Set(ids(feed.items)).size, feed.items.length, 'none is doubled');
    feed.items.slice(1).forEach((item, index) => assert.ok(compareActs(feed.items[index]!, item) < 0, 'newest first'));
  }
  return { world, seen, feed };
}

describe('the feed of acts', () => {
  it('shows what was there at the last poll, without a gap, however polls and pages interleave', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(newer, asks), { maxLength: 60 }), (steps) => {
        // Each of its own moment: of two in one microsecond, the one that comes second is late where its id is the lower one.
        const apart = steps.map((step) => (step.does === 'happen' ? { ...step, gap: Math.max(1, step.gap) } : step));
        const { seen, feed } = play(apart);
        const all = ids(pageOf(seen, 1000).items);
        assert.deepEqual(ids(feed.items), all.slice(0, feed.items.length));
        assert.equal(feed.next === null, feed.items.length === all.length);
      }),
      { numRuns: 500 },
    );
  });

  it('loses none also where records are delivered late: what is asked anew, as far as it is shown, has them all', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(newer, late, asks), { maxLength: 60 }), (steps) => {
        const { world, feed } = play(steps);
        let whole = pageOf(world, Math.max(1, feed.items.length));
        while (whole.next) whole = withOlder(whole, whole.next, pageOf(world, 3, whole.next));
        assert.deepEqual(ids(whole.items), ids(pageOf(world, 1000).items));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the pages that were loaded, unless more happened than a page holds', () => {
    const world = [1, 2, 3, 4, 5, 6].map((number) => act(number, number * 1_000_000));
    let feed = withNewest(EMPTY_FEED, pageOf(world.slice(0, 5), 2));
    feed = withOlder(feed, feed.next!, pageOf(world.slice(0, 5), 2, feed.next!));
    assert.deepEqual(ids(withNewest(feed, pageOf(world, 2)).items), ids([5, 4, 3, 2, 1].map((index) => world[index]!)));
    const busy = [...world, ...[7, 8, 9].map((number) => act(number, number * 1_000_000))];
    assert.deepEqual(withNewest(feed, pageOf(busy, 2)), pageOf(busy, 2));
  });

  it('shows no more what is gone, and leaves out a page that was asked for another end', () => {
    const world = [1, 2, 3, 4].map((number) => act(number, number * 1_000_000));
    const feed = withNewest(EMPTY_FEED, pageOf(world, 3));
    assert.deepEqual(ids(withNewest(feed, pageOf([world[0]!, world[1]!, world[3]!], 2)).items), ids([world[3]!, world[1]!]));
    assert.equal(withOlder(feed, { finished_at: world[2]!.finished_at, id: world[2]!.id }, pageOf(world, 2)), feed);
    assert.ok(isSameFeed(feed, withNewest(feed, pageOf(world, 3))));
    assert.ok(!isSameFeed(feed, withNewest(feed, pageOf(world, 4))));
  });
});

describe('times of the control plane', () => {
  it('are compared to the microsecond, whatever their offset', () => {
    const texts = [
      '2026-01-01T00:00:00.000001+00:00',
      '2026-01-01T08:00:00.00001+08:00',
      '2026-01-01T00:00:00.5Z',
      '2026-01-01T08:00:01+08:00',
    ];
    for (const [index, a] of texts.entries())
      for (const [other, b] of texts.entries()) assert.equal(Math.sign(compareTimes(a, b)), Math.sign(index - other), `${a} ${b}`);
    assert.equal(compareTimes('2026-01-01T00:00:00Z', '2026-01-01T08:00:00.000+08:00'), 0);
  });
});
