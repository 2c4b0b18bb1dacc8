import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEvidenceFrom } from '../../../src/adapters/files/evidence-files.ts';
import { temporaryFolders } from '../../support/temp.ts';

describe('reading on in a file of a record', () => {
  const folder = temporaryFolders();

  it('gives what is new, nothing where it has not grown, and says where it is gone', async () => {
    const root = folder();
    mkdirSync(join(root, 'pr-12/logs'), { recursive: true });
    const log = join(root, 'pr-12/logs/act.log');
    writeFileSync(log, 'one\n');
    const from = async (offset: number, path = 'logs/act.log') => (await readEvidenceFrom(root, 'pr-12', path, offset))?.toString();
    assert.equal(await from(0), 'one\n');
    assert.equal(await from(4), '');
    appendFileSync(log, 'two\n');
    assert.equal(await from(4), 'two\n');
    writeFileSync(log, '');
    assert.equal(await from(8), '');
    assert.equal(await from(0, 'logs/other.log'), undefined);
    symlinkSync('/etc/passwd', join(root, 'pr-12/logs/link.log'));
    assert.equal(await from(0, 'logs/link.log'), '');
  });
});
