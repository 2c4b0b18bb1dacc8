import assert from 'node:assert/strict';
import { gitHubSample, type GitHubSample } from '../support/github-server/repository.ts';
import { cli, json, startCli } from '../support/cli.ts';
import { git, tipOf } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';

const BRANCH = 'feature/loyalty-points';

describe('command line with GitHub', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();
  let sample: GitHubSample;
  beforeEach(async () => {
    sample = await gitHubSample(folder());
    git(sample.root, ['remote', 'set-url', 'origin', sample.github.remote]);
  });
  afterEach(() => sample.github.stop());
  const run = (...args: string[]) => cli(sample.root, args, { env: sample.github.environment });

  it('shows pull requests, plans with them, and merges through GitHub', async () => {
    const { github, origin } = sample;
    github.state.openPull({ branch: BRANCH, title: 'Loyalty' });
    const status = await run('status');
    assert.match(status.stdout, /#1/);
    assert.match((await run('plan', 'promote', BRANCH, 'main')).stdout, /Pull request #1, Loyalty .* GitHub merges it, by its rules/);
    const done = await run('promote', BRANCH, 'main', '--yes', '--json');
    assert.deepEqual([done.code, json(done)['result'], json(done)['sha']], [0, 'passed', tipOf(origin, 'main')], done.stderr);
    assert.equal(git(origin, ['log', '-1', '--format=%cn', 'main']), 'GitHub');
  });

  it("ends with 3 and GitHub's words where it refuses", async () => {
    const { github, origin } = sample;
    const before = tipOf(origin, 'main');
    github.state.openPull({ branch: BRANCH });
    github.state.protection.reviews = 1;
    const refused = await run('promote', BRANCH, 'main', '--yes');
    assert.equal(refused.code, 3, refused.stderr);
    assert.match(
      refused.stderr,
      /GitHub refuses to merge pull request 1: At least 1 approving review is required by reviewers with write access\./,
    );
    assert.equal(tipOf(origin, 'main'), before);
  });

  it('killed between the merge and its answer, is found to have passed by the next act', async () => {
    const { github, origin, root } = sample;
    github.state.openPull({ branch: BRANCH });
    const running = startCli(root, ['promote', BRANCH, 'main', '--yes'], { env: github.environment });
    github.state.loseAnswer = (method) => {
      if (method === 'PUT') process.kill(-running.pid, 'SIGKILL');
      return method === 'PUT';
    };
    assert.equal((await running.ended).signal, 'SIGKILL');
    assert.equal((await run('build', 'main')).code, 0);
    const list = await run('evidence', 'list', '--json');
    assert.match(list.stdout, /had merged into main, which is at [0-9a-f]{8}: the promotion is complete/);
    assert.equal(git(origin, ['for-each-ref', 'refs/odoo-ops/leases']), '');
  });
});
