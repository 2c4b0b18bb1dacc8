import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { addToOutbox, readOutbox } from '../../../src/adapters/files/outbox.ts';
import type { OpsEvent } from '../../../src/core/events.ts';
import { recordHash, type EvidenceRecord } from '../../../src/core/evidence/record.ts';
import { build } from '../../../src/runtime/build/build.ts';
import type { ActResult } from '../../../src/runtime/evidence/act.ts';
import { findEvidence, lastPromotions, listEvidence, readEntryFile } from '../../../src/runtime/evidence/list.ts';
import { preparePrune, pruneEvidence } from '../../../src/runtime/evidence/prune.ts';
import { syncEvidence } from '../../../src/runtime/evidence/sync.ts';
import { verifyEvidence } from '../../../src/runtime/evidence/verify.ts';
import { planRollback } from '../../../src/runtime/promotion/rollback.ts';
import { openWorkspace } from '../../../src/runtime/workspace.ts';
import { daysAgo } from '../../support/clock.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { cloneOf, git, pushBranch, sampleIn } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { opened, promoted } from '../../support/workspace.ts';

const EVIDENCE = 'web/docs/evidence';
const WHOLE: string[] = [];

/** Acts of half a year, by name: the record and the folder of each. */
interface History {
  root: string;
  origin: string;
  acts: Record<'built' | 'first' | 'second' | 'refused' | 'recent' | 'young', ActResult>;
}

describe('a prune of evidence', function () {
  this.timeout(120_000);
  const folder = temporaryFolders();
  let history: History;

  const built = async (root: string, revision = 'main') => build(await opened(root), { revision, verify: false, output: null });
  const problems = async (root: string) =>
    (await verifyEvidence(await opened(root))).problems.map(({ kind, folder: where }) => `${kind} ${where.split('/').at(-1) ?? ''}`);
  const topics = async (root: string) =>
    (await listEvidence(await opened(root))).map(({ folder: where }) => where.split('/').at(-1)).reverse();
  const names = (places: readonly { folder: string }[]) => places.map(({ folder: where }) => where.split('/').at(-1));
  const prune = async (root: string) => pruneEvidence(await opened(root));
  const within = (where: string) => where.slice(EVIDENCE.length + 1);

  before(async () => {
    const { root, origin } = sampleIn(folder());
    pushBranch(root, 'fix/one', 'main', { 'addons/ipai/ipai_loyalty/one.py': '# one\n' });
    git(root, ['fetch', '--quiet']);
    const first = await daysAgo(150, () => promoted(root, 'fix/one', 'main'));
    git(root, ['pull', '--quiet', 'origin', 'main']);
    pushBranch(root, 'fix/two', 'main', { 'addons/ipai/ipai_loyalty/two.py': '# two\n' });
    const acts = {
      first,
      built: await daysAgo(140, () => built(root, 'production')),
      second: await daysAgo(130, () => promoted(root, 'fix/two', 'main')),
      refused: await daysAgo(120, () => promoted(root, 'fix/invoice-rounding', 'main')),
      recent: await daysAgo(40, () => built(root, 'fix/one')),
      young: await daysAgo(2, () => {
        git(root, ['pull', '--quiet', 'origin', 'main']);
        return built(root);
      }),
    };
    assert.deepEqual(
      [acts.first, acts.second, acts.refused].map(({ record }) => record.result),
      ['passed', 'passed', 'refused'],
    );
    history = { root, origin, acts };
  });

  /** The history in a clone of its own, with an origin of its own. */
  function copied(): History {
    const place = folder();
    for (const [from, to] of [
      [history.root, 'odoo-team'],
      [history.origin, 'origin.git'],
    ] as const)
      cpSync(from, join(place, to), { recursive: true });
    const [root, origin] = [join(place, 'odoo-team'), join(place, 'origin.git')];
    git(root, ['remote', 'set-url', 'origin', origin]);
    return { root, origin, acts: history.acts };
  }
  const filesIn = (root: string) =>
    readdirSync(join(root, EVIDENCE), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(root, EVIDENCE).length))
      .sort();

  it('is planned first, and a plan changes nothing', async () => {
    const { root, acts } = copied();
    const before = filesIn(root);
    const { plan, sizes } = await preparePrune(await opened(root));
    assert.deepEqual(names(plan.remove), ['promote-fix-one-to-main', 'build-production', 'promote-fix-invoice-rounding-to-main']);
    assert.deepEqual(names(plan.compress), ['promote-fix-two-to-main', 'build-fix-one']);
    assert.deepEqual(plan.keep, [{ id: acts.second.record.id, folder: within(acts.second.folder), why: 'the last promotion to staging' }]);
    assert.ok(sizes.remove > 3000 && sizes.compress > 3000);
    assert.deepEqual(filesIn(root), before);
    assert.equal((await listEvidence(await opened(root))).length, 6);
  });

  it('compresses, removes, and leaves a chain that is whole, with evidence of itself', async () => {
    const { root, acts } = copied();
    const { act, plan } = await prune(root);
    assert.equal(act?.record.result, 'passed');
    assert.deepEqual(await problems(root), WHOLE);
    assert.deepEqual(await topics(root), ['promote-fix-two-to-main', 'build-fix-one', 'build-main', 'prune']);
    assert.equal(existsSync(join(root, acts.built.folder, '..')), false, 'the empty minute is gone too');
    assert.equal(existsSync(join(root, EVIDENCE, '.prune')), false);
    assert.deepEqual(readdirSync(join(root, acts.recent.folder)).sort(), ['files.tar.gz', 'record.json']);
    assert.ok(readdirSync(join(root, acts.young.folder)).includes('logs'));
    assert.deepEqual(act.record.plan, plan);
    const outcome = act.record.outcome?.act === 'prune' ? act.record.outcome : null;
    assert.ok(outcome);
    assert.deepEqual([outcome.compressed, outcome.removed, outcome.logs_deleted], [2, 3, null]);
    assert.ok(outcome.bytes_after < outcome.bytes_before / 2);
    assert.equal(git(root, ['status', '--porcelain', '--untracked-files=all']), '');
  });

  it('has nothing to do a second time, and leaves no record of that', async () => {
    const { root } = copied();
    await prune(root);
    const again = await prune(root);
    assert.deepEqual([again.act, again.plan.compress, again.plan.remove], [null, [], []]);
    assert.equal((await topics(root)).filter((topic) => topic === 'prune').length, 1);
  });

  it('is followed by acts as ever: the chain goes on, and later prunes remove later records', async () => {
    const { root } = copied();
    const first = await prune(root);
    const next = await built(root);
    assert.deepEqual(next.record.previous, [first.act?.record.hash]);
    await daysAgo(-100, async () => {
      const second = await prune(root);
      assert.equal(second.plan.remove.length, 2, 'but not the build of what runs');
      await built(root);
    });
    assert.deepEqual(await problems(root), WHOLE);
    assert.deepEqual((await topics(root)).sort(), ['build-main', 'build-main', 'promote-fix-two-to-main', 'prune', 'prune']);
  });

  it('leaves what the checks ask for: the last promotion, the way back, and the logs of a compressed record', async () => {
    const { root, acts } = copied();
    const [last, back] = [await lastPromotions(await opened(root)), await planRollback(await opened(root), 'staging')];
    await prune(root);
    assert.deepEqual(await lastPromotions(await opened(root)), last);
    assert.deepEqual(await planRollback(await opened(root), 'staging'), back);
    const workspace = await opened(root);
    const entry = await findEvidence(workspace, acts.second.record.id);
    for (const { path, bytes } of entry.record.files) assert.equal((await readEntryFile(workspace, entry, path)).length, bytes);
    assert.match((await readEntryFile(workspace, entry, 'logs/act.log')).toString(), /stop gates passed/);
  });

  it('says of a record that is gone when that was, and where its hash stands', async () => {
    const { root, acts } = copied();
    const { act } = await prune(root);
    for (const word of [acts.built.record.id.slice(0, 8), acts.built.folder, within(acts.built.folder)]) {
      const error = await rejectsWith(findEvidence(await opened(root), word), 'usage', 'was removed by age');
      assert.ok(error.hint?.includes(act?.folder ?? '?'));
    }
    await rejectsWith(findEvidence(await opened(root), '00000000'), 'usage', 'There is no record');
  });

  describe('and the remote', () => {
    it('do not undo each other: nothing that was removed comes back by a sync, nor waits for anything', async () => {
      const { root, acts } = copied();
      await prune(root);
      const workspace = await opened(root);
      for (let round = 0; round < 2; round++) {
        const { pulled, published } = await syncEvidence(await opened(root));
        assert.deepEqual([pulled, published], [0, 0]);
      }
      assert.equal((await topics(root)).length, 4);
      const outbox = join(workspace.stateFolder, 'outbox');
      const left = await readOutbox(outbox);
      assert.deepEqual([left.includes(acts.built.record.id), left.length], [false, 4]);
      // A sync that had read the record just before it went.
      await addToOutbox(outbox, acts.built.record.id);
      await prune(root);
      assert.deepEqual(await readOutbox(outbox), left);
      assert.deepEqual(await problems(root), WHOLE);
    });

    it('keep the copy: the branch loses nothing', async () => {
      const { root, origin, acts } = copied();
      const files = () => git(origin, ['ls-tree', '-r', '--name-only', 'odoo-ops/evidence']).split('\n');
      const before = files();
      await prune(root);
      assert.deepEqual(
        before.filter((path) => !files().includes(path)),
        [],
      );
      assert.ok(files().some((path) => path.endsWith('/prune/record.json')));
      assert.ok(git(origin, ['show', `odoo-ops/evidence:${acts.built.folder}/record.json`]).includes(acts.built.record.id));
    });

    it('bring a record back that was deleted by hand, after a prune as before it', async () => {
      const { root, acts } = copied();
      await prune(root);
      rmSync(join(root, acts.young.folder), { recursive: true });
      assert.deepEqual(await problems(root), ['missing-record build-main']);
      assert.equal((await syncEvidence(await opened(root))).pulled, 1);
      assert.deepEqual(await problems(root), WHOLE);
    });

    it('bring the prune record itself back, and with it all that it stands for', async () => {
      const { root } = copied();
      const { act } = await prune(root);
      rmSync(join(root, act?.folder ?? 'nowhere'), { recursive: true });
      assert.equal((await problems(root)).filter((problem) => problem.startsWith('missing-record')).length, 4);
      assert.equal((await syncEvidence(await opened(root))).pulled, 1);
      assert.deepEqual(await problems(root), WHOLE);
    });

    it('get records that are compressed already, file by file as they were', async () => {
      const { root, origin, acts } = copied();
      await prune(root);
      git(root, ['push', '--quiet', 'origin', ':odoo-ops/evidence']);
      assert.equal((await syncEvidence(await opened(root))).published, 4);
      const log = git(origin, ['show', `odoo-ops/evidence:${acts.recent.folder}/logs/act.log`]);
      assert.ok(log.includes('stop build passed'));
      const other = cloneOf(origin, join(folder(), 'other'));
      assert.equal((await syncEvidence(await opened(other))).pulled, 4);
      assert.deepEqual(await problems(other), WHOLE);
    });

    it('remove nothing that has no whole copy there, or whose copy cannot be seen now', async () => {
      const { root, origin, acts } = copied();
      git(root, ['remote', 'set-url', 'origin', `${origin}.gone`]);
      const workspace = await opened(root);
      const { plan } = await preparePrune(workspace);
      assert.deepEqual(plan.remove, []);
      assert.deepEqual([...new Set(plan.keep.map(({ why }) => why))], ['not on the remote yet']);
      assert.ok(
        workspace.events.some((event) => event.type === 'text' && event.text.includes('Nothing is removed whose copy cannot be seen')),
      );
      git(root, ['remote', 'set-url', 'origin', origin]);
      const commit = git(origin, ['rev-parse', 'odoo-ops/evidence']);
      const env = { ...process.env, GIT_DIR: origin, GIT_WORK_TREE: folder(), GIT_INDEX_FILE: join(folder(), 'index') };
      const run = (...args: string[]) => execFileSync('git', args, { cwd: folder(), env, encoding: 'utf8' }).trim();
      run('read-tree', commit);
      run('update-index', '--force-remove', `${acts.built.folder}/manifest.json`);
      const without = run('-c', 'user.name=x', '-c', 'user.email=x', 'commit-tree', '-p', commit, '-m', 'x', run('write-tree'));
      run('update-ref', 'refs/heads/odoo-ops/evidence', without);
      const { plan: next } = await preparePrune(await opened(root));
      assert.deepEqual(next.keep.map(({ why }) => why).sort(), ['not on the remote yet', 'the last promotion to staging']);
      assert.equal(next.remove.length, 2);
    });

    it('are not needed where evidence stays in the clone', async () => {
      const { root } = copied();
      writeFileSync(join(root, 'odoo-ops.yml'), 'evidence:\n  branch: null\n');
      assert.equal((await prune(root)).plan.remove.length, 3);
      assert.deepEqual(await problems(root), WHOLE);
    });
  });

  describe('in one of two clones', () => {
    it('leaves the other one whole: it keeps what it has until its own prune, and both say the same', async () => {
      const { root, origin } = copied();
      const other = cloneOf(origin, join(folder(), 'other'));
      assert.equal((await syncEvidence(await opened(other))).pulled, 6);
      await prune(root);
      assert.equal((await syncEvidence(await opened(other))).pulled, 1);
      assert.equal((await topics(other)).length, 7);
      assert.deepEqual(await problems(other), WHOLE);
      const second = await prune(other);
      assert.equal(second.plan.remove.length, 3);
      assert.deepEqual(await problems(other), WHOLE);
      const last = await built(other);
      await syncEvidence(await opened(root));
      assert.equal((await findEvidence(await opened(root), last.record.id)).record.hash, last.record.hash);
      assert.deepEqual(await problems(root), WHOLE);
      assert.equal((await syncEvidence(await opened(root))).pulled, 0);
    });

    it('is known to a clone that is made afterwards: it gets what is left, and its chain is whole', async () => {
      const { root, origin } = copied();
      await prune(root);
      const late = cloneOf(origin, join(folder(), 'late'));
      assert.equal((await syncEvidence(await opened(late))).pulled, 4);
      assert.deepEqual(await problems(late), WHOLE);
      const next = await built(late);
      assert.equal(next.record.previous.length, 1);
      assert.deepEqual(await problems(late), WHOLE);
    });
  });

  describe('finds and is found out:', () => {
    const rewrite = (root: string, where: string, change: (record: EvidenceRecord) => void) => {
      const file = join(root, where, 'record.json');
      const record = JSON.parse(readFileSync(file, 'utf8')) as EvidenceRecord;
      change(record);
      writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
    };

    it('what was changed since it was sealed is neither compressed nor removed', async () => {
      const { root, acts } = copied();
      writeFileSync(join(root, acts.built.folder, 'manifest.json'), '{}\n');
      writeFileSync(join(root, acts.recent.folder, 'added.json'), '{}\n');
      rewrite(root, acts.refused.folder, (record) => (record.actor = 'Mallory'));
      const { plan } = await prune(root);
      assert.deepEqual(names(plan.remove), ['promote-fix-one-to-main']);
      assert.deepEqual(names(plan.compress), ['promote-fix-two-to-main']);
      assert.equal(plan.keep.filter(({ why }) => why.startsWith('changed')).length, 3);
      assert.deepEqual((await problems(root)).sort(), [
        'changed build-production',
        'changed promote-fix-invoice-rounding-to-main',
        'extra-file build-fix-one',
      ]);
    });

    it('a prune record that was changed stands for nothing', async () => {
      const { root } = copied();
      const { act } = await prune(root);
      rewrite(root, act?.folder ?? '', (record) => (record.actor = 'Mallory'));
      assert.deepEqual((await problems(root)).sort(), [
        'changed prune',
        'missing-record build-production',
        'missing-record promote-fix-invoice-rounding-to-main',
        'missing-record promote-fix-one-to-main',
      ]);
    });

    it('a forged tombstone differs from the copy on the remote, and removes nothing elsewhere', async () => {
      const { root, origin, acts } = copied();
      const { act } = await prune(root);
      // Somebody hides the youngest record: the prune record says that it was old, and is sealed again.
      const { id, hash, previous } = acts.young.record;
      const forged = { id, hash, previous, folder: within(acts.young.folder), started_at: '2020-01-01T00:00:00+08:00' };
      rewrite(root, act?.folder ?? '', (record) => {
        if (record.plan.act === 'prune') record.plan.remove.push(forged);
        record.hash = recordHash(record, sha256);
      });
      rmSync(join(root, acts.young.folder), { recursive: true });
      rmSync(join(root, '.git/odoo-ops/evidence-ledger.jsonl'));
      assert.ok((await problems(root)).includes('changed prune'));
      // And were it the one on the remote, a clone would still take the record that it hides.
      git(origin, ['update-ref', 'refs/heads/odoo-ops/evidence', 'odoo-ops/evidence~1']);
      await syncEvidence(await opened(root));
      assert.deepEqual(await problems(root), ['changed prune']);
      const other = cloneOf(origin, join(folder(), 'other'));
      await syncEvidence(await opened(other));
      assert.deepEqual(await problems(other), ['changed prune']);
      assert.equal((await findEvidence(await opened(other), id)).record.id, id);
    });
  });

  describe('that was cut off', () => {
    it('while it compressed: the next one ends it, and nothing was removed', async () => {
      const { root, acts } = copied();
      const controller = new AbortController();
      const report = (event: OpsEvent) => {
        if (event.type === 'progress' && event.step === 'compress' && event.done === 1) controller.abort();
      };
      await rejectsWith(pruneEvidence(await openWorkspace(root, { signal: controller.signal, report })), 'cancelled');
      const [entry] = await listEvidence(await opened(root));
      assert.deepEqual([entry?.record.topic, entry?.state], ['prune', 'cancelled']);
      assert.equal((await topics(root)).length, 7);
      assert.ok(existsSync(join(root, acts.second.folder, 'files.tar.gz')) && existsSync(join(root, acts.recent.folder, 'logs')));
      assert.deepEqual(await problems(root), WHOLE);
      const { plan } = await prune(root);
      assert.deepEqual([names(plan.compress), plan.remove.length], [['build-fix-one'], 3]);
      assert.deepEqual(await problems(root), WHOLE);
    });

    it('while it removed: the chain is whole between, and the next one ends it', async () => {
      const { root } = copied();
      const controller = new AbortController();
      const report = (event: OpsEvent) => {
        if (event.type === 'progress' && event.step === 'remove' && event.done === 1) controller.abort();
      };
      await rejectsWith(pruneEvidence(await openWorkspace(root, { signal: controller.signal, report })), 'cancelled');
      assert.equal((await topics(root)).length, 6);
      assert.deepEqual(await problems(root), WHOLE);
      assert.equal((await prune(root)).plan.remove.length, 2);
      assert.equal((await topics(root)).length, 5);
      assert.deepEqual(await problems(root), WHOLE);
    });

    it('with a folder half deleted: that lies elsewhere, is no record, and the next one clears it away', async () => {
      const { root, acts } = copied();
      await prune(root);
      cpSync(join(root, acts.young.folder), join(root, EVIDENCE, '.prune', acts.built.record.id), { recursive: true });
      assert.deepEqual(await problems(root), WHOLE);
      assert.equal((await syncEvidence(await opened(root))).pulled, 0);
      await prune(root);
      assert.equal(existsSync(join(root, EVIDENCE, '.prune')), false);
    });
  });

  it('runs once in a clone: a second one is told of the first', async () => {
    const { root } = copied();
    const lock = join(root, '.git/odoo-ops/prune.lock');
    mkdirSync(join(lock, '..'), { recursive: true });
    writeFileSync(lock, JSON.stringify({ host: hostname(), pid: process.pid }));
    await rejectsWith(prune(root), 'locked', 'Another prune is running already');
    rmSync(lock);
    const results = await Promise.allSettled([prune(root), prune(root), prune(root)]);
    assert.ok(results.some(({ status }) => status === 'fulfilled'));
    assert.deepEqual(await problems(root), WHOLE);
    assert.equal((await topics(root)).filter((topic) => topic === 'prune').length, 1);
  });

  it('meets an act that is being written, and leaves it alone', async () => {
    const { root } = copied();
    await Promise.all([prune(root), built(root), built(root, 'production')]);
    assert.deepEqual(await problems(root), WHOLE);
    assert.equal((await topics(root)).length, 6);
  });

  it('keeps the times that odoo-ops.yml says', async () => {
    const { root } = copied();
    writeFileSync(join(root, 'odoo-ops.yml'), 'evidence:\n  compress_after: 1d\n  remove_after: 200d\n');
    const { plan } = await preparePrune(await opened(root));
    assert.deepEqual([plan.compress.length, plan.remove.length, plan.keep.length], [6, 0, 0]);
    assert.deepEqual([plan.compress_after_days, plan.remove_after_days], [1, 200]);
  });
});
