import assert from 'node:assert/strict';
import fc from 'fast-check';
import { idleOnes, makeRoomFor, turns, type Runner } from '../../../src/core/pr-environments/capacity.ts';

const NOW = new Date('2026-01-31T12:00:00Z');
const minutesAgo = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);
const runner = (number: number, started: number, visited: number | null = null): Runner => ({
  number,
  startedAt: minutesAgo(started),
  lastVisit: visited === null ? null : minutesAgo(visited),
});
const numbersOf = (all: readonly { number: number }[] | null) => all?.map(({ number }) => number) ?? null;

const runners = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 300 }))), { maxLength: 12 })
  .map((all) => all.map(([started, visited], index) => runner(index + 1, started, visited)));
const caps = fc.integer({ min: 1, max: 12 });
/** Nobody is put to sleep within ten minutes of its start or of a visit. */
const isLeftAlone = ({ startedAt, lastVisit }: Runner): boolean =>
  NOW.getTime() - Math.max(startedAt.getTime(), lastVisit?.getTime() ?? 0) < 10 * 60_000;

describe('room for one more environment', () => {
  it('is there while fewer run than may', () => {
    assert.deepEqual(makeRoomFor([runner(1, 60)], 2, NOW), []);
  });

  it('is made by the one that nobody used for the longest time', () => {
    assert.deepEqual(numbersOf(makeRoomFor([runner(1, 500, 20), runner(2, 90), runner(3, 500, 45)], 3, NOW)), [2]);
  });

  it('is made by more of them where fewer may run than did', () => {
    assert.deepEqual(numbersOf(makeRoomFor([runner(1, 20), runner(2, 30), runner(3, 40)], 2, NOW)), [3, 2]);
  });

  it('is not made where somebody uses each, or it came up just now', () => {
    assert.equal(makeRoomFor([runner(1, 500, 2), runner(2, 3)], 2, NOW), null);
  });

  it('is always enough, taken from the longest idle ones, and never from one in use', () => {
    fc.assert(
      fc.property(runners, caps, (running, cap) => {
        const stop = makeRoomFor(running, cap, NOW);
        if (stop === null) {
          assert.ok(running.filter(isLeftAlone).length >= cap);
          return;
        }
        assert.ok(running.length - stop.length < cap || stop.length === 0);
        assert.ok(running.length - stop.length + 1 <= cap);
        assert.equal(stop.some(isLeftAlone), false);
        const idle = idleOnes(running, 0, NOW);
        assert.deepEqual(stop, idle.slice(0, stop.length));
      }),
    );
  });
});

describe('environments that nobody used', () => {
  it('are those without a visit for so long, longest first; a start counts as a use', () => {
    const running = [runner(1, 500, 130), runner(2, 60), runner(3, 400), runner(4, 500, 10)];
    assert.deepEqual(numbersOf(idleOnes(running, 120 * 60_000, NOW)), [3, 1]);
  });
});

describe('the queue', () => {
  const waiter = (number: number, minutes: number) => ({ number, since: minutesAgo(minutes) });

  it('starts the longest waiting one first, as far as there is room', () => {
    const { start, stop } = turns([waiter(7, 5), waiter(8, 50), waiter(9, 20)], [runner(1, 60, 1)], 3, NOW);
    assert.deepEqual([numbersOf(start), numbersOf(stop)], [[8, 9], []]);
  });

  it('lets idle ones make room, and waits for those in use', () => {
    const running = [runner(1, 60, 1), runner(2, 60, 30)];
    const { start, stop } = turns([waiter(7, 5), waiter(8, 50)], running, 2, NOW);
    assert.deepEqual([numbersOf(start), numbersOf(stop)], [[8], [2]]);
    assert.deepEqual(turns([waiter(7, 5)], [runner(1, 60, 1)], 1, NOW), { start: [], stop: [] });
  });

  it('never has more running than may, stops nobody for nothing, and nobody in use', () => {
    const waiting = fc
      .array(fc.integer({ min: 0, max: 300 }), { maxLength: 8 })
      .map((all) => all.map((age, index) => waiter(100 + index, age)));
    fc.assert(
      fc.property(waiting, runners, caps, (queue, running, cap) => {
        const { start, stop } = turns(queue, running, cap, NOW);
        if (start.length > 0) assert.ok(running.length - stop.length + start.length <= cap);
        else assert.deepEqual(stop, []);
        assert.ok(stop.length <= Math.max(start.length, start.length + running.length - cap));
        assert.equal(stop.some(isLeftAlone), false);
        const left = queue.filter((one) => !start.includes(one));
        for (const first of start) for (const later of left) assert.ok(first.since <= later.since);
        // Whoever waits on, waits because nobody else can go.
        if (left.length > 0) assert.ok(running.filter(isLeftAlone).length + start.length >= cap);
      }),
      { numRuns: 1000 },
    );
  });
});
