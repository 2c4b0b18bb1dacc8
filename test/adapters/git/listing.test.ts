import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gitIn } from '../../../src/adapters/git/git.ts';
import { changedSince, listCommit, listWorkTree } from '../../../src/adapters/git/listing.ts';
import { shaSchema } from '../../../src/core/repository/names.ts';
import { commit, git, write } from '../../fixtures/sample-repository.ts';
import { temporaryFolders } from '../../support/temp.ts';

describe('the files of a repository', function () {
  this.timeout(30_000);
  const folder = temporaryFolders();
  const repository = (files: Readonly<Record<string, string>>) => {
    const root = folder();
    git(root, ['init', '--quiet', '--initial-branch=main']);
    git(root, ['config', 'user.name', 'Ana']);
    git(root, ['config', 'user.email', 'ana@example.com']);
    write(root, files);
    commit(root, 'All');
    return root;
  };
  const opened = (root: string) => gitIn(root, new AbortController().signal);
  const list = async (root: string) => {
    const { files, unopened } = await listWorkTree(opened(root));
    return { files: files.map(({ path, object }) => `${path} ${object === null ? '?' : object.slice(0, 7)}`).sort(), unopened };
  };

  it('knows the object of what is unchanged, and not of what was changed or is new', async () => {
    const root = repository({ 'a.txt': 'a', 'b.txt': 'b', 'gone.txt': 'c', '.gitignore': 'ignored\n' });
    write(root, { 'b.txt': 'other', 'new ü.txt': 'n', 'ignored/x': 'x' });
    rmSync(join(root, 'gone.txt'));
    symlinkSync('a.txt', join(root, 'link'));
    symlinkSync('.', join(root, 'loop'));
    commitLink(root);
    const { files } = await list(root);
    const hashes = new Map(files.map((line) => line.split(/ (?=[^ ]*$)/) as [string, string]));
    assert.equal(hashes.get('a.txt'), git(root, ['rev-parse', '--short=7', 'HEAD:a.txt']));
    assert.deepEqual([hashes.get('b.txt'), hashes.get('new ü.txt')], ['?', '?']);
    assert.deepEqual(
      ['ignored/x', 'committed-link', 'gone.txt'].filter((path) => hashes.has(path)),
      [],
    );
  });

  function commitLink(root: string): void {
    symlinkSync('a.txt', join(root, 'committed-link'));
    git(root, ['add', 'committed-link']);
  }

  it('lists the files of a submodule that is checked out, and names one that is not', async () => {
    const [inner, root] = [repository({ 'addon/__manifest__.py': '{}' }), repository({ 'a.txt': 'a' })];
    git(root, ['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'addons/oca']);
    git(root, ['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'addons/other']);
    commit(root, 'Submodules');
    git(root, ['submodule', '--quiet', 'deinit', '--force', 'addons/other']);
    const object = git(inner, ['rev-parse', '--short=7', 'HEAD:addon/__manifest__.py']);
    const { files, unopened } = await list(root);
    assert.ok(files.includes(`addons/oca/addon/__manifest__.py ${object}`));
    assert.deepEqual(unopened, ['addons/other']);
    const sha = shaSchema.parse(git(root, ['rev-parse', 'HEAD']));
    const ofCommit = await listCommit(opened(root), sha);
    assert.deepEqual(
      [ofCommit.files.map(({ path }) => path), ofCommit.unopened],
      [
        ['.gitmodules', 'a.txt'],
        ['addons/oca', 'addons/other'],
      ],
    );
  });

  it('does not take an empty folder of a repository inside for a file', async () => {
    const root = repository({ 'a.txt': 'a' });
    mkdirSync(join(root, 'nested'));
    git(join(root, 'nested'), ['init', '--quiet']);
    assert.deepEqual(
      (await list(root)).files.map((line) => line.split(' ')[0]),
      ['a.txt'],
    );
  });

  it('tells what changed since a branch was left: commits, the index, the work tree and new files', async () => {
    const root = repository({ 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' });
    git(root, ['switch', '--quiet', '--create', 'feature']);
    write(root, { 'a.txt': 'changed' });
    commit(root, 'Change a');
    git(root, ['switch', '--quiet', 'main']);
    write(root, { 'c.txt': 'main moved on' });
    commit(root, 'Change c');
    git(root, ['switch', '--quiet', 'feature']);
    write(root, { 'b.txt': 'not committed', 'new.txt': 'n' });
    const main = shaSchema.parse(git(root, ['rev-parse', 'main']));
    assert.deepEqual([...(await changedSince(opened(root), main))].sort(), ['a.txt', 'b.txt', 'new.txt']);
  });
});
