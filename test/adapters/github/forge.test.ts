import assert from 'node:assert/strict';
import { gitHubForge } from '../../../src/adapters/github/forge.ts';
import { gitHubSample, type GitHubSample } from '../../support/github-server/repository.ts';
import { STRANGER } from '../../support/github-server/state.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { tipOf } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';

describe('GitHub as the forge', function () {
  this.timeout(30_000);
  const folder = temporaryFolders();
  const { signal } = new AbortController();
  let sample: GitHubSample;
  beforeEach(async () => {
    sample = await gitHubSample(folder());
  });
  afterEach(() => sample.github.stop());

  it('tells a pull request as it is', async () => {
    const { github, forge, origin } = sample;
    github.state.openPull({ branch: 'feature/loyalty-points', title: '<b>Loyalty</b> \u202e points', draft: true });
    assert.deepEqual(await forge().pullRequest(1, signal), {
      number: 1,
      title: '<b>Loyalty</b> \u202e points',
      url: `${github.url}/acme/odoo/pull/1`,
      state: 'open',
      draft: true,
      branch: 'feature/loyalty-points',
      base: 'main',
      head: tipOf(origin, 'feature/loyalty-points'),
      author: 'ana',
      fork: false,
    });
  });

  it('knows forks, those that were deleted, and authors that are gone', async () => {
    const { github, forge, origin } = sample;
    const forkHead = tipOf(origin, 'fix/invoice-rounding');
    github.state.openPull({ branch: 'main', fork: 'mallory', forkHead, author: STRANGER });
    github.state.openPull({ branch: 'main', fork: 'gone', forkHead, author: null });
    const expected = [
      [true, forkHead, 'mallory'],
      [true, forkHead, 'ghost'],
    ];
    for (const found of [await forge().openPullRequests(signal), (await forge().pullRequestsWithChecks(signal)).reverse()]) {
      assert.deepEqual(
        found.map(({ fork, head, author }) => [fork, head, author]),
        expected,
      );
    }
  });

  it('tells closed and merged ones apart', async () => {
    const { github, forge } = sample;
    const closed = github.state.openPull({ branch: 'fix/invoice-rounding' });
    const merged = github.state.openPull({ branch: 'feature/loyalty-points' });
    github.state.closePull(closed.number);
    const { head } = (await forge().pullRequest(merged.number, signal))!;
    await forge().merge(merged.number, { head, method: 'merge', title: 'Merge', message: '' }, signal);
    assert.equal((await forge().pullRequest(closed.number, signal))?.state, 'closed');
    assert.equal((await forge().pullRequest(merged.number, signal))?.state, 'merged');
    assert.deepEqual(await forge().openPullRequests(signal), []);
  });

  it('says null for a number that nobody has', async () => {
    assert.equal(await sample.forge().pullRequest(77, signal), null);
  });

  it('never says null where the token may not see the repository: then all would look closed', async () => {
    const { github, forge } = sample;
    github.state.openPull({ branch: 'feature/loyalty-points' });
    github.state.visible = false;
    await rejectsWith(forge().pullRequest(1, signal), 'rejected', 'Not Found');
    await rejectsWith(forge().openPullRequests(signal), 'rejected', 'Not Found');
    await rejectsWith(forge().pullRequestsWithChecks(signal), 'rejected', 'Could not resolve to a Repository');
  });

  it('lists all of them over several pages', async () => {
    const { github, forge } = sample;
    for (let number = 0; number < 205; number++) github.state.openPull({ branch: 'feature/loyalty-points' });
    const found = await forge().openPullRequests(signal);
    assert.deepEqual(
      found.map(({ number }) => number),
      Array.from({ length: 205 }, (_, index) => index + 1),
    );
    assert.equal(github.requests.length, 3);
    assert.equal((await forge().pullRequestsWithChecks(signal)).length, 205);
  });

  it('pays only for what is new', async () => {
    const { github, forge } = sample;
    github.state.openPull({ branch: 'feature/loyalty-points' });
    const first = await forge().openPullRequests(signal);
    assert.deepEqual(await forge().openPullRequests(signal), first);
    assert.deepEqual(
      github.requests.map(({ status }) => status),
      [200, 304],
    );
    assert.equal(github.state.limit.used, 1);
    github.state.openPull({ branch: 'fix/invoice-rounding' });
    assert.equal((await forge().openPullRequests(signal)).length, 2);
    assert.equal(github.state.limit.used, 2);
  });

  it('shows nobody what another token was told', async () => {
    const { github, forge } = sample;
    github.state.openPull({ branch: 'feature/loyalty-points' });
    await forge().openPullRequests(signal);
    github.state.tokens.set('another-token', STRANGER);
    await forge('another-token').openPullRequests(signal);
    assert.deepEqual(
      github.requests.map(({ headers }) => headers['if-none-match']),
      [undefined, undefined],
    );
  });

  it('tells the state of the checks', async () => {
    const { github, forge, origin } = sample;
    const branches = ['feature/loyalty-points', 'fix/invoice-rounding', 'main', 'production'];
    const [success, failure, expected] = branches.map((branch) => tipOf(origin, branch));
    for (const branch of branches) github.state.openPull({ branch });
    const none = github.state.openPull({ branch: 'main', fork: 'mallory', forkHead: github.state.headOf(github.state.pulls[3]!) });
    await forge().status(success!, 'ci', { state: 'success', description: 'fine', url: null }, signal);
    await forge().status(failure!, 'ci', { state: 'success', description: 'fine', url: null }, signal);
    await forge().status(failure!, 'pr', { state: 'error', description: 'not fine', url: null }, signal);
    github.state.rollups.set(expected!, 'EXPECTED');
    const found = await forge().pullRequestsWithChecks(signal);
    assert.deepEqual(
      found.reverse().map(({ checks }) => checks),
      ['success', 'failure', 'pending', 'none', 'none'],
    );
    assert.equal(found.at(-1)?.number, none.number);
  });

  it('cuts the description of a status, and never a character in half', async () => {
    const { github, forge, origin } = sample;
    const sha = tipOf(origin, 'main');
    const url = 'https://pr-1-x.example.com';
    await forge().status(sha, 'odoo-ops', { state: 'pending', description: `${'x'.repeat(138)}😀${'x'.repeat(100)}`, url }, signal);
    assert.deepEqual(github.state.statuses, [
      { sha, context: 'odoo-ops', state: 'pending', description: `${'x'.repeat(138)}…`, target_url: url },
    ]);
    await rejectsWith(
      forge().status('0'.repeat(40), 'x', { state: 'error', description: '', url: null }, signal),
      'rejected',
      'No commit found',
    );
  });

  it('finds an API that answers with something else', async () => {
    const { github, forge } = sample;
    github.state.openPull({ branch: 'main' });
    for (const body of ['<html>Sign in to this network</html>', { number: 1 }, null, []]) {
      github.state.interfere = () => ({ status: 200, body });
      for (const asked of [forge().pullRequest(1, signal), forge().pullRequestsWithChecks(signal)]) {
        await rejectsWith(asked, 'unreachable', 'another form than expected');
      }
    }
  });

  it('is away where nobody listens', async () => {
    const baseUrl = sample.github.url;
    await sample.github.stop();
    const away = gitHubForge({ repository: { owner: 'acme', name: 'odoo' }, token: 'x', baseUrl });
    await rejectsWith(
      away.merge(1, { head: '0'.repeat(40), method: 'merge', title: '', message: '' }, signal),
      'unreachable',
      'ECONNREFUSED',
    );
  });
});
