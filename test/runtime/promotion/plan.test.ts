import assert from 'node:assert/strict';
import { join } from 'node:path';
import { planText } from '../../../src/core/promotion/text.ts';
import { rejectsWith } from '../../support/rejects.ts';
import type { SampleRepository } from '../../fixtures/sample-repository.ts';
import { cloneOf, commit, git, mergeIntoMain, pushBranch, refsOf, sampleIn, tipOf, write } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { planOf, promoted } from '../../support/workspace.ts';

describe('plan of a promotion', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  let untouched: SampleRepository;
  before(() => {
    untouched = sampleIn(folder());
    pushBranch(untouched.root, 'chore/x', 'main', { 'a.txt': 'a\n' });
  });
  const codes = async (root: string, from: string, to: string, reason?: string) =>
    (await planOf(root, from, to, reason)).blockers.map(({ code }) => code);

  it('tells commits, authors, modules with versions, files, gates and method, and changes nothing', async () => {
    const { root, origin } = sampleIn(folder());
    const refs = [refsOf(origin), refsOf(root)];
    const plan = await planOf(root, 'feature/loyalty-points', 'main');
    assert.deepEqual(
      {
        environment: plan.environment,
        method: plan.method,
        blockers: plan.blockers,
        nothing: plan.nothing_to_do,
        from: plan.from_sha,
        to: plan.to_sha,
      },
      {
        environment: 'staging',
        method: 'merge',
        blockers: [],
        nothing: false,
        from: tipOf(origin, 'feature/loyalty-points'),
        to: tipOf(origin, 'main'),
      },
    );
    assert.deepEqual(plan.authors, [{ name: 'Ben Cruz', commits: 1 }]);
    assert.deepEqual(
      plan.modules.map(({ module, change, old_version, new_version }) => [module, change, old_version, new_version]),
      [['ipai_loyalty', 'changed', '19.0.1.0.0', '19.0.1.1.0']],
    );
    assert.deepEqual(plan.files.map(({ status, path, added, removed }) => [status, path, added, removed]).at(0), [
      'changed',
      'addons/ipai/ipai_loyalty/__manifest__.py',
      1,
      1,
    ]);
    assert.deepEqual(
      plan.gates.map(({ name }) => name),
      ['clean-work-tree', 'up-to-date-remote', 'linear-history', 'policy', 'reproducible-build', 'manifest-versions'],
    );
    assert.deepEqual([refsOf(origin), refsOf(root)], refs);
    assert.equal(git(root, ['status', '--porcelain']), '');
  });

  it('is the same value when it is made again', async () => {
    const { root } = untouched;
    assert.deepEqual(await planOf(root, 'main', 'production'), await planOf(root, 'main', 'production'));
  });

  it('to production is a fast-forward to the commit that staging has', async () => {
    const { root, origin } = untouched;
    const plan = await planOf(root, 'main', 'production');
    assert.deepEqual(
      [plan.environment, plan.method, plan.merge_tree, plan.from_sha],
      ['production', 'fast-forward', null, tipOf(origin, 'main')],
    );
  });

  for (const [from, to] of [
    ['feature/loyalty-points', 'production'],
    ['production', 'main'],
    ['main', 'feature/loyalty-points'],
    ['feature/loyalty-points', 'fix/invoice-rounding'],
    ['chore/x', 'main'],
    ['chore/x', 'production'],
  ] as const) {
    it(`refuses ${from} to ${to} by its route`, async () => {
      assert.ok((await codes(untouched.root, from, to)).includes('route'));
    });
  }

  it('allows an emergency from a branch to production, and no other route by it', async () => {
    const { root } = sampleIn(folder());
    pushBranch(root, 'fix/hot', 'origin/production', { 'a.txt': 'a\n' });
    assert.deepEqual(await codes(root, 'fix/hot', 'production', 'the invoices are wrong'), []);
    assert.deepEqual(await codes(root, 'production', 'main', 'the invoices are wrong'), ['route']);
  });

  it('finds a direct commit to production, whatever is promoted', async () => {
    const { root } = sampleIn(folder());
    git(root, ['switch', '--quiet', '--create', 'x', 'origin/production']);
    write(root, { 'hot.txt': 'x\n' });
    commit(root, 'By hand');
    git(root, ['push', '--quiet', 'origin', 'x:production']);
    git(root, ['switch', '--quiet', 'main']);
    assert.deepEqual(await codes(root, 'main', 'production'), ['not-fast-forward', 'direct-commit']);
    assert.deepEqual(await codes(root, 'feature/loyalty-points', 'main'), ['direct-commit']);
  });

  it('finds a cherry-pick from production back to staging by patch id', async () => {
    const { root } = sampleIn(folder());
    git(root, ['switch', '--quiet', '--create', 'x', 'origin/production']);
    write(root, { 'hot.txt': 'x\n' });
    const sha = commit(root, 'Hotfix', undefined, '2026-03-06T09:00:00+08:00');
    git(root, ['push', '--quiet', 'origin', 'x:production']);
    git(root, ['switch', '--quiet', 'main']);
    git(root, ['cherry-pick', sha], { GIT_COMMITTER_DATE: '2026-03-07T09:00:00+08:00' });
    git(root, ['push', '--quiet', 'origin', 'main']);
    const plan = await planOf(root, 'main', 'production');
    assert.ok(
      plan.blockers.some(({ code, message }) => code === 'cherry-pick' && message.includes('cherry-picked back from production')),
      JSON.stringify(plan.blockers),
    );
  });

  it('finds a cherry-pick of a production commit in the branch to be promoted', async () => {
    const { root } = sampleIn(folder());
    git(root, ['switch', '--quiet', '--create', 'x', 'origin/production']);
    write(root, { 'hot.txt': 'x\n' });
    const sha = commit(root, 'Hotfix', undefined, '2026-03-06T09:00:00+08:00');
    git(root, ['push', '--quiet', 'origin', 'x:production']);
    git(root, ['switch', '--quiet', '--create', 'fix/back', 'main']);
    git(root, ['cherry-pick', sha], { GIT_COMMITTER_DATE: '2026-03-07T09:00:00+08:00' });
    git(root, ['push', '--quiet', 'origin', 'fix/back']);
    git(root, ['switch', '--quiet', 'main']);
    assert.deepEqual(await codes(root, 'fix/back', 'main'), ['cherry-pick']);
  });

  it('finds a branch that went to production and skipped staging', async () => {
    const { root } = sampleIn(folder());
    pushBranch(root, 'fix/hot', 'origin/production', { 'a.txt': 'a\n' });
    git(root, ['push', '--quiet', 'origin', 'origin/fix/hot:refs/heads/production']);
    const plan = await planOf(root, 'feature/loyalty-points', 'main');
    assert.deepEqual(
      plan.blockers.map(({ code }) => code),
      ['skipped-staging'],
    );
    assert.match(plan.blockers[0]?.message ?? '', /reached production from fix\/hot/);
  });

  it('finds a production that was moved to a commit of a merged branch, which staging never ran', async () => {
    const { root, origin } = sampleIn(folder());
    mergeIntoMain(root, 'feature/loyalty-points');
    git(root, ['push', '--quiet', 'origin', 'origin/feature/loyalty-points:refs/heads/production']);
    const plan = await planOf(root, 'main', 'production');
    assert.deepEqual(
      plan.blockers.map(({ code }) => code),
      ['skipped-staging'],
    );
    assert.equal(plan.to_sha, tipOf(origin, 'feature/loyalty-points'));
  });

  it('accepts a production that stands anywhere on the line of staging', async () => {
    const { root } = sampleIn(folder());
    mergeIntoMain(root, 'feature/loyalty-points');
    assert.deepEqual(await codes(root, 'main', 'production'), []);
    git(root, ['push', '--quiet', 'origin', 'origin/main^:refs/heads/production']);
    assert.deepEqual(await codes(root, 'main', 'production'), []);
  });

  it('lets a branch bring production back to staging: the way that its own hints name', async () => {
    const { root } = sampleIn(folder());
    git(root, ['switch', '--quiet', '--create', 'x', 'origin/production']);
    write(root, { 'hot.txt': 'x\n' });
    commit(root, 'By hand');
    git(root, ['push', '--quiet', 'origin', 'x:production']);
    git(root, ['switch', '--quiet', 'main']);
    assert.deepEqual(await codes(root, 'feature/loyalty-points', 'main'), ['direct-commit']);
    pushBranch(root, 'fix/back', 'x', {});
    assert.deepEqual(await codes(root, 'fix/back', 'main'), []);
    mergeIntoMain(root, 'fix/back');
    // Staging holds production now, but production's tip never was staging's: said once more, and the emergency path records it.
    assert.deepEqual(await codes(root, 'main', 'production'), ['skipped-staging']);
    assert.deepEqual(await codes(root, 'main', 'production', 'production was committed to by hand'), []);
    await promoted(root, 'main', 'production', 'production was committed to by hand');
    assert.deepEqual(await codes(root, 'feature/loyalty-points', 'main'), []);
  });

  it('says what conflicts', async () => {
    const { root } = sampleIn(folder());
    pushBranch(root, 'fix/a', 'main', { 'README.md': 'A\n' });
    pushBranch(root, 'fix/b', 'main', { 'README.md': 'B\n' });
    mergeIntoMain(root, 'fix/a');
    const plan = await planOf(root, 'fix/b', 'main');
    assert.deepEqual(
      plan.blockers.map(({ code }) => code),
      ['conflict'],
    );
    assert.match(plan.blockers[0]?.message ?? '', /fix\/b conflicts with main in README\.md\./);
  });

  it('refuses unrelated histories', async () => {
    const { root } = sampleIn(folder());
    git(root, ['switch', '--quiet', '--orphan', 'feature/orphan']);
    write(root, { 'a.txt': 'a\n' });
    commit(root, 'Another start');
    git(root, ['push', '--quiet', 'origin', 'feature/orphan']);
    git(root, ['switch', '--quiet', 'main']);
    assert.deepEqual(await codes(root, 'feature/orphan', 'main'), ['unrelated']);
  });

  it('is a fast-forward where configured, and refuses a branch that is behind', async () => {
    const { root } = sampleIn(folder());
    pushBranch(root, 'fix/config', 'main', { 'odoo-ops.yml': 'promotion:\n  merge_method: fast-forward\n' });
    git(root, ['push', '--quiet', 'origin', 'origin/fix/config:refs/heads/main']);
    pushBranch(root, 'fix/next', 'origin/fix/config', { 'a.txt': 'a\n' });
    const plan = await planOf(root, 'fix/next', 'main');
    assert.deepEqual([plan.method, plan.merge_tree, plan.blockers], ['fast-forward', null, []]);
    assert.deepEqual(await codes(root, 'feature/loyalty-points', 'main'), ['not-fast-forward']);
  });

  it('has nothing to do where the target holds the source already', async () => {
    const { root } = sampleIn(folder());
    git(root, ['push', '--quiet', 'origin', 'main:refs/heads/production']);
    assert.equal((await planOf(root, 'main', 'production')).nothing_to_do, true);
  });

  it('is the same with a dirty work tree, a detached HEAD and an unborn branch checked out', async () => {
    const { root } = sampleIn(folder());
    const plan = await planOf(root, 'feature/loyalty-points', 'main');
    write(root, { 'README.md': 'dirty\n', 'addons/ipai/new/__manifest__.py': '{}' });
    git(root, ['switch', '--quiet', '--detach', 'main']);
    assert.deepEqual(await planOf(root, 'feature/loyalty-points', 'main'), plan);
  });

  it('cannot be weakened by the branch: its gates are those of staging', async () => {
    const { root } = sampleIn(folder());
    pushBranch(root, 'feature/no-gates', 'main', { 'odoo-ops.yml': 'version: 1\n' });
    git(root, ['switch', '--quiet', 'feature/no-gates']);
    assert.ok((await planOf(root, 'feature/no-gates', 'main')).gates.some(({ name }) => name === 'manifest-versions'));
  });

  it('cannot be made by a branch that calls itself staging', async () => {
    const { root } = sampleIn(folder());
    pushBranch(root, 'feature/evil', 'main', { 'odoo-ops.yml': 'branches:\n  staging: feature/evil\n  production: main\n' });
    git(root, ['switch', '--quiet', 'feature/evil']);
    await rejectsWith(planOf(root, 'feature/evil', 'main'), 'refused', 'odoo-ops.yml', 'main');
  });

  it("survives words that other people's commits may hold", async () => {
    const { root } = sampleIn(folder());
    git(root, ['switch', '--quiet', '--create', 'feature/words', 'main']);
    write(root, { 'tab\there.txt': 'x\n', 'größe 価格.txt': 'x\n', 'new\nline.txt': 'x\n', 'quote".txt': 'x\n' });
    git(root, ['add', '--all']);
    git(root, ['commit', '--quiet', '--author', 'A\u001fB <a@b>', '--message', '\u001b[31mRed\u202e\u001f subject\n\nbody']);
    git(root, ['push', '--quiet', 'origin', 'feature/words']);
    git(root, ['switch', '--quiet', 'main']);
    const plan = await planOf(root, 'feature/words', 'main');
    assert.equal(plan.commits.length, 1);
    assert.equal(plan.commits[0]?.author, 'A\u001fB');
    assert.deepEqual(plan.files.map(({ path }) => path).sort(), ['größe 価格.txt', 'new\nline.txt', 'quote".txt', 'tab\there.txt'].sort());

    assert.doesNotMatch(planText(plan), /[\u001b\u202e]/);
  });

  it('is the same with the strangest git configuration that a person may have', async () => {
    const { root, origin } = sampleIn(folder());
    const other = cloneOf(origin, join(folder(), 'other'));
    const settings = {
      'log.showSignature': 'true',
      'i18n.logOutputEncoding': 'ISO-8859-1',
      'color.ui': 'always',
      'diff.renames': 'copies',
      'diff.noprefix': 'true',
      'core.quotePath': 'true',
      'log.decorate': 'full',
      'core.autocrlf': 'true',
      'diff.algorithm': 'histogram',
      'push.followTags': 'true',
      'fetch.prune': 'false',
    };
    pushBranch(root, 'feature/größe', 'main', { 'größe.txt': 'x\n' }, 'Größe prüfen');
    const plan = await planOf(root, 'feature/größe', 'main');
    for (const [key, value] of Object.entries(settings)) git(other, ['config', key, value]);
    assert.deepEqual(await planOf(other, 'feature/größe', 'main'), plan);
  });

  describe('of bad input', () => {
    it('names a branch that the remote does not have', async () => {
      const { root } = untouched;
      const error = await rejectsWith(planOf(root, 'feature/nothing', 'main'), 'repository', '"feature/nothing"', 'origin');
      assert.match(error.hint ?? '', /The remote has: .*feature\/loyalty-points/);
    });

    for (const name of ['--upload-pack=x', ';rm -rf', '..', '', 'feature/\u202etnioptniop', 'a b', 'HEAD']) {
      it(`refuses the branch name ${JSON.stringify(name)}`, async () => {
        const { root, origin } = untouched;
        const refs = [refsOf(origin), refsOf(root)];
        await rejectsWith(planOf(root, name, 'main'), 'usage', JSON.stringify(name));
        await rejectsWith(planOf(root, 'main', name), 'usage', JSON.stringify(name));
        assert.deepEqual([refsOf(origin), refsOf(root)], refs);
      });
    }

    it('works with branch names that a shell would take for commands, and with those of other scripts', async () => {
      const { root } = sampleIn(folder());
      for (const name of ['feature/$(id);', "feature/a'b&価格"]) {
        pushBranch(root, name, 'main', { 'x.txt': name });
        assert.equal((await planOf(root, name, 'main')).from, name);
      }
    });

    it('says that the clone is shallow', async () => {
      const { origin } = sampleIn(folder());
      const shallow = cloneOf(`file://${origin}`, join(folder(), 'shallow'), 'Ben Cruz', ['--depth', '1', '--no-single-branch']);
      await rejectsWith(planOf(shallow, 'feature/loyalty-points', 'main'), 'repository', 'shallow');
    });

    it('says that there is no remote, that it does not answer, and that a branch goes to itself', async () => {
      const { root } = sampleIn(folder());
      await rejectsWith(planOf(root, 'main', 'main'), 'usage', 'main');
      git(root, ['remote', 'set-url', 'origin', join(root, 'nowhere.git')]);
      await rejectsWith(planOf(root, 'main', 'production'), 'unreachable');
      git(root, ['remote', 'rename', 'origin', 'upstream']);
      await rejectsWith(planOf(root, 'main', 'production'), 'repository', 'no remote origin');
    });

    it('says that there is no commit', async () => {
      const root = folder();
      git(root, ['init', '--quiet', '--initial-branch=main']);
      await rejectsWith(planOf(root, 'main', 'production'), 'repository', 'no commit');
    });
  });
});
