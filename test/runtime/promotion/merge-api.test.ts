import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { planText } from '../../../src/core/promotion/text.ts';
import { unmergedCommit } from '../../support/github-server/commits.ts';
import { gitHubSample, type GitHubSample } from '../../support/github-server/repository.ts';
import { settleInterrupted } from '../../../src/runtime/evidence/settle.ts';
import { listEvidence } from '../../../src/runtime/evidence/list.ts';
import { preparePromotion } from '../../../src/runtime/promotion/plan.ts';
import { planRollback } from '../../../src/runtime/promotion/rollback.ts';
import { promote } from '../../../src/runtime/promotion/promote.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { git, pushBranch, tipOf } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { opened } from '../../support/workspace.ts';

const BRANCH = 'feature/loyalty-points';

describe('promotion of a branch with a pull request', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  let sample: GitHubSample;
  let home: string;
  beforeEach(async () => {
    home = folder();
    sample = await gitHubSample(home);
    git(sample.root, ['remote', 'set-url', 'origin', sample.github.remote]);
  });
  afterEach(() => sample.github.stop());

  const workspace = (environment: Record<string, string> = {}) => opened(sample.root, { ...sample.github.environment, ...environment });
  const planned = async (from = BRANCH, to = 'main') => preparePromotion(await workspace(), { from, to, emergency: null });
  const promoted = async () => promote(await workspace(), await planned());
  const merges = () => sample.github.requests.filter(({ method }) => method === 'PUT');
  const leases = () => git(sample.origin, ['for-each-ref', 'refs/odoo-ops/leases']);
  const newest = async () => (await listEvidence(await workspace()))[0]!;
  const outcomeOf = ({ record }: Pick<Awaited<ReturnType<typeof newest>>, 'record'>) =>
    record.outcome?.act === 'promotion' ? record.outcome : null;

  it('is one that GitHub merges, and its plan says so', async () => {
    const { state } = sample.github;
    state.openPull({ branch: 'fix/invoice-rounding' });
    state.openPull({ branch: BRANCH, title: 'Loyalty \u202e[points](https://evil.example)' });
    const plan = await planned();
    assert.deepEqual([plan.by, plan.method, plan.pull_request?.number, plan.notices], ['merge-api', 'merge', 2, []]);
    assert.match(
      planText(plan),
      /Pull request #2, Loyalty {2}\[points\]\(https:\/\/evil\.example\) \(http.*\/pull\/2\)\. GitHub merges it, by its rules/,
    );
  });

  for (const [what, open] of [
    ['no pull request', () => undefined],
    ['a closed one', ({ state }) => state.closePull(state.openPull({ branch: BRANCH }).number)],
    ['one into another branch', ({ state }) => state.openPull({ branch: BRANCH, base: 'production' })],
    [
      "a stranger's of the same name",
      ({ state }) => state.openPull({ branch: BRANCH, fork: 'mallory', forkHead: tipOf(sample.origin, BRANCH) }),
    ],
  ] as readonly (readonly [string, (github: GitHubSample['github']) => unknown])[]) {
    it(`is a push as ever where there is ${what}`, async () => {
      open(sample.github);
      const plan = await planned();
      assert.deepEqual([plan.by, plan.pull_request, plan.notices], ['push', null, []]);
      const act = await promote(await workspace(), plan);
      assert.equal(act.record.result, 'passed', act.record.message ?? '');
      assert.equal(outcomeOf(act)?.sha, tipOf(sample.origin, 'main'));
      assert.deepEqual(merges(), []);
    });
  }

  it('is a push, and says why, where nobody can be asked', async () => {
    const { github } = sample;
    github.state.openPull({ branch: BRANCH });
    const unknown = await preparePromotion(await workspace({ GITHUB_TOKEN: '' }), { from: BRANCH, to: 'main', emergency: null });
    assert.equal(unknown.by, 'push');
    assert.match(planText(unknown), /GitHub was not asked, because there is no token .* main is pushed, and GitHub's protection/);
    github.state.tokens.clear();
    assert.match(
      (await planned()).notices.join(),
      /Bad credentials\. If feature\/loyalty-points has a pull request, it is not merged by GitHub/,
    );
  });

  it('is a push, and says why, where the team wants fast-forwards', async () => {
    const { github, origin, root } = sample;
    git(root, ['remote', 'set-url', 'origin', origin]);
    pushBranch(root, 'fix/config', 'main', { 'odoo-ops.yml': 'promotion:\n  merge_method: fast-forward\n' });
    git(root, ['push', '--quiet', 'origin', 'origin/fix/config:refs/heads/main']);
    pushBranch(root, 'fix/next', 'origin/fix/config', { 'a.txt': 'a\n' });
    git(root, ['remote', 'set-url', 'origin', github.remote]);
    github.state.openPull({ branch: 'fix/next' });
    const plan = await planned('fix/next');
    assert.deepEqual([plan.by, plan.pull_request?.number], ['push', 1]);
    assert.match(plan.notices.join(), /knows no fast-forward/);
    assert.equal((await promote(await workspace(), plan)).record.result, 'passed');
    assert.equal(tipOf(origin, 'main'), tipOf(origin, 'fix/next'));
  });

  it('never asks GitHub on the way to production', async () => {
    assert.equal((await planned('main', 'production')).by, 'push');
    assert.deepEqual(sample.github.requests, []);
  });

  it('gives staging the tree that the gates looked at, and the record the commit that GitHub made', async () => {
    const { github, origin, root } = sample;
    const [main, head] = [tipOf(origin, 'main'), tipOf(origin, BRANCH)];
    github.state.openPull({ branch: BRANCH });
    const plan = await planned();
    const act = await promote(await workspace(), plan);
    const tip = tipOf(origin, 'main');
    assert.deepEqual([act.record.result, act.record.message], ['passed', null]);
    assert.deepEqual([outcomeOf(act)?.sha, outcomeOf(act)?.previous_sha], [tip, main]);
    assert.equal(
      git(origin, ['log', '-1', '--format=%P %cn%n%B', 'main']),
      `${main} ${head} GitHub\nMerge feature/loyalty-points into main (#1)\n\nOdoo-Ops-Promotion: ${act.record.id}`,
    );
    assert.equal(git(origin, ['rev-parse', 'main^{tree}']), plan.merge_tree);
    assert.equal(github.state.pulls[0]?.merged?.sha, tip);
    assert.equal(leases(), '');
    assert.deepEqual(JSON.parse(readFileSync(join(root, act.folder, 'merge.json'), 'utf8')), {
      sha: tip,
      parents: [main, head],
      tree: plan.merge_tree,
      gated_tree: plan.merge_tree,
      pull_request: 1,
    });
    assert.equal(git(root, ['rev-parse', 'origin/main']), tip);
  });

  it('leaves no token behind in the evidence', async () => {
    sample.github.state.openPull({ branch: BRANCH });
    const { folder: evidence } = await promoted();
    const files = readdirSync(join(sample.root, evidence), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const file of files) assert.ok(!readFileSync(join(file.parentPath, file.name), 'utf8').includes(sample.github.token), file.name);
  });

  it("is refused in GitHub's words where a review is missing; the record says so, and nothing moved", async () => {
    const { github, origin } = sample;
    const before = tipOf(origin, 'main');
    github.state.openPull({ branch: BRANCH });
    github.state.protection.reviews = 2;
    const words = 'At least 2 approving reviews are required by reviewers with write access.';
    await rejectsWith(promoted(), 'refused', words);
    const entry = await newest();
    assert.deepEqual([entry.state, outcomeOf(entry)?.sha, tipOf(origin, 'main'), leases()], ['refused', null, before, '']);
    assert.ok(entry.record.message?.includes(words));
    assert.ok((outcomeOf(entry)?.gates.length ?? 0) > 0);
  });

  it('does not come to GitHub where a gate refuses', async () => {
    sample.github.state.openPull({ branch: 'fix/invoice-rounding' });
    const act = await promote(await workspace(), await planned('fix/invoice-rounding'));
    assert.equal(act.record.result, 'refused');
    assert.deepEqual(merges(), []);
  });

  it('is refused where the branch moved while the gates ran', async () => {
    const { github, origin } = sample;
    const before = tipOf(origin, 'main');
    github.state.openPull({ branch: BRANCH });
    github.state.interfere = (method) => {
      if (method === 'PUT') git(origin, ['update-ref', `refs/heads/${BRANCH}`, unmergedCommit(origin, BRANCH, 'late.txt')]);
      return undefined;
    };
    await rejectsWith(promoted(), 'moved', 'Head branch was modified. Review and try the merge again.');
    assert.deepEqual([tipOf(origin, 'main'), (await newest()).state], [before, 'refused']);
  });

  it('is refused where staging moved while the gates ran', async () => {
    const { github, origin } = sample;
    github.state.openPull({ branch: BRANCH });
    const moved = unmergedCommit(origin, 'main', 'by-hand.txt');
    const plan = await planned();
    github.state.interfere = () => {
      git(origin, ['update-ref', 'refs/heads/main', moved]);
      return undefined;
    };
    await rejectsWith(promote(await workspace(), plan), 'moved', 'main');
    assert.deepEqual([merges(), tipOf(origin, 'main')], [[], moved]);
  });

  it('is refused where the pull request was pointed at production meanwhile', async () => {
    const { github, origin } = sample;
    const pull = github.state.openPull({ branch: BRANCH });
    const plan = await planned();
    pull.base = 'production';
    const before = [tipOf(origin, 'main'), tipOf(origin, 'production')];
    await rejectsWith(promote(await workspace(), plan), 'moved', 'is not an open one of feature/loyalty-points into main any more');
    assert.deepEqual([tipOf(origin, 'main'), tipOf(origin, 'production')], before);
  });

  it('is refused where its lock was taken away', async () => {
    const { github, origin } = sample;
    github.state.openPull({ branch: BRANCH });
    const plan = await planned();
    // The lock stands while the gates run; the last look at the pull request comes after the one at the lock.
    git(origin, ['config', 'receive.denyDeletes', 'false']);
    const running = promote(
      {
        ...(await workspace()),
        context: {
          signal: new AbortController().signal,
          report: (event) => {
            if (event.type === 'start' && event.step === 'gates') git(origin, ['update-ref', '-d', 'refs/odoo-ops/leases/main']);
          },
        },
      },
      plan,
    );
    await rejectsWith(running, 'locked', 'nothing was merged');
    assert.deepEqual(merges(), []);
  });

  describe('where staging moves in the very moment of the merge', () => {
    it('runs the gates again on what it holds, and passes where they do', async () => {
      const { github, origin } = sample;
      github.state.openPull({ branch: BRANCH });
      const moved = unmergedCommit(origin, 'main', 'notes.txt');
      github.state.beforeMerge = () => git(origin, ['update-ref', 'refs/heads/main', moved]);
      const act = await promoted();
      const tip = tipOf(origin, 'main');
      assert.deepEqual([act.record.result, outcomeOf(act)?.sha, outcomeOf(act)?.previous_sha], ['passed', tip, moved]);
      assert.match(
        act.record.message ?? '',
        /^main had moved to [0-9a-f]{8} when GitHub merged; the gates ran again on [0-9a-f]{8} and passed\.$/,
      );
      const rollback = await planRollback(await workspace(), 'staging');
      assert.deepEqual([rollback.current, rollback.previous], [tip, moved]);
    });

    it('says plainly that staging holds what no gate let pass', async () => {
      const { github, origin } = sample;
      github.state.openPull({ branch: BRANCH });
      // What the gates of the other branch refuse comes in by hand.
      const moved = tipOf(origin, 'fix/invoice-rounding');
      github.state.beforeMerge = () => git(origin, ['update-ref', 'refs/heads/main', moved]);
      const act = await promoted();
      assert.deepEqual([act.record.result, outcomeOf(act)?.sha], ['failed', tipOf(origin, 'main')]);
      assert.match(
        act.record.message ?? '',
        /^main is at [0-9a-f]{8}, which no gate let pass: main had moved to [0-9a-f]{8} when GitHub merged; policy: /,
      );
      assert.ok(outcomeOf(act)?.gates.some(({ result }) => result === 'failed'));
      const merge = JSON.parse(readFileSync(join(sample.root, act.folder, 'merge.json'), 'utf8')) as Record<string, unknown>;
      assert.notEqual(merge['tree'], merge['gated_tree']);
    });
  });

  describe('whose answer is lost', () => {
    it('passed where GitHub had merged', async () => {
      const { github, origin } = sample;
      github.state.openPull({ branch: BRANCH });
      github.state.loseAnswer = (method) => method === 'PUT';
      const act = await promoted();
      assert.deepEqual([act.record.result, outcomeOf(act)?.sha], ['passed', tipOf(origin, 'main')]);
      assert.equal(merges().length, 1);
    });

    it('stays open where the remote is gone too, and a later act finds that it passed', async () => {
      const { github, origin } = sample;
      github.state.openPull({ branch: BRANCH });
      github.state.loseAnswer = (method) => {
        if (method === 'PUT') renameSync(origin, `${origin}.gone`);
        return method === 'PUT';
      };
      await assert.rejects(promoted());
      renameSync(`${origin}.gone`, origin);
      assert.equal(await settleInterrupted(await workspace()), 1);
      const entry = await newest();
      assert.deepEqual([entry.state, outcomeOf(entry)?.sha], ['passed', tipOf(origin, 'main')]);
      assert.match(entry.record.message ?? '', /the promotion is complete/);
    });

    it('stays open where GitHub had not merged yet, until it cannot come any more', async () => {
      const { github, origin, root } = sample;
      const before = tipOf(origin, 'main');
      github.state.openPull({ branch: BRANCH });
      github.state.interfere = (method) => (method === 'PUT' ? 'drop' : undefined);
      await rejectsWith(promoted(), 'unreachable');
      assert.equal(await settleInterrupted(await workspace()), 0);
      const { folder: evidence } = await newest();
      const file = [join(root, evidence, 'record.json'), join(root, 'web/docs/evidence', evidence, 'record.json')].find((path) =>
        existsSync(path),
      )!;
      // As if it were a minute ago.
      const record = JSON.parse(readFileSync(file, 'utf8')) as { steps: { started_at: string }[] };
      for (const step of record.steps) step.started_at = new Date(Date.parse(step.started_at) - 60_000).toISOString();
      writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
      assert.equal(await settleInterrupted(await workspace()), 1);
      const entry = await newest();
      assert.deepEqual([entry.state, outcomeOf(entry)?.sha, tipOf(origin, 'main')], ['interrupted', null, before]);
    });
  });
});
