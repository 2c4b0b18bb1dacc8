import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GitFailure, gitEnvironment, gitIn } from '../../../src/adapters/git/git.ts';
import { onFirstParentLine } from '../../../src/adapters/git/history.ts';
import { mergeTree } from '../../../src/adapters/git/merge.ts';
import { listTree, readBlobs, readFiles } from '../../../src/adapters/git/objects.ts';
import { sharedPatchIds } from '../../../src/adapters/git/patch-id.ts';
import { push } from '../../../src/adapters/git/push.ts';
import { remoteBranches, remoteUrl, readRemoteBranch } from '../../../src/adapters/git/refs.ts';
import { openRepository, repositoryState } from '../../../src/adapters/git/repository.ts';
import { withCheckout, workTreeChanges, workTreeFiles } from '../../../src/adapters/git/work-tree.ts';
import { installHook } from '../../support/hooks.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { commit, git, mergeIntoMain, pushBranch, refsOf, sampleIn, tipOf, write } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';

const { signal } = new AbortController();

describe('git', function () {
  this.timeout(30_000);
  const folder = temporaryFolders();

  it('fails with its exit code and its own words, and ends with a cancel or a timeout', async () => {
    const { root } = sampleIn(folder());
    await assert.rejects(
      gitIn(root, signal).run(['cat-file', '-t', 'nothing']),
      (error) => error instanceof GitFailure && error.exitCode === 128 && error.code === 'repository',
    );
    installHook(root, 'pre-commit', 'sleep 20');
    await rejectsWith(
      gitIn(root, signal).run(['commit', '--allow-empty', '--message', 'x'], { timeout: 200 }),
      'timeout',
      'git commit took longer than 0.2 s',
    );
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    await rejectsWith(gitIn(root, controller.signal).run(['commit', '--allow-empty', '--message', 'x']), 'cancelled');
    await rejectsWith(gitIn(root, AbortSignal.abort()).run(['status']), 'cancelled');
  });

  it('asks no questions, speaks English, and forgets the repository of a hook', () => {
    process.env['GIT_DIR'] = '/elsewhere';
    try {
      const environment = gitEnvironment({ X: 'y' });
      assert.deepEqual(
        [environment['GIT_TERMINAL_PROMPT'], environment['LC_ALL'], environment['GIT_DIR'], environment['X']],
        ['0', 'C', undefined, 'y'],
      );
    } finally {
      delete process.env['GIT_DIR'];
    }
  });

  it('opens the repository of a folder below it, and says what is wrong', async () => {
    const { root } = sampleIn(folder());
    assert.equal((await openRepository(join(root, 'addons/ipai'), signal)).root, root);
    await rejectsWith(openRepository(join(root, 'nowhere'), signal), 'repository', 'nowhere is not a folder');
    await rejectsWith(openRepository(join(root, 'README.md'), signal), 'repository', 'README.md is not a folder');
    await rejectsWith(openRepository(folder(), signal), 'repository', 'is not in a git repository');
    await rejectsWith(openRepository(join(root, '../origin.git'), signal), 'repository');
  });

  it('knows the state of a repository', async () => {
    const { root, origin } = sampleIn(folder());
    const state = async () => repositoryState(gitIn(root, signal));
    assert.deepEqual(await state(), { branch: 'main', head: tipOf(origin, 'main'), shallow: false, commonDirectory: join(root, '.git') });
    git(root, ['switch', '--quiet', '--detach']);
    assert.deepEqual(await state(), { branch: null, head: tipOf(origin, 'main'), shallow: false, commonDirectory: join(root, '.git') });
    git(root, ['switch', '--quiet', '--orphan', 'unborn']);
    assert.deepEqual(await state(), { branch: 'unborn', head: null, shallow: false, commonDirectory: join(root, '.git') });
  });

  it('shows the URL of a remote without who signs in', async () => {
    const { root } = sampleIn(folder());
    for (const [url, shown] of [
      ['https://ana:secret@example.com/a.git', 'https://example.com/a.git'],
      ['https://token@example.com/a.git', 'https://example.com/a.git'],
      ['git@example.com:a/b.git', 'git@example.com:a/b.git'],
    ] as const) {
      git(root, ['remote', 'set-url', 'origin', url]);
      assert.equal(await remoteUrl(gitIn(root, signal), 'origin'), shown);
    }
    assert.equal(await remoteUrl(gitIn(root, signal), 'nothing'), null);
  });

  it('lists the branches of the remote, without HEAD and without names that are not ours to use', async () => {
    const { root, origin } = sampleIn(folder());
    git(origin, ['update-ref', 'refs/heads/-x', 'main']);
    git(root, ['fetch', '--quiet', 'origin']);
    git(root, ['remote', 'set-head', 'origin', 'main']);
    assert.deepEqual([...(await remoteBranches(gitIn(root, signal), 'origin')).keys()].sort(), [
      'feature/loyalty-points',
      'fix/invoice-rounding',
      'main',
      'production',
    ]);
    assert.equal(await readRemoteBranch(gitIn(root, signal), 'origin', 'main'), tipOf(origin, 'main'));
    assert.equal(await readRemoteBranch(gitIn(root, signal), 'origin', 'mai'), null);
    assert.equal(await readRemoteBranch(gitIn(root, signal), 'origin', 'loyalty-points'), null);
  });

  it('pushes where the remote has the expected value, and nowhere else: it never rewinds and never overwrites', async () => {
    const { root, origin } = sampleIn(folder());
    const adapter = gitIn(root, signal);
    const [main, feature, production] = ['main', 'feature/loyalty-points', 'production'].map((name) => tipOf(origin, name));
    const ref = 'refs/heads/main';
    assert.equal(await push(adapter, { remote: 'origin', ref, sha: feature!, expected: production!, hooks: true }), false);
    assert.equal(await push(adapter, { remote: 'origin', ref, sha: feature!, expected: null, hooks: true }), false);
    assert.equal(tipOf(origin, 'main'), main);
    assert.equal(await push(adapter, { remote: 'origin', ref, sha: feature!, expected: main!, hooks: true }), true);
    assert.equal(tipOf(origin, 'main'), feature);
    const fence = { ref: 'refs/odoo-ops/leases/main', sha: production! };
    const before = refsOf(origin);
    assert.equal(
      await push(adapter, { remote: 'origin', ref: 'refs/heads/production', sha: main!, expected: production!, hooks: true, fence }),
      false,
    );
    assert.equal(refsOf(origin), before);
    git(origin, ['update-ref', fence.ref, fence.sha]);
    assert.equal(
      await push(adapter, { remote: 'origin', ref: 'refs/heads/production', sha: main!, expected: production!, hooks: true, fence }),
      true,
    );
    assert.equal(refsOf(origin).includes(fence.ref), false);
    assert.equal(tipOf(origin, 'production'), main);
  });

  it('reads objects in order, empty ones too, and says what is missing', async () => {
    const { root } = sampleIn(folder());
    const big = Buffer.alloc(300_000, 'x');
    writeFileSync(join(root, 'big.bin'), big);
    write(root, { 'empty.txt': '', 'tab\tname.txt': 'x\n' });
    const sha = commit(root, 'Files');
    const adapter = gitIn(root, signal);
    const tree = await listTree(adapter, sha);
    assert.ok(tree.some(({ path }) => path === 'tab\tname.txt'));
    const files = await readFiles(adapter, tree);
    assert.deepEqual(
      [files.get('empty.txt')?.length, files.get('big.bin')?.equals(big), files.get('tab\tname.txt')?.toString()],
      [0, true, 'x\n'],
    );
    await rejectsWith(
      readFiles(adapter, [{ mode: '100644', object: '0'.repeat(40), path: 'gone.txt' }]),
      'repository',
      'gone.txt is not in this clone',
    );
    await assert.rejects(
      readBlobs(adapter, tree, () => Promise.reject(new Error('enough'))),
      /enough/,
    );
  });

  it('merges without a work tree, and names what conflicts', async () => {
    const { root } = sampleIn(folder());
    const [a, b] = [
      pushBranch(root, 'fix/a', 'main', { 'README.md': 'A\n', 'größe.txt': 'a\n' }),
      pushBranch(root, 'fix/b', 'main', { 'README.md': 'B\n', 'größe.txt': 'b\n' }),
    ];
    const adapter = gitIn(root, signal);
    assert.deepEqual(await mergeTree(adapter, a, b), { conflicts: ['README.md', 'größe.txt'] });
    assert.ok('tree' in (await mergeTree(adapter, a, git(root, ['rev-parse', 'feature/loyalty-points']))));
    assert.equal(git(root, ['status', '--porcelain']), '');
  });

  it('pairs the same change on both sides by its patch id', async () => {
    const { root } = sampleIn(folder());
    const a = pushBranch(root, 'fix/a', 'production', { 'x.txt': 'x\n' });
    git(root, ['switch', '--quiet', '--create', 'fix/b', 'main']);
    git(root, ['cherry-pick', a]);
    const b = git(root, ['rev-parse', 'HEAD']);
    const ids = await sharedPatchIds(gitIn(root, signal), a, b);
    assert.deepEqual([ids.size, ids.get(a) === ids.get(b), ids.has(a)], [2, true, true]);
    assert.equal((await sharedPatchIds(gitIn(root, signal), a, git(root, ['rev-parse', 'main']))).size, 0);
  });

  it('tells whether staging ever stood at a commit', async () => {
    const { root } = sampleIn(folder());
    const [first, second] = [git(root, ['rev-parse', 'production']), git(root, ['rev-parse', 'main'])];
    const feature = git(root, ['rev-parse', 'feature/loyalty-points']);
    const merge = mergeIntoMain(root, 'feature/loyalty-points');
    write(root, { 'x.txt': 'x' });
    const tip = commit(root, 'More');
    const adapter = gitIn(root, signal);
    const answers = await Promise.all([first, second, merge, tip, feature].map((sha) => onFirstParentLine(adapter, sha, tip)));
    assert.deepEqual(answers, [true, true, true, true, false]);
  });

  it('checks a commit out for a while, several times at once, and leaves nothing behind', async () => {
    const { root, origin } = sampleIn(folder());
    const adapter = gitIn(root, signal);
    const sha = tipOf(origin, 'feature/loyalty-points');
    const places = await Promise.all(
      [1, 2, 3].map(() => withCheckout(adapter, sha, (place) => Promise.resolve(`${place} ${git(place, ['rev-parse', 'HEAD'])}`))),
    );
    assert.equal(new Set(places).size, 3);
    assert.ok(places.every((place) => place.endsWith(sha)));
    await assert.rejects(
      withCheckout(adapter, sha, () => Promise.reject(new Error('crash'))),
      /crash/,
    );
    assert.equal(git(root, ['worktree', 'list']).split('\n').length, 1);
  });

  it('knows what is changed, new, renamed, deleted and ignored', async () => {
    const { root } = sampleIn(folder());
    write(root, { 'README.md': 'changed\n', 'new file.txt': '', 'a\nb.txt': '', 'x.pyc': '' });
    git(root, ['mv', 'requirements.txt', 'moved.txt']);
    rmSync(join(root, 'compose.yml'));
    const changes = await workTreeChanges(gitIn(root, signal));
    assert.deepEqual(changes.map(({ path, tracked }) => `${tracked ? 't' : 'u'} ${path}`).sort(), [
      't README.md',
      't compose.yml',
      't moved.txt',
      't requirements.txt',
      'u a\nb.txt',
      'u new file.txt',
    ]);
    const files = await workTreeFiles(gitIn(root, signal));
    assert.ok(files.includes('new file.txt') && !files.includes('x.pyc') && !files.includes('compose.yml'));
  });
});
