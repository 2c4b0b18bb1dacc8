import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { parcels, type Parcel, type Unit } from '../../../src/core/control-plane/parcels.ts';

const unit = (record: string, part: number, length: number): Unit => ({
  record,
  rows: { logs: [{ client_id: 'acme', evidence_id: record, name: 'act.log', part, content: 'x'.repeat(length) }] },
  complete: false,
});

async function packed(units: readonly Unit[], size: number): Promise<Parcel[]> {
  const all: Parcel[] = [];
  for await (const parcel of parcels(Readable.from(units), size)) all.push(parcel);
  return all;
}

describe('parcels', () => {
  it('hold every row once, in the order in which it came, and are small', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 40 }), async (lengths) => {
        const units = lengths.map((length, index) => unit(`r${index >> 1}`, index, length));
        const found = await packed(units, 1000);
        assert.deepEqual(
          found.flatMap(({ units: inside }) => inside),
          units,
        );
        assert.deepEqual(
          found.flatMap(({ rows }) => (rows.logs ?? []).map(({ part }) => part)),
          units.map((_, index) => index),
        );
        for (const { units: inside } of found) assert.ok(inside.length === 1 || JSON.stringify(inside).length < 2500);
      }),
    );
  });

  it('take a unit alone that is larger than a parcel', async () => {
    assert.deepEqual(
      (await packed([unit('a', 0, 10), unit('b', 1, 5000), unit('c', 2, 10)], 1000)).map(({ units }) => units.length),
      [1, 1, 1],
    );
  });
});
