import assert from 'node:assert/strict';
import fc from 'fast-check';
import { extract, type Header } from 'tar-stream';
import { paddingOf, TAR_END, tarHeader, type TarEntry } from '../../../../src/core/pr-environments/image/tar.ts';

/** What another program reads of a tar. */
async function read(bytes: Uint8Array): Promise<{ header: Header; content: Buffer }[]> {
  const entries = extract();
  entries.end(Buffer.from(bytes));
  const found: { header: Header; content: Buffer }[] = [];
  for await (const entry of entries) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    found.push({ header: entry.header, content: Buffer.concat(chunks) });
  }
  return found;
}

const written = (entries: readonly (TarEntry & { content?: Buffer })[]): Buffer =>
  Buffer.concat([
    ...entries.flatMap(({ content = Buffer.alloc(0), ...entry }) => [
      tarHeader({ ...entry, size: content.length }),
      content,
      new Uint8Array(paddingOf(content.length)),
    ]),
    TAR_END,
  ]);

const part = fc.oneof(
  fc.stringMatching(/^[a-z0-9_.-]{1,60}$/),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  fc.constantFrom('ñandú', '日本語', 'zwei\nZeilen', 'a=b', ' leading', 'trailing ', '-rf', 'back\\slash', '🙂'.repeat(30)),
);
const isName = (text: string) => text !== '.' && text !== '..' && !/[/\0]/.test(text) && !/\p{Surrogate}/u.test(text);
const path = fc.array(part.filter(isName), { minLength: 1, maxLength: 8 }).map((parts) => parts.join('/'));
const mtime = fc.integer({ min: 0, max: 2 ** 32 });

describe('the tar of a layer', () => {
  it('tells another reader every name, mode, time, target and content, however long or strange', async () => {
    const file = fc.record({
      path,
      type: fc.constant('file' as const),
      mode: fc.constantFrom(0o644, 0o755),
      mtime,
      content: fc.uint8Array({ maxLength: 2000 }),
    });
    const link = fc.record({ path, type: fc.constant('symlink' as const), mode: fc.constant(0o777), mtime, target: path });
    const folder = fc.record({ path, type: fc.constant('folder' as const), mode: fc.constant(0o755), mtime });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(file, link, folder), { maxLength: 6 }), async (entries) => {
        const own = entries.map((entry) => ({ ...entry, size: 0, content: Buffer.from('content' in entry ? entry.content : []) }));
        const found = await read(written(own));
        assert.deepEqual(
          found.map(({ header: { name, type, mode, mtime, linkname, uid, gid }, content }) => ({
            name,
            type,
            mode,
            mtime,
            linkname,
            uid,
            gid,
            content,
          })),
          own.map((entry) => ({
            name: entry.type === 'folder' ? `${entry.path}/` : entry.path,
            type: { file: 'file', folder: 'directory', symlink: 'symlink' }[entry.type],
            mode: entry.mode,
            mtime: new Date(entry.mtime * 1000),
            linkname: 'target' in entry ? entry.target : null,
            uid: 0,
            gid: 0,
            content: entry.content,
          })),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('keeps names of 100 and of 255 characters in the classic header, and says longer ones before it', () => {
    const header = (path: string) => tarHeader({ path, type: 'file', mode: 0o644, size: 0, mtime: 0 });
    assert.equal(header('a'.repeat(100)).length, 512);
    assert.equal(header(`${'a'.repeat(154)}/${'b'.repeat(100)}`).length, 512);
    assert.equal(header('a'.repeat(101)).length, 3 * 512);
    assert.equal(header(`${'a'.repeat(156)}/${'b'.repeat(100)}`).length, 3 * 512);
    assert.equal(header('é').length, 3 * 512);
  });

  it('says a size of more than 8 GiB where the classic header has no room', () => {
    const size = 9 * 1024 ** 3;
    const text = Buffer.from(tarHeader({ path: 'big', type: 'file', mode: 0o644, size, mtime: 0 })).toString('latin1');
    assert.match(text, new RegExp(`size=${size}\n`));
  });
});
