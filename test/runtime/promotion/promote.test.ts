import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promote, unlock } from '../../../src/runtime/promotion/promote.ts';
import { preparePromotion } from '../../../src/runtime/promotion/plan.ts';
import { build } from '../../../src/runtime/build/build.ts';
import { listEvidence } from '../../../src/runtime/evidence/list.ts';
import { verifyEvidence } from '../../../src/runtime/evidence/verify.ts';
import { acquireLease, readLease } from '../../../src/adapters/git/lease.ts';
import { barrier, forRef, installHook } from '../../support/hooks.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { cloneOf, commit, git, mergeIntoMain, pushBranch, refsOf, sampleIn, tipOf, write } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { opened, planOf, promoted } from '../../support/workspace.ts';

describe('promotion', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();
  const leases = (origin: string) => git(origin, ['for-each-ref', 'refs/odoo-ops/leases']);
  const outcomeOf = (act: Awaited<ReturnType<typeof promoted>>) => (act.record.outcome?.act === 'promotion' ? act.record.outcome : null);

  it('of a branch makes a merge commit of both parents on staging, and leaves the work tree, the index and local branches alone', async () => {
    const { root, origin } = sampleIn(folder());
    const [main, feature] = [tipOf(origin, 'main'), tipOf(origin, 'feature/loyalty-points')];
    const local = refsOf(root)
      .split('\n')
      .filter((line) => line.startsWith('refs/heads/'));
    const act = await promoted(root, 'feature/loyalty-points', 'main');
    const tip = tipOf(origin, 'main');
    assert.equal(git(origin, ['log', '-1', '--format=%P', 'main']), `${main} ${feature}`);
    assert.equal(
      git(origin, ['log', '-1', '--format=%s%n%b', 'main']),
      `Merge feature/loyalty-points into main\nOdoo-Ops-Promotion: ${act.record.id}`,
    );
    assert.deepEqual([act.record.result, outcomeOf(act)?.sha, outcomeOf(act)?.previous_sha], ['passed', tip, main]);
    assert.deepEqual(
      refsOf(root)
        .split('\n')
        .filter((line) => line.startsWith('refs/heads/')),
      local,
    );
    assert.equal(git(root, ['status', '--porcelain']), '');
    assert.equal(leases(origin), '');
    assert.deepEqual(git(root, ['worktree', 'list']).split('\n').length, 1);
    assert.match(act.folder, /^web\/docs\/evidence\/\d{8}-\d{4}\+0800\/promote-feature-loyalty-points-to-main$/);
    for (const name of ['act.log', 'gate-linear-history.log', 'gate-manifest-versions.log'])
      assert.ok(existsSync(join(root, act.folder, 'logs', name)), name);
    assert.match(readFileSync(join(root, act.folder, 'logs/gate-manifest-versions.log'), 'utf8'), /ipai_loyalty 19\.0\.1\.1\.0/);
  });

  it('to production gives it the very commit that staging has', async () => {
    const { root, origin } = sampleIn(folder());
    const act = await promoted(root, 'main', 'production');
    assert.equal(tipOf(origin, 'production'), tipOf(origin, 'main'));
    assert.equal(outcomeOf(act)?.sha, tipOf(origin, 'main'));
  });

  it('is refused by a gate, says which, and moves nothing', async () => {
    const { root, origin } = sampleIn(folder());
    const before = tipOf(origin, 'main');
    const act = await promoted(root, 'fix/invoice-rounding', 'main');
    assert.equal(act.record.result, 'refused');
    assert.match(act.record.message ?? '', /^policy: 1 error.*: addons-path-order: compose\.yml:4: The addons path has another order/);
    assert.equal(outcomeOf(act)?.sha, null);
    assert.equal(tipOf(origin, 'main'), before);
    assert.equal(leases(origin), '');
  });

  it('is refused with a dirty work tree, with unpushed commits and with a file that was never added', async () => {
    const { root, origin } = sampleIn(folder());
    const before = tipOf(origin, 'production');
    write(root, { 'README.md': 'dirty\n', 'addons/ipai/new/__manifest__.py': '{}', 'notes.txt': 'not part of a build' });
    const dirty = await promoted(root, 'main', 'production');
    assert.match(dirty.record.message ?? '', /clean-work-tree: 2 uncommitted files \(README\.md, addons\/ipai\/new\/__manifest__\.py\)/);
    commit(root, 'Not pushed');
    const ahead = await promoted(root, 'main', 'production');
    assert.match(ahead.record.message ?? '', /up-to-date-remote: main has 1 commit that origin lacks/);
    assert.equal(tipOf(origin, 'production'), before);
  });

  it('is refused where the remote moved between plan and apply', async () => {
    const { root, origin } = sampleIn(folder());
    const plan = await planOf(root, 'feature/loyalty-points', 'main');
    const other = cloneOf(origin, join(folder(), 'other'));
    const sha = pushBranch(other, 'x', 'main', { 'x.txt': 'x\n' });
    git(other, ['push', '--quiet', 'origin', 'x:main']);
    const error = await rejectsWith(promote(await opened(root), plan), 'moved', 'main', sha.slice(0, 8));
    assert.equal(tipOf(origin, 'main'), sha);
    const [entry] = await listEvidence(await opened(root));
    assert.equal(entry?.state, 'refused');
    assert.equal(entry.folder, error.details['evidence']);
    assert.equal(leases(origin), '');
  });

  it('is refused where the remote moves while the gates run, and never overwrites what came', async () => {
    const { root, origin } = sampleIn(folder());
    const gate = barrier(folder());
    pushBranch(root, 'fix/gate', 'main', { 'odoo-ops.yml': `promotion:\n  gates:\n    - name: slow\n      run: "${gate.script}"\n` });
    mergeIntoMain(root, 'fix/gate');
    pushBranch(root, 'fix/next', 'main', { 'next.txt': 'x\n' });
    const running = promote(await opened(root), await planOf(root, 'fix/next', 'main'));
    await gate.reached();
    const other = cloneOf(origin, join(folder(), 'other'));
    write(other, { 'x.txt': 'x\n' });
    const sha = commit(other, 'By hand');
    git(other, ['push', '--quiet', 'origin', 'main']);
    gate.open();
    await rejectsWith(running, 'moved', 'main');
    assert.equal(tipOf(origin, 'main'), sha);
  });

  it('passed where others pushed on top of it at once', async () => {
    const { root, origin } = sampleIn(folder());
    // The origin itself puts a commit on top, before the promotion can look.
    installHook(
      origin,
      'post-receive',
      forRef(
        'refs/heads/main',
        'c=$(GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x git commit-tree -p "$b" -m "On top" "$b^{tree}"); git update-ref refs/heads/main "$c"',
      ),
    );
    const act = await promoted(root, 'feature/loyalty-points', 'main');
    assert.equal(act.record.result, 'passed');
    assert.equal(git(origin, ['rev-parse', 'main^']), outcomeOf(act)?.sha);
  });

  it('refuses a second one at the same time, naming who holds the lock; then it is free again', async () => {
    const { root, origin } = sampleIn(folder());
    const gate = barrier(folder());
    pushBranch(root, 'fix/gate', 'main', { 'odoo-ops.yml': `promotion:\n  gates:\n    - name: slow\n      run: "${gate.script}"\n` });
    mergeIntoMain(root, 'fix/gate');
    const other = cloneOf(origin, join(folder(), 'other'));
    const running = promoted(root, 'main', 'production');
    await gate.reached();
    const error = await rejectsWith(promoted(other, 'main', 'production'), 'locked', 'production', 'Ana Reyes');
    assert.match(error.hint ?? '', /unlock production/);
    assert.equal((await listEvidence(await opened(root)))[0]?.state, 'running');
    gate.open();
    assert.equal((await running).record.result, 'passed');
    assert.equal((await planOf(other, 'main', 'production')).nothing_to_do, true);
    assert.equal(leases(origin), '');
  });

  it('of two that race, exactly one passes', async () => {
    const { root, origin } = sampleIn(folder());
    const other = cloneOf(origin, join(folder(), 'other'));
    const plans = [
      [root, await planOf(root, 'main', 'production')],
      [other, await planOf(other, 'main', 'production')],
    ] as const;
    const results = await Promise.allSettled(plans.map(async ([clone, plan]) => promote(await opened(clone), plan)));
    const words = results
      .map((result) => (result.status === 'fulfilled' ? result.value.record.result : (result.reason as { code: string }).code))
      .sort();
    assert.ok(words[1] === 'passed' && ['locked', 'moved'].includes(words[0] ?? ''), words.join());
    assert.equal(tipOf(origin, 'production'), tipOf(origin, 'main'));
    assert.equal(leases(origin), '');
  });

  it('takes over a lock that has expired', async () => {
    const { root, origin } = sampleIn(folder());
    const { git: adapter } = await opened(root);
    await acquireLease(adapter, 'origin', 'production', { owner: 'Gone', act: 'x', milliseconds: -1000, ended: () => false });
    assert.equal((await promoted(root, 'main', 'production')).record.result, 'passed');
    assert.equal(leases(origin), '');
  });

  it('respects a lock that has not, until `unlock` removes it', async () => {
    const { root, origin } = sampleIn(folder());
    const workspace = await opened(root);
    await acquireLease(workspace.git, 'origin', 'production', { owner: 'Gone', act: 'x', milliseconds: 60_000, ended: () => false });
    await rejectsWith(promoted(root, 'main', 'production'), 'locked', 'Gone');
    assert.equal((await unlock(workspace, 'production'))?.owner, 'Gone');
    assert.equal(await unlock(workspace, 'production'), null);
    assert.equal(leases(origin), '');
    for (const name of ['*', '--upload-pack=x', '']) await rejectsWith(unlock(workspace, name), 'usage');
    assert.equal((await promoted(root, 'main', 'production')).record.result, 'passed');
  });

  it('of somebody whose lock was removed is refused at its push', async () => {
    const { root, origin } = sampleIn(folder());
    const gate = barrier(folder());
    pushBranch(root, 'fix/gate', 'main', { 'odoo-ops.yml': `promotion:\n  gates:\n    - name: slow\n      run: "${gate.script}"\n` });
    mergeIntoMain(root, 'fix/gate');
    const before = tipOf(origin, 'production');
    const running = promoted(root, 'main', 'production');
    await gate.reached();
    await unlock(await opened(cloneOf(origin, join(folder(), 'other'))), 'production');
    gate.open();
    await rejectsWith(running, 'locked', 'taken away');
    assert.equal(tipOf(origin, 'production'), before);
  });

  it('is refused by a protected branch of the remote, with its reason', async () => {
    const { root, origin } = sampleIn(folder());
    installHook(origin, 'pre-receive', forRef('refs/heads/production', 'echo "error: GH006: Protected branch update failed" >&2; exit 1'));
    const before = tipOf(origin, 'production');
    await rejectsWith(promoted(root, 'main', 'production'), 'refused', 'production');
    assert.equal(tipOf(origin, 'production'), before);
    assert.equal(leases(origin), '');
    assert.equal((await listEvidence(await opened(root)))[0]?.state, 'refused');
  });

  it("is refused by the person's own pre-push hook; leases and evidence do not run it", async () => {
    const { root, origin } = sampleIn(folder());
    installHook(root, 'pre-push', `cat >> ${root}/../pushes; exit 1`);
    const before = tipOf(origin, 'production');
    await rejectsWith(promoted(root, 'main', 'production'), 'repository', 'push');
    assert.equal(tipOf(origin, 'production'), before);
    assert.equal(leases(origin), '');
    assert.doesNotMatch(readFileSync(join(root, '..', 'pushes'), 'utf8'), /odoo-ops\/evidence/);
  });

  it('works with a host that refuses to delete refs', async () => {
    const { root, origin } = sampleIn(folder());
    git(origin, ['config', 'receive.denyDeletes', 'true']);
    assert.equal((await promoted(root, 'main', 'production')).record.result, 'passed');
    assert.equal(tipOf(origin, 'production'), tipOf(origin, 'main'));
  });

  it('pushes no tags and no other branches, whatever the person configured', async () => {
    const { root, origin } = sampleIn(folder());
    git(root, ['tag', '--annotate', '--message', 'x', 'v1', 'main']);
    git(root, ['config', 'push.followTags', 'true']);
    const before = refsOf(origin)
      .split('\n')
      .map((line) => line.split(' ')[0]);
    await promoted(root, 'main', 'production');
    assert.deepEqual(
      refsOf(origin)
        .split('\n')
        .map((line) => line.split(' ')[0]),
      [...before, 'refs/heads/odoo-ops/evidence'].sort(),
    );
  });

  it('whose remote vanishes right after the push stays open, and the next act finds that it passed', async () => {
    const { root, origin } = sampleIn(folder());
    installHook(origin, 'post-receive', forRef('refs/heads/production', `mv '${origin}' '${origin}.gone'; exit 1`));
    // The push itself is reported as broken off, as by a connection that ends.
    installHook(
      root,
      'reference-transaction',
      `case "$1" in committed) while read a b c; do case "$c" in refs/remotes/origin/production) exit 0;; esac; done;; esac`,
    );
    const plan = await planOf(root, 'main', 'production');
    const result = await promote(await opened(root), plan).then(
      (act) => act.record.result,
      (error: unknown) => (error as { code: string }).code,
    );
    assert.ok(['passed', 'unreachable'].includes(result), result);
    renameSync(`${origin}.gone`, origin);
    await build(await opened(root), { revision: 'main', verify: false, output: null });
    const promotion = (await listEvidence(await opened(root))).find(({ record }) => record.plan.act === 'promotion');
    assert.equal(promotion?.state, 'passed');
    assert.equal(tipOf(origin, 'production'), plan.from_sha);
  });

  it('by the emergency path goes straight to production with its reason, and the linear rule accepts it afterwards, in every clone', async () => {
    const { root, origin } = sampleIn(folder());
    pushBranch(root, 'fix/hot', 'origin/production', { 'addons/ipai/ipai_loyalty/hot.py': '# fixed\n' });
    const act = await promoted(root, 'fix/hot', 'production', 'invoices carry the wrong tax');
    assert.equal(act.record.result, 'passed', act.record.message ?? '');
    assert.equal(tipOf(origin, 'production'), tipOf(origin, 'fix/hot'));
    assert.deepEqual(act.record.plan.act === 'promotion' && act.record.plan.emergency, { reason: 'invoices carry the wrong tax' });
    const other = cloneOf(origin, join(folder(), 'other'));
    // Until staging has it too, production cannot be fast-forwarded; nothing else is held up.
    assert.deepEqual(
      (await planOf(other, 'main', 'production')).blockers.map(({ code }) => code),
      ['not-fast-forward'],
    );
    assert.deepEqual((await planOf(other, 'feature/loyalty-points', 'main')).blockers, []);
    assert.equal((await promoted(other, 'fix/hot', 'main')).record.result, 'passed');
    assert.equal((await promoted(other, 'main', 'production')).record.result, 'passed');
    assert.equal(tipOf(origin, 'production'), tipOf(origin, 'main'));
    assert.deepEqual((await verifyEvidence(await opened(other))).problems, []);
  });

  it('does not take the emergency path without a plan that says so', async () => {
    const { root, origin } = sampleIn(folder());
    pushBranch(root, 'fix/hot', 'origin/production', { 'x.txt': 'x\n' });
    const before = tipOf(origin, 'production');
    const act = await promoted(root, 'fix/hot', 'production');
    assert.equal(act.record.result, 'refused');
    assert.equal(tipOf(origin, 'production'), before);
  });

  it('refuses a conflict and unrelated histories at the linear gate too', async () => {
    const { root, origin } = sampleIn(folder());
    pushBranch(root, 'fix/a', 'main', { 'README.md': 'A\n' });
    pushBranch(root, 'fix/b', 'main', { 'README.md': 'B\n' });
    mergeIntoMain(root, 'fix/a');
    const before = tipOf(origin, 'main');
    const act = await promoted(root, 'fix/b', 'main');
    assert.match(act.record.message ?? '', /linear-history: fix\/b conflicts with main in README\.md/);
    assert.equal(tipOf(origin, 'main'), before);
  });

  it('fast-forwards staging where configured, to the commit of the branch itself', async () => {
    const { root, origin } = sampleIn(folder());
    pushBranch(root, 'fix/config', 'main', { 'odoo-ops.yml': 'promotion:\n  merge_method: fast-forward\n' });
    git(root, ['push', '--quiet', 'origin', 'origin/fix/config:refs/heads/main']);
    pushBranch(root, 'fix/next', 'origin/fix/config', { 'a.txt': 'a\n' });
    assert.equal((await promoted(root, 'fix/next', 'main')).record.result, 'passed');
    assert.equal(tipOf(origin, 'main'), tipOf(origin, 'fix/next'));
  });

  it('that has nothing to do moves nothing', async () => {
    const { root, origin } = sampleIn(folder());
    git(root, ['push', '--quiet', 'origin', 'origin/main:refs/heads/fix/old']);
    const plan = await preparePromotion(await opened(root), { from: 'fix/old', to: 'main', emergency: null });
    assert.equal(plan.nothing_to_do, true);
    const before = tipOf(origin, 'main');
    await rejectsWith(promote(await opened(root), plan), 'usage', 'nothing to promote');
    assert.equal(tipOf(origin, 'main'), before);
  });

  it('lock is found whole while others take it and give it back', async () => {
    const { root, origin } = sampleIn(folder());
    const other = cloneOf(origin, join(folder(), 'other'));
    const workspaces = [await opened(root), await opened(other)];
    const take = async (index: number) => {
      for (let round = 0; round < 4; round++) {
        const { git: adapter } = workspaces[index % 2]!;
        try {
          await acquireLease(adapter, 'origin', 'main', { owner: `P${index}`, act: 'x', milliseconds: 60_000, ended: () => false });
          const held = await readLease(adapter, 'origin', 'main');
          assert.equal(held?.lease?.owner, `P${index}`);
          await unlock(workspaces[index % 2]!, 'main');
        } catch (error) {
          if ((error as { code?: string }).code !== 'locked') throw error;
        }
      }
    };
    await Promise.all([take(0), take(1)]);
    assert.equal(leases(origin), '');
  });
});
