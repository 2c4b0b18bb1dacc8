import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { chainHeads, verifyChain, type FoundRecord, type KnownRecord } from '../../../src/core/evidence/chain.ts';
import { recordHash, type EvidenceRecord } from '../../../src/core/evidence/record.ts';
import type { Hash } from '../../../src/core/hash.ts';
import { sampleRecord } from '../../support/records.ts';

const hash: Hash = (data) => createHash('sha256').update(data).digest('hex');
const fileHash = hash('log');

function sealed(index: number, previous: readonly string[]): FoundRecord {
  const record: EvidenceRecord = {
    ...sampleRecord(index),
    files: [{ path: 'logs/act.log', sha256: fileHash, bytes: 3 }],
    previous: [...previous],
  };
  record.hash = recordHash(record, hash);
  return {
    folder: `20260101-0000+0800/act-${index}`,
    record,
    content: record,
    files: [{ path: 'logs/act.log', sha256: fileHash }],
    exact: true,
  };
}

/** A chain in which each record follows what was not followed yet, as one clone writes it. */
function chain(length: number): FoundRecord[] {
  const found: FoundRecord[] = [];
  for (let index = 0; index < length; index++) found.push(sealed(index, chainHeads(found.map(({ record }) => record))));
  return found;
}

const known = (found: readonly FoundRecord[]): KnownRecord[] =>
  found.map(({ record, folder }) => ({ id: record.id, hash: record.hash ?? '', folder }));
const kinds = (found: readonly FoundRecord[], ledger: readonly KnownRecord[] = known(found)) =>
  verifyChain(found, ledger, hash).map(({ kind, folder }) => `${kind} ${folder.split('-').at(-1) ?? ''}`);

describe('the chain of records', () => {
  it('is whole as it was written', () => assert.deepEqual(kinds(chain(5)), []));
  it('is whole without any record', () => assert.deepEqual(kinds([]), []));

  it('finds a record in the middle that was deleted, with and without a memory of it', () => {
    const found = chain(4);
    const left = found.filter((_, index) => index !== 1);
    assert.deepEqual(kinds(left, known(found)), ['missing-record 1']);
    assert.equal(kinds(left, []).length, 1);
  });

  it('finds a deleted last record by the memory of the clone', () => {
    const found = chain(3);
    assert.deepEqual(kinds(found.slice(0, 2), known(found)), ['missing-record 2']);
  });

  it('finds that everything was deleted', () => assert.equal(kinds([], known(chain(3))).length, 3));

  it('finds a changed value in any field, also one that no schema knows', () => {
    const [item] = chain(1);
    assert.ok(item);
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(item.record).filter((key) => key !== 'hash'), 'extra'), fc.jsonValue(), (key, value) => {
        fc.pre(JSON.stringify(value) !== JSON.stringify((item.content as Record<string, unknown>)[key]));
        const content = { ...item.content, [key]: value };
        assert.deepEqual(kinds([{ ...item, content }]), ['changed 0']);
      }),
    );
  });

  it('finds a record that was changed and sealed again', () => {
    const found = chain(2);
    const last = found[1]!;
    const forged: EvidenceRecord = { ...last.record, actor: 'Mallory' };
    forged.hash = recordHash(forged, hash);
    assert.deepEqual(kinds([found[0]!, { ...last, record: forged, content: forged }], known(found)), ['missing-record 1']);
  });

  it('finds white space that was added to record.json', () => {
    const [item] = chain(1);
    assert.deepEqual(kinds([{ ...item!, exact: false }]), ['changed 0']);
  });

  it('finds changed, missing and added files', () => {
    const [item] = chain(1);
    assert.deepEqual(kinds([{ ...item!, files: [{ path: 'logs/act.log', sha256: hash('other') }] }]), ['changed 0']);
    assert.deepEqual(kinds([{ ...item!, files: [] }]), ['missing-file 0']);
    assert.deepEqual(kinds([{ ...item!, files: [...item!.files, { path: 'x', sha256: fileHash }] }]), ['extra-file 0']);
  });

  it('finds a copy of a record, and one that never ended', () => {
    const [item] = chain(1);
    assert.deepEqual(kinds([item!, { ...item!, folder: 'a/copy-9' }]), ['duplicate 9']);
    assert.deepEqual(kinds([{ ...item!, record: { ...item!.record, hash: null } }], []), ['unsealed 0']);
  });

  it('does not miss a record that two processes sealed at once: one of both is enough', () => {
    const [item] = chain(1);
    assert.deepEqual(kinds([item!], [...known([item!]), { id: item!.record.id, hash: hash('the other seal'), folder: item!.folder }]), []);
  });

  it('is a graph: after two clones met, the next record follows both', () => {
    const root = sealed(0, []);
    const [a, b] = [sealed(1, [root.record.hash!]), sealed(2, [root.record.hash!])];
    const heads = chainHeads([root, a, b].map(({ record }) => record));
    assert.deepEqual(heads, [a.record.hash, b.record.hash].sort());
    const found = [root, a, b, sealed(3, heads)];
    assert.deepEqual(kinds(found), []);
    assert.deepEqual(
      kinds(
        found.filter((item) => item !== b),
        [],
      ),
      ['missing-record 3'],
    );
  });

  it('of any shape misses any record that was deleted', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (length, pick) => {
        const found = chain(length);
        const lost = found[pick % length]!;
        const problems = verifyChain(
          found.filter((item) => item !== lost),
          known(found),
          hash,
        );
        assert.ok(problems.some(({ kind, folder }) => kind === 'missing-record' && folder === lost.folder));
      }),
    );
  });
});
