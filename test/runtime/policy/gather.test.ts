import assert from 'node:assert/strict';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFactsCache, type FactsCache } from '../../../src/adapters/files/facts-cache.ts';
import { gitIn } from '../../../src/adapters/git/git.ts';
import type { Reader } from '../../../src/core/policy/facts.ts';
import { shaSchema } from '../../../src/core/repository/names.ts';
import { gatherFacts } from '../../../src/runtime/policy/gather.ts';
import { commitSources, workTreeSources } from '../../../src/runtime/policy/sources.ts';
import { commit, git, write } from '../../fixtures/sample-repository.ts';
import { temporaryFolders } from '../../support/temp.ts';

const RANGE = { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } };

describe('the facts of many files', function () {
  this.timeout(30_000);
  const folder = temporaryFolders();
  const read: string[] = [];
  /** Tells the text of each `.word` file. */
  const words: Reader = {
    name: 'words',
    version: 1,
    reads: (path) => path.endsWith('.word'),
    mayTell: (text) => text !== 'nothing',
    read: (path, text) => {
      read.push(path);
      return { addons_paths: [{ paths: [text], range: RANGE }] };
    },
  };
  const search: Reader = { name: 'search', version: 1, everywhere: true, reads: () => true, read: () => ({}) };
  const opened = (root: string) => gitIn(root, new AbortController().signal);
  const repository = (files: Readonly<Record<string, string>>) => {
    const root = folder();
    git(root, ['init', '--quiet', '--initial-branch=main']);
    git(root, ['config', 'user.name', 'Ana']);
    git(root, ['config', 'user.email', 'ana@example.com']);
    write(root, files);
    commit(root, 'All');
    read.length = 0;
    return root;
  };
  const cacheOf = (root: string, version = '1') => openFactsCache(join(root, '.git', 'odoo-ops', 'facts.json'), version);
  const gather = async (root: string, cache: FactsCache, overlay?: ReadonlyMap<string, string>) => {
    const facts = await gatherFacts(await workTreeSources(opened(root)), [words, search], cache, overlay);
    await cache.save();
    return Object.fromEntries(
      [...facts]
        .sort()
        .map(([path, { addons_paths, unreadable, large }]) => [path, addons_paths?.[0]?.paths[0] ?? unreadable?.[0]?.message ?? large]),
    );
  };

  it('reads what a format knows, once, and not again while nothing changed', async () => {
    const root = repository({ 'a.word': 'a', 'b.word': 'b', 'c.txt': 'c', 'd.word': 'nothing' });
    assert.deepEqual(await gather(root, await cacheOf(root)), { 'a.word': 'a', 'b.word': 'b' });
    assert.deepEqual(read.splice(0).sort(), ['a.word', 'b.word']);
    assert.deepEqual(await gather(root, await cacheOf(root)), { 'a.word': 'a', 'b.word': 'b' });
    assert.deepEqual(read, []);
    write(root, { 'b.word': 'other' });
    assert.deepEqual(await gather(root, await cacheOf(root)), { 'a.word': 'a', 'b.word': 'other' });
    assert.deepEqual(read.splice(0), ['b.word']);
    // Back to what was known before, and once more what is new and not committed.
    write(root, { 'b.word': 'b' });
    await gather(root, await cacheOf(root));
    write(root, { 'b.word': 'other' });
    await gather(root, await cacheOf(root));
    assert.deepEqual(read, []);
  });

  it('tells the same of a commit as of its files on disk, from the same cache', async () => {
    const root = repository({ 'a.word': 'a', 'b.word': 'b' });
    const sha = shaSchema.parse(git(root, ['rev-parse', 'HEAD']));
    const cache = await cacheOf(root);
    await gather(root, cache);
    read.length = 0;
    write(root, { 'a.word': 'changed' });
    const facts = await gatherFacts(await commitSources(opened(root), sha), [words, search], cache);
    assert.deepEqual([...facts].map(([, { addons_paths }]) => addons_paths?.[0]?.paths[0]).sort(), ['a', 'b']);
    assert.deepEqual(read, []);
    const fresh = await openFactsCache(join(folder(), 'facts.json'), '1');
    assert.deepEqual(await gatherFacts(await commitSources(opened(root), sha), [words, search], fresh), facts);
  });

  it('forgets what another version of the formats told, and a cache that is torn', async () => {
    const root = repository({ 'a.word': 'a' });
    await gather(root, await cacheOf(root));
    read.length = 0;
    await gather(root, await cacheOf(root, '2'));
    assert.deepEqual(read.splice(0), ['a.word']);
    const file = join(root, '.git', 'odoo-ops', 'facts.json');
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -10));
    assert.deepEqual(await gather(root, await cacheOf(root, '2')), { 'a.word': 'a' });
    assert.deepEqual(read, ['a.word']);
  });

  it('takes the text of an editor for that of the file, and keeps it out of the cache', async () => {
    const root = repository({ 'a.word': 'a' });
    const cache = await cacheOf(root);
    assert.deepEqual(await gather(root, cache, new Map([['a.word', 'typed']])), { 'a.word': 'typed' });
    assert.deepEqual(await gather(root, cache), { 'a.word': 'a' });
  });

  it('says what it could not read, and only where a format should', async () => {
    const root = repository({ 'a.word': 'a', 'binary.word': 'PK\0\0', 'binary.txt': 'PK\0\0', 'large.word': '', 'large.txt': '' });
    for (const name of ['large.word', 'large.txt']) truncateSync(join(root, name), 50 * 1024 * 1024);
    rmSync(join(root, 'a.word'));
    assert.deepEqual(await gather(root, await cacheOf(root)), {
      'binary.word': 'It is no text, so it was not read.',
      'large.word': 'It has 50 MB, so it was not read.',
      'large.txt': [{ bytes: 52_428_800 }],
    });
  });

  it('says where a format fails, and goes on with the others', async () => {
    const root = repository({ 'a.word': 'a' });
    const deep: Reader = {
      name: 'deep',
      version: 1,
      reads: () => true,
      read: () => {
        throw new RangeError('Maximum call stack size exceeded');
      },
    };
    const facts = await gatherFacts(await workTreeSources(opened(root)), [deep, words], await cacheOf(root));
    const { addons_paths, unreadable } = facts.get('a.word') ?? {};
    assert.deepEqual(
      [addons_paths?.[0]?.paths, unreadable?.[0]?.message],
      [['a'], 'It could not be read as deep: it is nested too deeply.'],
    );
  });

  it('ends where it is cancelled', async () => {
    const root = repository({ 'a.word': 'a' });
    const controller = new AbortController();
    const sources = await workTreeSources(gitIn(root, controller.signal));
    controller.abort(new Error('stop'));
    const cache = await cacheOf(root);
    await assert.rejects(gatherFacts(sources, [words], cache), /stop/);
  });
});
