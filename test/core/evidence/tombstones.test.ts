import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { chainHeads, verifyChain, type FoundRecord, type KnownRecord } from '../../../src/core/evidence/chain.ts';
import { recordHash, type EvidenceRecord, type SealedRecord } from '../../../src/core/evidence/record.ts';
import { tombstonesOf } from '../../../src/core/evidence/tombstones.ts';
import type { Hash } from '../../../src/core/hash.ts';
import { sampleRecord } from '../../support/records.ts';

const hash: Hash = (data) => createHash('sha256').update(data).digest('hex');

type Found = FoundRecord & { record: SealedRecord };

function sealed(number: number, extra: Partial<EvidenceRecord>): Found {
  const record: EvidenceRecord = { ...sampleRecord(number), ...extra };
  const seal = recordHash(record, hash);
  const whole: SealedRecord = { ...record, hash: seal };
  return { folder: `20260101-0000+0800/act-${number}`, record: whole, content: whole, files: [], exact: true };
}

/** As a clone seals: after all that is there, and all that was. */
function next(number: number, found: readonly Found[], extra: Partial<EvidenceRecord> = {}): Found {
  const previous = chainHeads([...found.map(({ record }) => record), ...tombstonesOf(found, hash).inForce.values()]);
  return sealed(number, { previous, ...extra });
}

function pruneOf(number: number, found: readonly Found[], gone: readonly Found[], extra: Partial<EvidenceRecord> = {}): Found {
  const remove = gone.map(({ folder, record: { id, hash: seal, previous, started_at } }) => ({
    id,
    folder,
    hash: seal,
    previous,
    started_at,
  }));
  const plan = { act: 'prune' as const, compress: [], remove, keep: [], compress_after_days: 30, remove_after_days: 90, logs_before: '' };
  return next(number, found, { plan, topic: 'prune', started_at: '2026-06-01T08:00:00+08:00', ...extra });
}

const known = (found: readonly Found[]): KnownRecord[] =>
  found.map(({ record: { id, hash: seal }, folder }) => ({ id, hash: seal, folder }));
const problems = (found: readonly FoundRecord[], ledger: readonly KnownRecord[]) =>
  verifyChain(found, ledger, hash).map(({ kind, folder }) => `${kind} ${folder.split('-').at(-1) ?? ''}`);

function chain(length: number): Found[] {
  const found: Found[] = [];
  for (let number = 0; number < length; number++) found.push(next(number, found));
  return found;
}

/** A chain of four, of which a prune removed two: in the middle, and the last one. */
function pruned(extra: Partial<EvidenceRecord> = {}) {
  const all = chain(4);
  const gone = [all[1]!, all[3]!];
  const prune = pruneOf(9, all, gone, extra);
  return { all: [...all, prune], gone, prune, left: [all[0]!, all[2]!, prune] };
}

describe('a tombstone', () => {
  it('stands for the record that is gone, with and without a memory of it', () => {
    const { all, left } = pruned();
    assert.deepEqual(problems(left, known(all)), []);
    assert.deepEqual(problems(left, []), []);
  });

  it('of a record that is still there does no harm: a crash may come between', () => {
    const { all } = pruned();
    assert.deepEqual(problems(all, known(all)), []);
  });

  it('is a link like any other: what it followed is followed, and what follows it has something to follow', () => {
    const { left, prune } = pruned();
    const after = next(10, left);
    assert.deepEqual(after.record.previous, [prune.record.hash]);
    assert.deepEqual(problems([...left, after], []), []);
  });

  it('covers no other record: one that was deleted by hand is missed', () => {
    const { all, left } = pruned();
    const lost = left[1]!;
    assert.deepEqual(
      problems(
        left.filter((item) => item !== lost),
        known(all),
      ),
      ['missing-record 2'],
    );
    assert.ok(
      problems(
        left.filter((item) => item !== lost),
        [],
      ).length > 0,
    );
  });

  it('counts for nothing where its prune record is gone or was changed', () => {
    const { all, left, prune } = pruned();
    const rest = left.filter((item) => item !== prune);
    assert.deepEqual(problems(rest, known(all)).sort(), ['missing-record 1', 'missing-record 3', 'missing-record 9']);
    const changed = { ...prune, content: { ...prune.content, actor: 'Mallory' } };
    assert.deepEqual(problems([...rest, changed], known(all)).sort(), ['changed 9', 'missing-record 1', 'missing-record 3']);
    const inexact = { ...prune, exact: false };
    assert.deepEqual(problems([...rest, inexact], known(all)).sort(), ['changed 9', 'missing-record 1', 'missing-record 3']);
  });

  it('that was added to a sealed prune, or taken out of it, is a change', () => {
    const { all, left, prune } = pruned();
    const stones = prune.record.plan.act === 'prune' ? prune.record.plan.remove : [];
    for (const remove of [stones.slice(1), [...stones, { ...stones[0]!, hash: left[1]!.record.hash }]]) {
      const forged = { ...prune, record: { ...prune.record, plan: { ...prune.record.plan, remove } } as SealedRecord };
      const found = [...left.filter((item) => item !== prune), { ...forged, content: forged.record }];
      assert.ok(problems(found, known(all)).includes('changed 9'));
    }
  });

  for (const result of ['failed', 'cancelled', 'interrupted'] as const) {
    it(`of a prune that was ${result} counts for nothing: folders go only after one has passed`, () => {
      const { all, left } = pruned({ result });
      assert.deepEqual(problems(left, known(all)).sort(), ['missing-record 1', 'missing-record 3']);
      assert.deepEqual(problems(all, known(all)), []);
    });
  }

  it('of an open prune counts for nothing', () => {
    const { all, left, prune } = pruned();
    const open = { ...prune, record: { ...prune.record, hash: null } };
    const found = [...left.filter((item) => item !== prune), open];
    assert.deepEqual(problems(found, known(all.slice(0, 4))).sort(), ['missing-record 1', 'missing-record 3', 'unsealed 9']);
  });

  it('of a record that was too young for it is impossible: the prune record is changed, and the record missing', () => {
    const { all, left } = pruned({ started_at: '2026-03-30T08:00:00+08:00' }); // 88 days after the records
    assert.deepEqual(problems(left, known(all)).sort(), ['changed 9', 'changed 9', 'missing-record 1', 'missing-record 3']);
    assert.deepEqual(problems(all, known(all)), ['changed 9', 'changed 9']);
    const { all: just, left: enough } = pruned({ started_at: '2026-04-01T08:00:00+08:00' });
    assert.deepEqual(problems(enough, known(just)), []);
  });

  it('of a record without a readable time is impossible', () => {
    const timeless = sealed(0, { started_at: 'long ago' });
    const prune = pruneOf(9, [timeless], [timeless]);
    assert.deepEqual(problems([prune], known([timeless, prune])).sort(), ['changed 9', 'missing-record 0']);
  });

  it('whose own predecessor is nowhere shows the gap', () => {
    const all = chain(3);
    const prune = pruneOf(9, all, [all[1]!]);
    assert.deepEqual(problems([all[2]!, prune], []), ['missing-record 1']);
  });

  it('keeps the chain whole, whatever was removed, in however many prunes; and anything else that goes is missed', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('act' as const), fork: fc.boolean() }),
      fc.record({ kind: fc.constant('prune' as const), picks: fc.array(fc.nat(30), { maxLength: 6 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 15 }), fc.nat(), (steps, pick) => {
        let here: Found[] = [];
        const ever: Found[] = [];
        for (const [number, item] of steps.entries()) {
          if (item.kind === 'act') {
            // A fork: what another clone wrote without knowing the last one.
            const made = next(number, item.fork ? here.slice(0, -1) : here);
            here.push(made);
            ever.push(made);
            continue;
          }
          const old = here.filter(({ record }) => record.plan.act !== 'prune');
          const gone = old.filter((_, index) => item.picks.includes(index));
          const prune = pruneOf(number, here, gone);
          here = [...here.filter((found) => !gone.includes(found)), prune];
          ever.push(prune);
        }
        assert.deepEqual(problems(here, known(ever)), []);
        assert.deepEqual(problems(here, []), []);
        const lost = here[pick % here.length]!;
        assert.ok(
          problems(
            here.filter((found) => found !== lost),
            known(ever),
          ).length > 0,
        );
      }),
    );
  });
});
