import assert from 'node:assert/strict';
import { createRuns } from '../../../src/extension/policy/runs.ts';
import type { Wish } from '../../../src/extension/policy/wish.ts';
import { until } from '../../support/until.ts';

const changed = (...uris: string[]): Wish => ({ changed: new Set(uris) });
const filesOf = ({ changed: uris }: Wish) => (uris === 'all' ? 'all' : [...(uris ?? [])].sort().join());

/** Runs that end when they are told to. */
function manualRuns() {
  const begun: { wish: Wish; end: (error?: Error) => void; isEnded: boolean }[] = [];
  const runs = createRuns(
    (wish, signal) =>
      new Promise<void>((resolve, reject) => {
        const run = { wish, isEnded: false, end: (error?: Error) => (error ? reject(error) : resolve()) };
        begun.push(run);
        signal.addEventListener('abort', () => {
          run.isEnded = true;
          reject(signal.reason as Error);
        });
      }),
  );
  return { begun, runs, begin: (number: number) => until(`run ${number}`, () => begun[number - 1]) };
}

describe('runs of the check', () => {
  it('are one for wishes that come together', async () => {
    const { begun, runs, begin } = manualRuns();
    runs.soon(changed('a'));
    runs.soon(changed('b'));
    runs.soon({});
    const { wish, end } = await begin(1);
    end();
    await runs.settled();
    assert.deepEqual([filesOf(wish), begun.length], ['a,b', 1]);
  });

  it('make way for a newer one, which does their work too', async () => {
    const { begun, runs, begin } = manualRuns();
    const first = runs.now(changed('a'));
    const old = await begin(1);
    const second = runs.now({ changed: new Set(['b']), reopen: true });
    const next = await begin(2);
    assert.deepEqual([old.isEnded, filesOf(next.wish), next.wish.reopen], [true, 'a,b', true]);
    next.end();
    await Promise.all([first, second]);
    assert.equal(begun.length, 2);
  });

  it('come to an end however often somebody types', async () => {
    const { runs, begin } = manualRuns();
    void runs.now(changed('a'));
    await begin(1);
    void runs.now({});
    const second = await begin(2);
    const last = runs.now(changed('b'));
    assert.equal(second.isEnded, false);
    second.end();
    const third = await begin(3);
    assert.equal(filesOf(third.wish), 'b');
    third.end();
    await last;
  });

  it('start also where changes never stop', async () => {
    const { runs, begin } = manualRuns();
    const typing = setInterval(() => runs.soon({}), 50);
    try {
      (await begin(1)).end();
    } finally {
      clearInterval(typing);
      runs.stop();
    }
  });

  it('go on to their end where a person asked for them', async () => {
    const { begun, runs, begin } = manualRuns();
    const asked = runs.now({ changed: 'all', thorough: true });
    const first = await begin(1);
    const typed = runs.now({});
    assert.equal(first.isEnded, false);
    first.end();
    (await begin(2)).end();
    await Promise.all([asked, typed]);
    assert.equal(begun.length, 2);
  });

  it('end when they are stopped, and nothing follows', async () => {
    const { begun, runs, begin } = manualRuns();
    const asked = runs.now({ changed: 'all', thorough: true });
    await begin(1);
    void runs.now({}).catch(() => undefined);
    runs.stop();
    await assert.rejects(asked, { name: 'AbortError' });
    assert.equal(begun.length, 1);
  });

  it('tell the error of the last one, and work afterwards', async () => {
    const { runs, begin } = manualRuns();
    const failing = runs.now({});
    (await begin(1)).end(new Error('git is gone'));
    await assert.rejects(failing, /git is gone/);
    const working = runs.now({});
    (await begin(2)).end();
    await working;
  });
});
