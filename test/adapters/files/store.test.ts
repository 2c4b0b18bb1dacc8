import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically, writeError } from '../../../src/adapters/files/atomic.ts';
import { readConfigFile } from '../../../src/adapters/files/config-file.ts';
import { createEvidenceFolder, parseRecord, readRecords, writeRecord } from '../../../src/adapters/files/evidence-store.ts';
import { appendLedger, readLedger } from '../../../src/adapters/files/ledger.ts';
import { addToOutbox, readOutbox, removeFromOutbox } from '../../../src/adapters/files/outbox.ts';
import { workTreeFileTree } from '../../../src/adapters/files/work-tree-files.ts';
import { sampleRecord } from '../../support/records.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { temporaryFolders } from '../../support/temp.ts';

const hash = 'a'.repeat(64);

describe('files', () => {
  const folder = temporaryFolders();

  it('are replaced as a whole, or left as they were', async () => {
    const place = folder();
    const file = join(place, 'x.json');
    await writeAtomically(file, 'one');
    await writeAtomically(file, 'two');
    assert.equal(readFileSync(file, 'utf8'), 'two');
    mkdirSync(join(place, 'taken'));
    await rejectsWith(writeAtomically(join(place, 'taken'), 'x'), 'evidence', 'taken');
    await rejectsWith(writeAtomically(join(place, 'no/such/x'), 'x'), 'evidence', 'no/such/x');
    assert.deepEqual(readdirSync(place).sort(), ['taken', 'x.json']);
  });

  for (const [code, words] of [
    ['ENOSPC', 'the disk is full'],
    ['EACCES', 'you may not write there'],
    ['EROFS', 'read-only'],
    ['EDQUOT', 'quota'],
    ['ENOTDIR', 'is a file'],
  ] as const) {
    it(`that cannot be written say why and where: ${code}`, () => {
      const error = writeError('web/docs/evidence/x', Object.assign(new Error(code), { code }));
      assert.ok(error.message.includes('web/docs/evidence/x') && error.message.includes(words) && error.hint !== undefined, error.message);
    });
  }

  it('of an evidence folder are ignored by git, and its name is taken by making it', async () => {
    const root = join(folder(), 'web/docs/evidence');
    const date = new Date('2026-01-31T01:05:07Z');
    const names = await Promise.all(Array.from({ length: 12 }, () => createEvidenceFolder(root, date, 'Asia/Manila', 'build-main')));
    assert.deepEqual(
      names.sort(),
      Array.from({ length: 12 }, (_, index) => `20260131-0905+0800/build-main${index === 0 ? '' : `-${index + 1}`}`).sort(),
    );
    assert.equal(readFileSync(join(root, '.gitignore'), 'utf8'), '*\n');
    assert.ok(statSync(join(root, names[0] ?? '', 'logs')).isDirectory());
  });

  it('where the evidence should be stop the act: nothing is overwritten', async () => {
    const place = folder();
    writeFileSync(join(place, 'web'), 'a file');
    await rejectsWith(createEvidenceFolder(join(place, 'web/docs/evidence'), new Date(), 'UTC', 'x'), 'evidence', 'web/docs/evidence');
    assert.equal(readFileSync(join(place, 'web'), 'utf8'), 'a file');
  });

  it('of records are read oldest first; what is no record is named', async () => {
    const root = folder();
    const date = new Date('2026-01-31T01:05:07Z');
    const [late, early, broken, empty] = [
      await createEvidenceFolder(root, date, 'UTC', 'late'),
      await createEvidenceFolder(root, date, 'UTC', 'early'),
      await createEvidenceFolder(root, date, 'UTC', 'broken'),
      await createEvidenceFolder(root, date, 'UTC', 'empty'),
    ];
    await writeRecord(root, late, sampleRecord(1, { started_at: '2026-01-02T00:00:00+08:00' }));
    await writeRecord(root, early, sampleRecord(2, { started_at: '2026-01-01T23:00:00+00:00' }));
    writeFileSync(join(root, broken, 'record.json'), '{');
    writeFileSync(join(root, 'stray.txt'), '');
    const { records, unreadable } = await readRecords(root);
    assert.deepEqual(
      records.map((stored) => [stored.folder, stored.exact]),
      [
        [late, true],
        [early, true],
      ],
    );
    assert.deepEqual(unreadable, [broken, empty].sort());
    assert.deepEqual(await readRecords(join(root, 'nowhere')), { records: [], unreadable: [] });
    for (const text of ['', 'null', '[]', '{}', '1', '"x"']) assert.equal(parseRecord(text), undefined, text);
  });

  it('of the ledger survive a line that was cut off', async () => {
    const file = join(folder(), 'deep/ledger.jsonl');
    assert.deepEqual(await readLedger(file), []);
    const entry = (number: number) => ({ id: sampleRecord(number).id, hash, folder: `a/${number}` });
    await Promise.all([1, 2, 3].map((number) => appendLedger(file, entry(number))));
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"id": "000`);
    assert.deepEqual((await readLedger(file)).map(({ folder: name }) => name).sort(), ['a/1', 'a/2', 'a/3']);
  });

  it('of the outbox are ids; adding and removing twice is harmless', async () => {
    const place = join(folder(), 'outbox');
    assert.deepEqual(await readOutbox(place), []);
    const [a, b] = [1, 2].map((number) => sampleRecord(number).id) as [string, string];
    for (const id of [b, a, b, 'no-id']) await addToOutbox(place, id);
    assert.deepEqual(await readOutbox(place), [a, b]);
    await removeFromOutbox(place, [a, 'nothing']);
    await removeFromOutbox(place, [a]);
    assert.deepEqual(await readOutbox(place), [b]);
  });

  it('of the work tree are read as text; links, folders, huge and missing ones are left out', async () => {
    const place = folder();
    writeFileSync(join(place, 'a.txt'), 'a');
    writeFileSync(join(place, 'huge'), Buffer.alloc(3_000_000));
    mkdirSync(join(place, 'folder'));
    symlinkSync('a.txt', join(place, 'link'));
    const tree = workTreeFileTree(place, ['a.txt', 'huge', 'folder', 'link', 'missing']);
    assert.deepEqual(await tree.read(tree.paths), new Map([['a.txt', 'a']]));
  });

  it('of the configuration: none, a folder, one that may not be read', async () => {
    const place = folder();
    assert.equal(await readConfigFile(place), null);
    mkdirSync(join(place, 'odoo-ops.yml'));
    await rejectsWith(readConfigFile(place), 'config', 'odoo-ops.yml is a directory');
    const other = folder();
    writeFileSync(join(other, 'odoo-ops.yml'), '');
    chmodSync(join(other, 'odoo-ops.yml'), 0);
    // Root may read everything, so root is somebody else for a moment.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      await rejectsWith(readConfigFile(other), 'config', 'may not be read');
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});
