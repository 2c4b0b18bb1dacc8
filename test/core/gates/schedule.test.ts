import assert from 'node:assert/strict';
import { allPassed, refusal, type GatePlan, type GateResult } from '../../../src/core/gates/gate.ts';
import { runGates } from '../../../src/core/gates/schedule.ts';

const plan = (name: string, needs: string[] = []): GatePlan => ({ name, title: name, needs, timeout_ms: 1000 });
const result = (name: string, verdict: GateResult['result']): GateResult => ({
  name,
  result: verdict,
  message: verdict,
  started_at: '',
  duration_ms: 0,
  log: '',
});

/** Runs gates by hand: each ends when the test says so. */
function stage(plans: readonly GatePlan[]) {
  const running = new Map<string, (verdict: GateResult['result']) => void>();
  const done = runGates(
    plans,
    ({ name }) => new Promise<GateResult>((resolve) => running.set(name, (verdict) => resolve(result(name, verdict)))),
    ({ name }, need) => ({ ...result(name, 'inconclusive'), message: `not run: ${need}` }),
  );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    running: async () => {
      await settle();
      return [...running.keys()];
    },
    end: (name: string, verdict: GateResult['result'] = 'passed') => running.get(name)?.(verdict),
    done,
  };
}

describe('gates', () => {
  it('run at once where none needs another', async () => {
    const gates = stage([plan('a'), plan('b'), plan('c')]);
    assert.deepEqual(await gates.running(), ['a', 'b', 'c']);
    for (const name of ['c', 'a', 'b']) gates.end(name);
    assert.deepEqual(
      (await gates.done).map(({ name }) => name),
      ['a', 'b', 'c'],
    );
  });

  it('wait for what they need, and for nothing else', async () => {
    const gates = stage([plan('a'), plan('b', ['a']), plan('c'), plan('d', ['b', 'c'])]);
    assert.deepEqual(await gates.running(), ['a', 'c']);
    gates.end('a');
    assert.deepEqual(await gates.running(), ['a', 'c', 'b']);
    gates.end('b');
    gates.end('c');
    assert.deepEqual(await gates.running(), ['a', 'c', 'b', 'd']);
    gates.end('d');
    assert.ok(allPassed(await gates.done));
  });

  for (const verdict of ['failed', 'inconclusive'] as const) {
    it(`are not run after a need that ${verdict === 'failed' ? 'failed' : 'was inconclusive'}, nor those that need them`, async () => {
      const gates = stage([plan('a'), plan('b', ['a']), plan('c', ['b'])]);
      await gates.running();
      gates.end('a', verdict);
      const results = await gates.done;
      assert.deepEqual(await gates.running(), ['a']);
      assert.deepEqual(
        results.map(({ result: value }) => value),
        [verdict, 'inconclusive', 'inconclusive'],
      );
      assert.equal(allPassed(results), false);
    });
  }

  it('count as failed where they are inconclusive', () => {
    assert.equal(allPassed([result('a', 'passed'), result('b', 'inconclusive')]), false);
    assert.equal(refusal([result('a', 'passed'), result('b', 'inconclusive'), result('c', 'failed')]), 'b: inconclusive; c: failed');
  });

  it('all pass where there are none', async () => assert.ok(allPassed(await stage([]).done)));
});
