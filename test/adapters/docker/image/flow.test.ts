import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { openFlow, type Put } from '../../../../src/adapters/docker/image/flow.ts';

const sha256 = (parts: readonly Uint8Array[]) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

async function write(parts: readonly Uint8Array[], put: Put): Promise<void> {
  for (const part of parts) {
    const full = put(part);
    if (full) await full;
  }
}

describe('a flow of bytes to an engine', () => {
  it('brings what was put into it, in its order, whatever the sizes', async () => {
    const sizes = fc.array(
      fc.oneof(fc.integer({ min: 0, max: 600 }), fc.constantFrom(1024 ** 2 - 1, 1024 ** 2, 1024 ** 2 + 1, 2_500_000)),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const parts = lengths.map((length, index) => Buffer.alloc(length, index + 1));
        const { stream, put, end } = openFlow();
        const writing = write(parts, put).then(end);
        const got: Buffer[] = [];
        for await (const chunk of stream as AsyncIterable<Buffer>) got.push(chunk);
        await writing;
        assert.equal(sha256(got), sha256(parts));
      }),
      { numRuns: 40 },
    );
  });

  it('holds a few pieces at a time, however much goes through and however slowly it is read', async () => {
    const { stream, put, end } = openFlow();
    const part = Buffer.alloc(64 * 1024, 7);
    let ahead = 0;
    let most = 0;
    const writing = (async () => {
      for (let index = 0; index < 3200; index++) {
        const full = put(part);
        ahead += part.length;
        most = Math.max(most, ahead);
        if (full) await full;
      }
      end();
    })();
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      ahead -= chunk.length;
      await setImmediate();
    }
    await writing;
    assert.equal(ahead, 0);
    assert.ok(most <= 4 * 1024 * 1024, `${most} bytes were ahead of the reader`);
  });

  it('ends who writes when nobody reads any more', async () => {
    const { stream, put } = openFlow();
    const part = Buffer.alloc(1024 * 1024);
    const writing = write(
      Array.from({ length: 100 }, () => part),
      put,
    );
    await setImmediate();
    stream.destroy();
    await assert.rejects(writing, /Nobody reads/);
  });
});
