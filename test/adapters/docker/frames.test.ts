import assert from 'node:assert/strict';
import fc from 'fast-check';
import { frameReader } from '../../../src/adapters/docker/frames.ts';
import { lineSplitter } from '../../../src/adapters/docker/lines.ts';

function frame(stream: 'stdout' | 'stderr', bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream === 'stderr' ? 2 : 1;
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

/** The same bytes in pieces of other sizes. */
function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  let begin = 0;
  for (let index = 0; begin < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    yield bytes.subarray(begin, begin + size);
    begin += size;
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

describe('what the engine sends of a container', () => {
  it('is taken apart into what each stream said, wherever the network cut it', () => {
    const frames = fc.array(fc.tuple(fc.constantFrom('stdout' as const, 'stderr' as const), fc.uint8Array({ maxLength: 60 })), {
      maxLength: 10,
    });
    fc.assert(
      fc.property(frames, sizes, (said, pieces) => {
        const heard = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
        const read = frameReader((bytes, stream) => heard[stream].push(bytes));
        for (const piece of cut(Buffer.concat(said.map(([stream, bytes]) => frame(stream, bytes))), pieces)) read(piece);
        for (const stream of ['stdout', 'stderr'] as const) {
          const expected = Buffer.concat(said.filter(([which]) => which === stream).map(([, bytes]) => bytes));
          assert.deepEqual(Buffer.concat(heard[stream]), expected);
        }
      }),
    );
  });

  it('becomes lines, whole characters and all, wherever it is cut', () => {
    const text = fc.array(
      fc.string({ unit: 'grapheme', maxLength: 20 }).map((line) => line.replace(/[\r\n]/g, '')),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(text, sizes, (lines, pieces) => {
        const heard: string[] = [];
        const splitter = lineSplitter((line) => heard.push(line));
        for (const piece of cut(Buffer.from(lines.map((line) => `${line}\n`).join('')), pieces)) splitter.push(piece);
        splitter.end();
        assert.deepEqual(heard, lines);
      }),
    );
  });

  it('gives a last line without an end, and cuts one that never ends', () => {
    const heard: string[] = [];
    const splitter = lineSplitter((line) => heard.push(line));
    for (let count = 0; count < 300; count++) splitter.push(Buffer.alloc(1000, 'x'));
    splitter.push(Buffer.from('\nlast'));
    splitter.end();
    assert.equal(heard.length, 2);
    assert.ok(heard[0]!.length < 70_000);
    assert.match(heard[0]!, /\(cut\)$/);
    assert.equal(heard[1], 'last');
  });
});
