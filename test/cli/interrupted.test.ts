import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EvidenceRecord } from '../../src/core/evidence/record.ts';
import { cli, json, startCli } from '../support/cli.ts';
import { barrier, forRef, installHook, type Barrier } from '../support/hooks.ts';
import { cloneOf, git, mergeIntoMain, pushBranch, sampleIn, tipOf } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';
import { until } from '../support/until.ts';

const PROMOTE = ['promote', 'fix/next', 'main', '--yes', '--json'];

/** Only the first one waits: the second run must come through. */
const first = (folder: string, script: string) => `if mkdir '${folder}/first' 2>/dev/null; then ${script}; fi`;

describe('an interrupted promotion', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();

  /** A branch that is ready for staging, and a place in its promotion where it can be stopped. */
  function prepared(install: (wait: string, repository: { root: string; origin: string }) => void): {
    root: string;
    origin: string;
    stop: Barrier;
    before: string;
  } {
    const { root, origin } = sampleIn(folder());
    const stop = barrier(folder());
    pushBranch(root, 'fix/next', 'main', { 'addons/ipai/ipai_loyalty/next.py': '# next\n' });
    install(first(folder(), stop.script), { root, origin });
    return { root, origin, stop, before: tipOf(origin, 'main') };
  }

  const slowGate = (wait: string, { root }: { root: string }) => {
    pushBranch(root, 'fix/gate', 'main', {
      'slow.sh': wait,
      'odoo-ops.yml': 'promotion:\n  gates:\n    - name: slow\n      run: sh slow.sh\n',
    });
    mergeIntoMain(root, 'fix/gate');
  };

  const records = (root: string): EvidenceRecord[] => {
    const base = join(root, 'web/docs/evidence');
    const files = readdirSync(base, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('record.json'));
    return files
      .map((path) => JSON.parse(readFileSync(join(base, path), 'utf8')) as EvidenceRecord)
      .sort(
        (a, b) => Number(a.plan.act === 'build') - Number(b.plan.act === 'build') || Date.parse(a.started_at) - Date.parse(b.started_at),
      );
  };

  const PLACES: [string, 'interrupted' | 'passed', (wait: string, repository: { root: string; origin: string }) => void][] = [
    [
      'before the lock is taken',
      'interrupted',
      (wait, { origin }) => installHook(origin, 'pre-receive', forRef('refs/odoo-ops/leases/main', wait)),
    ],
    [
      'when the lock was just taken',
      'interrupted',
      (wait, { origin }) => installHook(origin, 'post-receive', forRef('refs/odoo-ops/leases/main', wait)),
    ],
    ['while the gates run', 'interrupted', slowGate],
    [
      'while the intent is published',
      'interrupted',
      (wait, { origin }) => installHook(origin, 'pre-receive', forRef('refs/heads/odoo-ops/evidence', wait)),
    ],
    ['before the push', 'interrupted', (wait, { root }) => installHook(root, 'pre-push', wait)],
    ['when the branch has moved', 'passed', (wait, { origin }) => installHook(origin, 'post-receive', forRef('refs/heads/main', wait))],
  ];
  for (const [where, expected, install] of PLACES) {
    it(`by kill -9 ${where} is safe to run again, and its record tells the truth`, async () => {
      const { root, origin, stop, before } = prepared(install);
      const run = startCli(root, PROMOTE, { env: { TMPDIR: folder() } });
      await stop.reached();
      process.kill(run.pid, 'SIGKILL');
      await until('the end of the process', () => run.child.signalCode);
      const [killed] = records(root);
      assert.equal(killed?.result, 'interrupted');
      const moved = tipOf(origin, 'main');
      assert.equal(moved === before, expected === 'interrupted');
      // What it left running goes on only after the second run, as late as can be.
      const again = await cli(root, PROMOTE);
      assert.equal(again.code, 0, again.stderr);
      stop.open();
      assert.equal(json(again)['result'], expected === 'passed' ? 'nothing-to-do' : 'passed');
      if (expected === 'passed') assert.equal((await cli(root, ['build', 'main', '--json'])).code, 0);
      const tip = tipOf(origin, 'main');
      assert.equal(git(origin, ['rev-list', '--count', '--first-parent', `${before}..main`]), '1');
      const ended = records(root).map(({ result, hash }) => `${result} ${hash === null ? 'open' : 'sealed'}`);
      assert.deepEqual(ended, [`${expected} sealed`, 'passed sealed']);
      await run.ended; // its children too
      assert.equal(tipOf(origin, 'main'), tip);
      if (where === 'before the lock is taken') {
        // The git that it left behind may take the lock after all; it is the lock of an act that ended, and holds nobody.
        pushBranch(root, 'fix/third', 'main', { 'third.txt': 'x\n' });
        const third = await cli(root, ['promote', 'fix/third', 'main', '--yes']);
        assert.equal(third.code, 0, third.stderr);
      }
      assert.equal(git(origin, ['for-each-ref', 'refs/odoo-ops']), '');
      assert.equal((await cli(root, ['evidence', 'verify'])).code, 0);
      assert.equal(git(root, ['status', '--porcelain']), '');
    });
  }

  it('whose git still pushes cannot move the branch after its record said that nothing was pushed', async () => {
    const { root, origin, stop, before } = prepared((wait, { origin: bare }) =>
      installHook(bare, 'pre-receive', forRef('refs/heads/main', wait)),
    );
    const run = startCli(root, PROMOTE, { env: { TMPDIR: folder() } });
    await stop.reached();
    process.kill(run.pid, 'SIGKILL');
    await until('the end of the process', () => run.child.signalCode);
    assert.equal((await cli(root, ['build', 'main'])).code, 0);
    assert.equal(records(root)[0]?.result, 'interrupted');
    stop.open();
    await run.ended; // the push that it left behind
    assert.equal(tipOf(origin, 'main'), before);
  });

  it('is told as passed although others pushed on top since, also by a command that does not fetch', async () => {
    const { root, origin, stop } = prepared((wait, { origin: bare }) => installHook(bare, 'post-receive', forRef('refs/heads/main', wait)));
    const run = startCli(root, PROMOTE, { env: { TMPDIR: folder() } });
    await stop.reached();
    process.kill(run.pid, 'SIGKILL');
    stop.open();
    await run.ended;
    const onTop = git(origin, ['-c', 'user.name=x', '-c', 'user.email=x', 'commit-tree', '-p', 'main', '-m', 'On top', 'main^{tree}']);
    git(origin, ['update-ref', 'refs/heads/main', onTop]);
    assert.equal((await cli(root, ['build', 'HEAD'])).code, 0);
    assert.equal(records(root)[0]?.result, 'passed');
  });

  it('does not keep other acts from running where the remote is out of reach; its record waits', async () => {
    const { root, origin, stop } = prepared((wait, { root: clone }) => installHook(clone, 'pre-push', wait));
    const run = startCli(root, PROMOTE, { env: { TMPDIR: folder() } });
    await stop.reached();
    process.kill(-run.pid, 'SIGKILL');
    await run.ended;
    git(root, ['remote', 'set-url', 'origin', `${origin}.gone`]);
    assert.equal((await cli(root, ['build', 'HEAD'])).code, 0);
    assert.deepEqual(
      records(root).map(({ hash }) => hash === null),
      [true, false],
    );
    git(root, ['remote', 'set-url', 'origin', origin]);
    assert.equal((await cli(root, ['evidence', 'sync'])).code, 0);
    assert.equal(records(root)[0]?.result, 'interrupted');
    assert.notEqual(records(root)[0]?.hash, null);
  });

  for (const [where, expected, install] of PLACES.filter(([place]) => ['before the push', 'when the branch has moved'].includes(place))) {
    it(`whose machine vanished ${where} is settled by another clone`, async () => {
      const { root, origin, stop } = prepared(install);
      const run = startCli(root, PROMOTE, { env: { TMPDIR: folder() } });
      await stop.reached();
      process.kill(-run.pid, 'SIGKILL');
      await run.ended;
      stop.open();
      rmSync(root, { recursive: true });
      const other = cloneOf(origin, join(folder(), 'other'));
      const moved = tipOf(origin, 'main');
      const sync = await cli(other, ['evidence', 'sync']);
      assert.equal(sync.code, 0, sync.stderr);
      assert.deepEqual(
        records(other).map(({ result, hash }) => [result, hash !== null]),
        [[expected, true]],
      );
      const next = await cli(other, ['promote', 'feature/loyalty-points', 'main', '--yes']);
      assert.equal(next.code, 0, next.stderr);
      assert.notEqual(tipOf(origin, 'main'), moved);
      assert.equal((await cli(other, ['evidence', 'verify'])).code, 0);
    });
  }

  for (const [name, target] of [
    ['Ctrl-C in a terminal', 'group'],
    ['a signal to the process alone', 'process'],
  ] as const) {
    it(`by ${name} during the gates ends as cancelled with 130, and gives the lock back`, async () => {
      const { root, origin, stop, before } = prepared(slowGate);
      const run = startCli(root, PROMOTE, { env: { TMPDIR: folder() } });
      await stop.reached();
      process.kill(target === 'group' ? -run.pid : run.pid, 'SIGINT');
      const { code, stdout } = await run.ended;
      assert.equal(code, 130);
      assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, 'cancelled');
      assert.deepEqual(
        records(root).map(({ result, hash }) => [result, hash !== null]),
        [['cancelled', true]],
      );
      assert.equal(git(origin, ['for-each-ref', 'refs/odoo-ops']), '');
      assert.equal(tipOf(origin, 'main'), before);
      assert.equal(git(root, ['worktree', 'list']).split('\n').length, 1);
    });
  }

  it('by Ctrl-C while it takes the lock does not leave the lock behind', async () => {
    const { root, origin, stop } = prepared((wait, { origin: bare }) =>
      installHook(bare, 'pre-receive', forRef('refs/odoo-ops/leases/main', wait)),
    );
    const run = startCli(root, PROMOTE, { env: { TMPDIR: folder() } });
    await stop.reached();
    process.kill(run.pid, 'SIGINT');
    stop.open();
    assert.equal((await run.ended).code, 130);
    assert.equal(git(origin, ['for-each-ref', 'refs/odoo-ops']), '');
  });

  it('by Ctrl-C during the push itself is not cut off: it says what happened', async () => {
    const { root, origin, stop, before } = prepared((wait, { origin: bare }) =>
      installHook(bare, 'pre-receive', forRef('refs/heads/main', wait)),
    );
    const run = startCli(root, PROMOTE, { env: { TMPDIR: folder() } });
    await stop.reached();
    process.kill(run.pid, 'SIGTERM');
    stop.open();
    const { code } = await run.ended;
    assert.equal(code, 0);
    assert.notEqual(tipOf(origin, 'main'), before);
    assert.equal(records(root)[0]?.result, 'passed');
  });

  it('by two Ctrl-C ends at once', async () => {
    const { root, stop } = prepared(slowGate);
    const run = startCli(root, [...PROMOTE, '--verbose'], { env: { TMPDIR: folder() } });
    await stop.reached();
    process.kill(run.pid, 'SIGSTOP');
    process.kill(run.pid, 'SIGINT');
    process.kill(run.pid, 'SIGTERM');
    process.kill(run.pid, 'SIGCONT');
    assert.equal((await run.ended).code, 130);
  });
});
