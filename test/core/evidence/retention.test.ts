import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { recordHash, type EvidenceRecord } from '../../../src/core/evidence/record.ts';
import { planPrune, type RetentionFacts } from '../../../src/core/evidence/retention.ts';
import type { Hash } from '../../../src/core/hash.ts';
import { sampleRecord } from '../../support/records.ts';

const hash: Hash = (data) => createHash('sha256').update(data).digest('hex');
const NOW = new Date('2026-06-01T00:00:00Z');
const policy = { compress_after_days: 30, remove_after_days: 90, logs_before: '2026-05-02T00:00:00+08:00' };
const sha = (digit: number) => String(digit).repeat(40);
const daysBefore = (days: number) => new Date(NOW.getTime() - days * 86_400_000).toISOString();

type Act = 'build' | 'promotion' | 'deployment' | 'prune';
interface Sketch {
  act: Act;
  days: number;
  result?: EvidenceRecord['result'];
  environment?: 'staging' | 'production';
  sha?: number | null;
  emergency?: boolean;
  open?: boolean;
}

/** Only what retention looks at is there: the rest of a plan says nothing to it. */
function partsOf({ act, environment = 'staging', sha: digit = 1, emergency = false }: Sketch): Pick<EvidenceRecord, 'plan' | 'outcome'> {
  const value = digit === null ? null : sha(digit);
  if (act === 'build') return { plan: { ...sampleRecord().plan, commit: { sha: value } } as EvidenceRecord['plan'], outcome: null };
  if (act === 'prune') return { plan: { act, compress: [], remove: [], keep: [], ...policy }, outcome: null };
  return {
    plan: { act, environment, emergency: emergency ? { reason: 'x' } : null } as EvidenceRecord['plan'],
    outcome: { act, sha: value } as EvidenceRecord['outcome'],
  };
}

function fact(number: number, sketch: Sketch, extra: Partial<RetentionFacts> = {}): RetentionFacts {
  const record: EvidenceRecord = sampleRecord(number, {
    ...partsOf(sketch),
    result: sketch.result ?? 'passed',
    started_at: daysBefore(sketch.days),
    finished_at: daysBefore(sketch.days),
  });
  if (sketch.open !== true) record.hash = recordHash(record, hash);
  return { folder: `f/${number}`, record, whole: true, compressed: false, waiting: false, published: true, ...extra };
}

const numbers = (places: readonly { folder: string }[]) => places.map(({ folder }) => Number(folder.slice(2)));
function planOf(...facts: RetentionFacts[]) {
  const { compress, remove, keep } = planPrune(facts, NOW, policy);
  return { compress: numbers(compress), remove: numbers(remove), keep: keep.map(({ folder, why }) => `${folder.slice(2)} ${why}`) };
}

describe('what becomes of old evidence', () => {
  it('compresses from 30 days on, removes from 90 days on, to the second', () => {
    const plan = planOf(...[29.9999, 30, 89.9999, 90, 400].map((days, index) => fact(index, { act: 'build', days, sha: index })));
    assert.deepEqual(plan, { compress: [1, 2], remove: [3, 4], keep: [] });
  });

  it('counts from the end of an act that took long', () => {
    const long = fact(1, { act: 'build', days: 100 });
    const record = { ...long.record, finished_at: daysBefore(80) };
    assert.deepEqual(planOf({ ...long, record }), { compress: [1], remove: [], keep: [] });
  });

  it('leaves a compressed folder as it is until it goes', () => {
    assert.deepEqual(planOf(fact(1, { act: 'build', days: 50 }, { compressed: true })), { compress: [], remove: [], keep: [] });
    assert.deepEqual(planOf(fact(1, { act: 'build', days: 100 }, { compressed: true })).remove, [1]);
  });

  it('keeps the link of what it removes', () => {
    const old = fact(7, { act: 'build', days: 100 });
    const { remove } = planPrune([old], NOW, policy);
    const { id, hash: seal, previous, started_at } = old.record;
    assert.deepEqual(remove, [{ id, folder: 'f/7', hash: seal, previous, started_at }]);
  });

  for (const [what, extra, words] of [
    ['waits for the control plane', { waiting: true }, 'waits for the control plane'],
    ['the remote does not have', { published: false }, 'not on the remote yet'],
  ] as const) {
    it(`compresses and does not remove what ${what}`, () => {
      assert.deepEqual(planOf(fact(1, { act: 'build', days: 100 }, extra)), { compress: [1], remove: [], keep: [`1 ${words}`] });
    });
  }

  it('touches nothing that is open or was changed, or lies in two folders: that is for somebody to look at', () => {
    const twice = fact(3, { act: 'build', days: 100, sha: 3 });
    const plan = planOf(fact(1, { act: 'build', days: 100, open: true }), fact(2, { act: 'build', days: 40 }, { whole: false }), twice, {
      ...twice,
      folder: 'f/4',
    });
    assert.deepEqual(
      [plan.compress, plan.remove, plan.keep.map((line) => line.slice(0, 7))],
      [[], [], ['1 the a', '2 chang', '3 lies ', '4 lies ']],
    );
  });

  it('keeps the last passed deployment and promotion of each environment, and the build of what runs', () => {
    const plan = planOf(
      fact(1, { act: 'build', days: 200, sha: 1 }),
      fact(2, { act: 'build', days: 199, sha: 2 }),
      fact(3, { act: 'promotion', days: 198, sha: 1 }),
      fact(4, { act: 'promotion', days: 197, sha: 2 }),
      fact(5, { act: 'promotion', days: 196, sha: 1, environment: 'production' }),
      fact(6, { act: 'promotion', days: 195, sha: null, environment: 'production', result: 'refused' }),
      fact(7, { act: 'deployment', days: 194, sha: 1 }),
      fact(8, { act: 'deployment', days: 193, sha: 2 }),
      fact(9, { act: 'deployment', days: 192, sha: null, result: 'failed' }),
    );
    assert.deepEqual(plan.remove, [3, 6, 7, 9]);
    assert.deepEqual(plan.keep, [
      '1 the build of what runs',
      '2 the build of what runs',
      '4 the last promotion to staging',
      '5 the last promotion to production',
      '8 the last deployment of staging that passed',
    ]);
  });

  it('keeps a failed deployment too whose commit runs all the same, and what passed before it', () => {
    const plan = planOf(
      fact(1, { act: 'deployment', days: 200, sha: 1 }),
      fact(2, { act: 'deployment', days: 199, sha: 2, result: 'failed' }),
    );
    assert.deepEqual([plan.remove, plan.keep], [[], ['1 the last deployment of staging that passed', '2 tells what runs in staging']]);
  });

  it('keeps both of two that began in the same second', () => {
    assert.deepEqual(planOf(fact(1, { act: 'promotion', days: 200 }), fact(2, { act: 'promotion', days: 200 })).remove, []);
  });

  it('keeps passed promotions of the emergency path: they say why production has commits of its own', () => {
    const emergency = { act: 'promotion', environment: 'production', emergency: true } as const;
    const plan = planOf(
      fact(1, { ...emergency, days: 300 }),
      fact(2, { ...emergency, days: 299, result: 'refused' }),
      fact(3, { act: 'promotion', environment: 'production', days: 298 }),
    );
    assert.deepEqual(plan.remove, [2]);
  });

  it('of no readable time is left alone', () => {
    const timeless = fact(1, { act: 'build', days: 1 });
    timeless.record.started_at = 'long ago';
    assert.deepEqual(planOf(timeless), { compress: [], remove: [], keep: [] });
  });

  describe('whatever there is', () => {
    const sketch: fc.Arbitrary<Sketch> = fc.record({
      act: fc.constantFrom<Act>('build', 'promotion', 'deployment', 'prune'),
      days: fc.integer({ min: 0, max: 200 }),
      result: fc.constantFrom<EvidenceRecord['result']>('passed', 'failed', 'refused', 'cancelled', 'interrupted'),
      environment: fc.constantFrom('staging', 'production'),
      sha: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
      emergency: fc.boolean(),
      open: fc.boolean(),
    });
    const flags = fc.record({ whole: fc.boolean(), compressed: fc.boolean(), waiting: fc.boolean(), published: fc.boolean() });
    const facts = fc
      .array(fc.tuple(sketch, flags), { maxLength: 25 })
      .map((items) => items.map(([item, extra], index) => fact(index, item, extra)));
    const runs = ({ record }: RetentionFacts, act: 'promotion' | 'deployment', environment: string) =>
      record.result === 'passed' &&
      record.plan.act === act &&
      record.plan.environment === environment &&
      record.outcome?.act === act &&
      record.outcome.sha !== null;

    it('removes nothing that is open, changed, young, on its way, a prune, or the last of its environment', () => {
      fc.assert(
        fc.property(facts, (all) => {
          const removed = new Set(numbers(planPrune(all, NOW, policy).remove));
          for (const [index, item] of all.entries()) {
            if (!removed.has(index)) continue;
            assert.ok(item.record.hash !== null && item.whole && item.published && !item.waiting && item.record.plan.act !== 'prune');
            assert.ok(Date.parse(item.record.started_at) <= NOW.getTime() - 90 * 86_400_000);
          }
          for (const act of ['promotion', 'deployment'] as const) {
            for (const environment of ['staging', 'production']) {
              const passed = all.filter((item) => runs(item, act, environment));
              const newest = Math.max(...passed.map(({ record }) => Date.parse(record.started_at)));
              const last = passed.filter(({ record }) => Date.parse(record.started_at) === newest);
              for (const item of last) assert.equal(removed.has(all.indexOf(item)), false);
            }
          }
        }),
      );
    });

    it('gives each old record one fate, and says why of each that stays', () => {
      fc.assert(
        fc.property(facts, (all) => {
          const plan = planPrune(all, NOW, policy);
          const [compress, remove, keep] = [numbers(plan.compress), numbers(plan.remove), numbers(plan.keep)];
          assert.deepEqual(
            [...compress, ...keep].filter((number) => remove.includes(number)),
            [],
          );
          for (const [index, { record }] of all.entries()) {
            const days = (NOW.getTime() - Date.parse(record.started_at)) / 86_400_000;
            assert.equal(remove.includes(index) || keep.includes(index), days >= 90 || (days >= 30 && keep.includes(index)));
            if (days < 30) assert.ok(![...compress, ...remove, ...keep].includes(index));
          }
          for (const number of compress) assert.ok(all[number]!.record.hash !== null && all[number]!.whole && !all[number]!.compressed);
          assert.ok(plan.keep.every(({ why }) => why !== ''));
        }),
      );
    });

    it('has nothing more to do once it was done', () => {
      fc.assert(
        fc.property(facts, (all) => {
          const plan = planPrune(all, NOW, policy);
          const [compressed, removed] = [numbers(plan.compress), numbers(plan.remove)];
          const left = all
            .map((item, index) => ({ ...item, compressed: item.compressed || compressed.includes(index) }))
            .filter((_, index) => !removed.includes(index));
          const again = planPrune(left, NOW, policy);
          assert.deepEqual([again.compress, again.remove], [[], []]);
        }),
      );
    });
  });
});
