import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readEditable, replaceText } from '../../../src/adapters/files/edit-file.ts';
import { isOpsError } from '../../../src/core/errors.ts';
import { temporaryFolders } from '../../support/temp.ts';

describe('a file that is edited', () => {
  const folder = temporaryFolders();
  const file = (name: string, bytes: string | Buffer) => {
    const root = folder();
    writeFileSync(join(root, name), bytes);
    return root;
  };
  const refuses = (promise: Promise<unknown>, why: RegExp) =>
    assert.rejects(promise, (error) => isOpsError(error, 'repository') && why.test(error.message));

  for (const [encoding, bytes, after] of [
    ['UTF-8', Buffer.from('ä=1\r\n'), Buffer.from('ä=2\r\n')],
    ['UTF-8 with a byte order mark', Buffer.from('\ufeffä=1\n'), Buffer.from('\ufeffä=2\n')],
    ['UTF-16', Buffer.from('\ufeffä=1\n', 'utf16le'), Buffer.from('\ufeffä=2\n', 'utf16le')],
    ['UTF-16, big end first', Buffer.from('\ufeffä=1\n', 'utf16le').swap16(), Buffer.from('\ufeffä=2\n', 'utf16le').swap16()],
    ['latin-1', Buffer.from('ä=1\n', 'latin1'), Buffer.from('ä=2\n', 'latin1')],
  ] as const) {
    it(`keeps ${encoding}`, async () => {
      const root = file('a.conf', bytes);
      const read = await readEditable(root, 'a.conf');
      assert.equal(read.text.trimEnd(), 'ä=1');
      await replaceText(root, read, read.text.replace('1', '2'));
      assert.deepEqual(readFileSync(join(root, 'a.conf')), after);
    });
  }

  it('keeps its mode, whatever the umask is, and leaves nothing beside it', async () => {
    const root = file('run.sh', 'a');
    chmodSync(join(root, 'run.sh'), 0o775);
    await replaceText(root, await readEditable(root, 'run.sh'), 'b');
    assert.deepEqual([statSync(join(root, 'run.sh')).mode & 0o777, readdirSync(root)], [0o775, ['run.sh']]);
  });

  it('refuses a file that somebody changed, or deleted, meanwhile', async () => {
    const root = file('a.conf', 'x=1\n');
    const read = await readEditable(root, 'a.conf');
    writeFileSync(join(root, 'a.conf'), 'x=7\n');
    await refuses(replaceText(root, read, 'x=2\n'), /somebody else changed it/);
    assert.deepEqual([readFileSync(join(root, 'a.conf'), 'utf8'), readdirSync(root)], ['x=7\n', ['a.conf']]);
    rmSync(join(root, 'a.conf'));
    await refuses(replaceText(root, read, 'x=2\n'), /no longer there/);
  });

  it('refuses what is a link, leads out of the repository, or is no text', async () => {
    const root = file('a.conf', 'x=1\n');
    const outside = file('b.conf', 'x=1\n');
    symlinkSync(join(outside, 'b.conf'), join(root, 'link.conf'));
    symlinkSync(outside, join(root, 'folder'));
    mkdirSync(join(root, 'real'));
    writeFileSync(join(root, 'real/binary.conf'), Buffer.from([1, 0, 2]));
    await refuses(readEditable(root, 'link.conf'), /no plain file/);
    await refuses(readEditable(root, 'folder/b.conf'), /a link leads out/);
    await refuses(readEditable(root, 'real/binary.conf'), /no text/);
    await refuses(readEditable(root, 'real'), /no plain file/);
    await refuses(readEditable(root, '../b.conf'), /not in the repository/);
    await refuses(readEditable(root, '.git/config'), /not in the repository/);
    await refuses(readEditable(root, 'none.conf'), /no longer there/);
  });

  it('refuses characters that its encoding does not have', async () => {
    const bytes = Buffer.from('ä=1\n', 'latin1');
    const root = file('a.conf', bytes);
    await refuses(replaceText(root, await readEditable(root, 'a.conf'), 'ä=₱\n'), /cannot be written as latin1/);
    assert.deepEqual(readFileSync(join(root, 'a.conf')), bytes);
  });

  it('is written back byte for byte, or refused', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 30 }), async (bytes) => {
        const root = file('a', Buffer.from(bytes));
        const read = await readEditable(root, 'a').catch((error: unknown) => {
          assert.ok(isOpsError(error, 'repository'));
        });
        if (read) await replaceText(root, read, read.text);
        assert.deepEqual(readFileSync(join(root, 'a')), Buffer.from(bytes));
      }),
    ));
});
