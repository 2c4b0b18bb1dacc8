import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { evidenceFiles, evidenceSources, readEvidenceFile } from '../../../src/adapters/files/evidence-files.ts';
import { clearWork, compressFolder, folderBytes, isCompressed, removeFolder } from '../../../src/adapters/files/evidence-prune.ts';
import { readRecords, writeRecord } from '../../../src/adapters/files/evidence-store.ts';
import { fileProblems } from '../../../src/core/evidence/chain.ts';
import type { EvidenceRecord } from '../../../src/core/evidence/record.ts';
import { PACKAGE_ROOT } from '../../support/bundle.ts';
import { testEnvironment } from '../../support/environment.ts';
import { sampleRecord } from '../../support/records.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { temporaryFolders } from '../../support/temp.ts';

const FOLDER = '20260101-0800+0800/build-main';
const FILES: Record<string, string> = {
  'manifest.json': '{}\n',
  'logs/act.log': 'line\n'.repeat(5000),
  'logs/gate-größe.log': 'ü',
  'logs/deep/empty.log': '',
  [`logs/${'long'.repeat(40)}.log`]: 'a path that no field of a tar holds',
};

describe('a compressed record', () => {
  const folder = temporaryFolders();

  /** A record of the given files in a folder, as an act leaves it. */
  async function stored(
    contents: Readonly<Record<string, string>> = FILES,
  ): Promise<{ root: string; base: string; record: EvidenceRecord }> {
    const root = folder();
    const base = join(root, FOLDER);
    for (const [path, text] of Object.entries(contents)) {
      mkdirSync(dirname(join(base, path)), { recursive: true });
      writeFileSync(join(base, path), text);
    }
    mkdirSync(base, { recursive: true });
    const record = sampleRecord(1, { files: await evidenceFiles(root, FOLDER) });
    await writeRecord(root, FOLDER, record);
    return { root, base, record };
  }
  const onDisk = (base: string) =>
    readdirSync(base, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  const problemsOf = async (root: string, record: EvidenceRecord) =>
    fileProblems({ folder: FOLDER, record, files: await evidenceFiles(root, FOLDER) }).map(({ kind }) => kind);

  it('has the same files with the same hashes, in one archive, and takes less room', async () => {
    const { root, base, record } = await stored();
    const [before, text] = [await folderBytes(root, FOLDER), readFileSync(join(base, 'record.json'), 'utf8')];
    assert.equal(await isCompressed(root, FOLDER), false);
    await compressFolder(root, FOLDER, record.files);
    assert.deepEqual(readdirSync(base).sort(), ['files.tar.gz', 'record.json']);
    assert.equal(readFileSync(join(base, 'record.json'), 'utf8'), text);
    assert.deepEqual(await problemsOf(root, record), []);
    assert.equal(await isCompressed(root, FOLDER), true);
    assert.ok((await folderBytes(root, FOLDER)) < before / 3);
  });

  it('is read file by file, as if nothing had happened', async () => {
    const { root, base, record } = await stored();
    await compressFolder(root, FOLDER, record.files);
    for (const [path, text] of Object.entries(FILES)) assert.equal((await readEvidenceFile(root, FOLDER, path)).toString(), text);
    await rejectsWith(readEvidenceFile(root, FOLDER, 'logs/other.log'), 'evidence', 'logs/other.log');
    const copy = folder();
    const sources = await evidenceSources(root, FOLDER, ['record.json', ...Object.keys(FILES)], copy);
    assert.equal(sources[0], join(base, 'record.json'));
    assert.deepEqual(
      sources.slice(1).map((path) => readFileSync(path, 'utf8')),
      Object.values(FILES),
    );
  });

  it('has the same bytes wherever and whenever it was made', async () => {
    const archives = [];
    for (const contents of [FILES, Object.fromEntries(Object.entries(FILES).reverse())]) {
      const { root, base, record } = await stored(contents);
      await compressFolder(root, FOLDER, record.files);
      archives.push(readFileSync(join(base, 'files.tar.gz')));
    }
    assert.deepEqual(archives[0], archives[1]);
  });

  it('stays as it is where it is compressed again', async () => {
    const { root, base, record } = await stored();
    for (let round = 0; round < 2; round++) await compressFolder(root, FOLDER, record.files);
    assert.deepEqual(readdirSync(base).sort(), ['files.tar.gz', 'record.json']);
    assert.deepEqual(await problemsOf(root, record), []);
  });

  it('holds any files of any bytes', async () => {
    const name = fc
      .stringMatching(/^[a-z0-9äß .-]{1,60}$/)
      .filter((text) => !/^\.+$/.test(text) && !['record.json', 'files.tar.gz'].includes(text));
    const contents = fc.dictionary(name, fc.string({ unit: 'binary', maxLength: 3000 }), { maxKeys: 6, noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(contents, async (files) => {
        const { root, record } = await stored(files);
        await compressFolder(root, FOLDER, record.files);
        assert.deepEqual(await problemsOf(root, record), []);
        for (const [path, text] of Object.entries(files)) assert.deepEqual(await readEvidenceFile(root, FOLDER, path), Buffer.from(text));
      }),
      { numRuns: 40 },
    );
  });

  describe('where the process was killed', () => {
    /** What lies there after each thing that compressing does, in its order. */
    async function states(): Promise<{ root: string; base: string; record: EvidenceRecord; whole: string }> {
      const { root, base, record } = await stored();
      const whole = join(folder(), 'whole');
      cpSync(root, whole, { recursive: true });
      await compressFolder(root, FOLDER, record.files);
      return { root, base, record, whole };
    }
    const ends = async (root: string, base: string, record: EvidenceRecord) => {
      assert.deepEqual(await problemsOf(root, record), [], 'every file is there before the next run');
      await clearWork(root);
      await compressFolder(root, FOLDER, record.files);
      assert.deepEqual(readdirSync(base).sort(), ['files.tar.gz', 'record.json']);
      assert.deepEqual(await problemsOf(root, record), []);
      assert.deepEqual(existsSync(join(root, '.prune')) ? readdirSync(join(root, '.prune')) : [], []);
    };

    it('with half an archive, which lies elsewhere: nothing is amiss, and the next run ends it', async () => {
      const { record, whole, base } = await states();
      mkdirSync(join(whole, '.prune'));
      for (const name of ['files.tar.gz.1.partial', 'files.tar.gz'])
        writeFileSync(join(whole, '.prune', name), readFileSync(join(base, 'files.tar.gz')).subarray(0, 90));
      assert.deepEqual((await readRecords(whole)).unreadable, []);
      await ends(whole, join(whole, FOLDER), record);
    });

    for (const gone of [0, 1, 3, 5]) {
      it(`with the archive in its place and ${gone} originals deleted: nothing is amiss, and the next run ends it`, async () => {
        const { record, whole, base } = await states();
        cpSync(join(base, 'files.tar.gz'), join(whole, FOLDER, 'files.tar.gz'));
        for (const { path } of record.files.slice(0, gone)) rmSync(join(whole, FOLDER, path));
        assert.equal(await isCompressed(whole, FOLDER), gone === 5);
        await ends(whole, join(whole, FOLDER), record);
      });
    }

    it('by kill -9 at any moment: every file is there, and the next run ends it', async () => {
      const big = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`logs/${index}.log`, `${index} ${'text '.repeat(40_000)}`]));
      const { root, base, record } = await stored(big);
      const script = join(folder(), 'compress.mts');
      const module = (path: string) => JSON.stringify(join(PACKAGE_ROOT, 'src/adapters/files', path));
      writeFileSync(
        script,
        `import { compressFolder } from ${module('evidence-prune.ts')};
         import { readRecords } from ${module('evidence-store.ts')};
         const [{ folder, record }] = (await readRecords(${JSON.stringify(root)})).records;
         process.stdout.write('ready');
         await compressFolder(${JSON.stringify(root)}, folder, record.files);`,
      );
      const whole = join(folder(), 'whole');
      cpSync(root, whole, { recursive: true });
      let killed = 0;
      for (const delay of [0, 20, 60, 100, 130, 150, 160, 170, 180, 200, 240]) {
        rmSync(root, { recursive: true });
        cpSync(whole, root, { recursive: true });
        const child = spawn(process.execPath, ['--import', 'tsx', script], {
          cwd: PACKAGE_ROOT,
          env: testEnvironment(),
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const ended = once(child, 'exit');
        await once(child.stdout, 'data');
        setTimeout(() => child.kill('SIGKILL'), delay);
        const [, signal] = (await ended) as [number | null, NodeJS.Signals | null];
        if (signal === 'SIGKILL') killed++;
        await ends(root, base, record);
      }
      assert.ok(killed > 0);
    }).timeout(120_000);
  });

  describe('that somebody touched', () => {
    it('is found: whatever byte of the archive was changed, removed or added, no file reads as another', async () => {
      const { root, base, record } = await stored();
      await compressFolder(root, FOLDER, record.files);
      const archive = join(base, 'files.tar.gz');
      const original = readFileSync(archive);
      const tar = gunzipSync(original);
      const change = fc.record({
        at: fc.nat(original.length - 1),
        byte: fc.integer({ min: 1, max: 255 }),
        how: fc.constantFrom('change', 'insert', 'remove', 'append'),
      });
      await fc.assert(
        fc.asyncProperty(change, async ({ at, byte, how }) => {
          const [head, tail] = [original.subarray(0, at), original.subarray(at)];
          const touched = {
            change: [head, Buffer.from([(tail[0] ?? 0) ^ byte]), tail.subarray(1)],
            insert: [head, Buffer.from([byte]), tail],
            remove: [head, tail.subarray(1)],
            append: [original, Buffer.from([byte])],
          }[how];
          const bytes = Buffer.concat(touched);
          writeFileSync(archive, bytes);
          const found = await problemsOf(root, record);
          // The head of a gzip has a few bytes that say nothing of its content.
          if (found.length === 0) assert.ok(gunzipSync(bytes).equals(tar), `${how} at ${at}`);
        }),
        { numRuns: 200 },
      );
    });

    it('is found, where the archive is gone, is empty, is another one, or is a link', async () => {
      const { root, base, record } = await stored();
      await compressFolder(root, FOLDER, record.files);
      const other = await stored({ ...FILES, 'manifest.json': '{"forged":true}\n' });
      await compressFolder(other.root, FOLDER, other.record.files);
      const archive = join(base, 'files.tar.gz');
      renameSync(join(other.base, 'files.tar.gz'), archive);
      assert.deepEqual(await problemsOf(root, record), ['changed']);
      writeFileSync(archive, '');
      assert.equal((await problemsOf(root, record)).filter((kind) => kind === 'missing-file').length, 5);
      rmSync(archive);
      assert.deepEqual(
        await problemsOf(root, record),
        Array.from({ length: 5 }, () => 'missing-file'),
      );
      symlinkSync('/etc/passwd', archive);
      assert.ok((await problemsOf(root, record)).includes('extra-file'));
    });

    it('is found, where a file lies beside the archive that differs from the one in it, or that no record names', async () => {
      const { root, base, record } = await stored();
      await compressFolder(root, FOLDER, record.files);
      writeFileSync(join(base, 'manifest.json'), '{"forged":true}\n');
      assert.deepEqual(await problemsOf(root, record), ['changed']);
      rmSync(join(base, 'manifest.json'));
      writeFileSync(join(base, 'new.json'), '');
      assert.deepEqual(await problemsOf(root, record), ['extra-file']);
    });

    it('is not compressed: the originals stay as they are', async () => {
      const { root, base, record } = await stored();
      writeFileSync(join(base, 'manifest.json'), '{"forged":true}\n');
      const before = onDisk(base);
      await rejectsWith(compressFolder(root, FOLDER, record.files), 'evidence', 'changed while it was compressed');
      assert.deepEqual(onDisk(base), before);
    });
  });

  it('is removed at one stroke, with its minute where that is empty', async () => {
    const { root, record } = await stored();
    await writeRecord(root, `${dirname(FOLDER)}/build-main`, record);
    mkdirSync(join(root, dirname(FOLDER), 'build-main-2'));
    await removeFolder(root, FOLDER, record.id);
    assert.deepEqual(readdirSync(join(root, dirname(FOLDER))), ['build-main-2']);
    await removeFolder(root, `${FOLDER}-2`, record.id);
    await clearWork(root);
    assert.deepEqual(readdirSync(root), []);
    await rejectsWith(removeFolder(root, FOLDER, record.id), 'evidence', FOLDER);
  });
});
