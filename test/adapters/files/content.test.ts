import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { decode, gitObject, readContent } from '../../../src/adapters/files/content.ts';
import { git } from '../../fixtures/sample-repository.ts';
import { temporaryFolders } from '../../support/temp.ts';

describe('what is in a file', () => {
  const folder = temporaryFolders();
  const text = (bytes: Buffer) => {
    const content = decode(bytes);
    return content.is === 'text' ? content.text : content.is;
  };

  it('is UTF-8, UTF-16 by its mark, or latin-1, without the mark', () => {
    assert.equal(text(Buffer.from('größe')), 'größe');
    assert.equal(text(Buffer.from('\ufeffgröße')), 'größe');
    assert.equal(text(Buffer.from('\ufeffgröße', 'utf16le')), 'größe');
    assert.equal(text(Buffer.from('größe', 'latin1')), 'größe');
    assert.equal(text(Buffer.from('a\r\nb')), 'a\r\nb');
  });

  it('is binary where it holds a NUL byte near its beginning', () => {
    assert.equal(text(Buffer.from('PK\u0003\u0004\0\0')), 'binary');
    assert.equal(text(Buffer.alloc(20_000, 'a')), 'a'.repeat(20_000));
  });

  it('is text for whatever text there is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        fc.pre(!value.includes('\0') && !value.startsWith('\ufeff'));
        assert.equal(text(Buffer.from(value)), value);
      }),
    );
  });

  it('is not read where it is large, and absent where it is a link, a pipe, a folder or nothing', async () => {
    const root = folder();
    writeFileSync(join(root, 'large'), '');
    truncateSync(join(root, 'large'), 50 * 1024 * 1024);
    symlinkSync('large', join(root, 'link'));
    symlinkSync('.', join(root, 'loop'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const is = async (path: string) => (await readContent(root, path)).content;
    assert.deepEqual(await is('large'), { is: 'large', bytes: 52_428_800 });
    for (const path of ['link', 'loop', 'loop/loop/large/x', 'pipe', '.', 'nothing']) assert.deepEqual(await is(path), { is: 'absent' });
  });

  it('has the name that git gives it', async () => {
    const root = folder();
    git(root, ['init', '--quiet']);
    writeFileSync(join(root, 'a.txt'), 'größe\r\n');
    const name = git(root, ['hash-object', '--no-filters', 'a.txt']);
    assert.deepEqual([gitObject(Buffer.from('größe\r\n')), (await readContent(root, 'a.txt')).object], [name, name]);
  });
});
