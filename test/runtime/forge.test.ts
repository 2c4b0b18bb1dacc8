import assert from 'node:assert/strict';
import { openForge } from '../../src/runtime/forge.ts';
import { overview } from '../../src/runtime/status.ts';
import { gitHubSample, type GitHubSample } from '../support/github-server/repository.ts';
import { PERSON, STRANGER } from '../support/github-server/state.ts';
import { rejectsWith } from '../support/rejects.ts';
import { git, tipOf } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';
import { opened } from '../support/workspace.ts';

describe('GitHub of a repository', function () {
  this.timeout(40_000);
  const folder = temporaryFolders();
  const none = { GITHUB_TOKEN: '', GH_TOKEN: '', GITHUB_SERVER_URL: 'https://github.com', GITHUB_API_URL: undefined };
  let sample: GitHubSample;
  beforeEach(async () => {
    sample = await gitHubSample(folder());
    git(sample.root, ['remote', 'set-url', 'origin', sample.github.remote]);
  });
  afterEach(() => sample.github.stop());
  const forgeWith = async (environment: Record<string, string | undefined>, token: string | null = null) =>
    openForge(await opened(sample.root, { ...none, ...environment }), token);

  it('is known by the remote, and asked with the token of the person, else that of the environment', async () => {
    const { github } = sample;
    const { GITHUB_SERVER_URL = '' } = github.environment;
    github.state.tokens.set('of-a-person', PERSON);
    for (const [environment, token, expected] of [
      [{ GITHUB_SERVER_URL, GITHUB_TOKEN: github.token }, null, github.token],
      [{ GITHUB_SERVER_URL, GH_TOKEN: github.token }, null, github.token],
      [{ GITHUB_SERVER_URL, GITHUB_TOKEN: github.token }, 'of-a-person', 'of-a-person'],
    ] as const) {
      const forge = await forgeWith(environment, token);
      assert.deepEqual(await forge?.openPullRequests(new AbortController().signal), []);
      assert.equal(github.requests.at(-1)?.headers.authorization, `token ${expected}`);
    }
  });

  it('is nobody where there is no token, or the remote is elsewhere', async () => {
    const { github } = sample;
    const { GITHUB_SERVER_URL = '' } = github.environment;
    assert.equal(await forgeWith({ GITHUB_SERVER_URL }), null);
    assert.equal(await forgeWith({ GITHUB_TOKEN: 'x' }), null);
    git(sample.root, ['remote', 'set-url', 'origin', sample.origin]);
    assert.equal(await forgeWith({ GITHUB_SERVER_URL, GITHUB_TOKEN: 'x' }), null);
    git(sample.root, ['remote', 'remove', 'origin']);
    assert.equal(await forgeWith({ GITHUB_SERVER_URL, GITHUB_TOKEN: 'x' }), null);
    assert.deepEqual(github.requests, []);
  });

  it('is sent no token in the clear', async () => {
    const { GITHUB_SERVER_URL = '' } = sample.github.environment;
    await rejectsWith(
      forgeWith({ GITHUB_SERVER_URL, GITHUB_TOKEN: 'x', GITHUB_API_URL: 'http://git.acme.example/api/v3' }),
      'config',
      'no address that a token may be sent to',
    );
  });

  describe('in the overview', () => {
    const see = async (environment = sample.github.environment) =>
      overview(await opened(sample.root, { ...none, ...environment }), { fetch: true, gitHubToken: null });

    it('gives each branch its pull request, with head, author, checks and the host of its environment', async () => {
      const { github, forge, origin } = sample;
      const branch = 'feature/loyalty-points';
      const head = tipOf(origin, branch);
      github.state.openPull({ branch, base: 'production', title: 'Into another branch' });
      github.state.openPull({ branch, title: 'Loyalty' });
      await forge().status(head, 'ci', { state: 'failure', description: '', url: null }, new AbortController().signal);
      const { pullRequests, forks, notices } = await see();
      assert.deepEqual(
        pullRequests.map((status) => [status.branch, status.pullRequest]),
        [
          ['fix/invoice-rounding', null],
          [
            branch,
            {
              number: 2,
              title: 'Loyalty',
              url: `${github.url}/acme/odoo/pull/2`,
              state: 'open',
              draft: false,
              branch,
              base: 'main',
              head,
              author: 'ana',
              fork: false,
              checks: 'failure',
              host: 'pr-2-feature-loyalty-points.dev.insightpulseai.com',
            },
          ],
        ],
      );
      assert.deepEqual([forks, notices], [[], []]);
    });

    it("shows a fork's beside, never as one of a branch of ours", async () => {
      const { github, origin } = sample;
      const branch = 'feature/loyalty-points';
      github.state.openPull({ branch, fork: 'mallory', forkHead: tipOf(origin, 'fix/invoice-rounding'), author: STRANGER });
      const { pullRequests, forks } = await see();
      assert.deepEqual(
        pullRequests.map(({ pullRequest }) => pullRequest),
        [null, null],
      );
      assert.deepEqual(
        forks.map(({ number, author, head, fork }) => [number, author, head, fork]),
        [[1, 'mallory', tipOf(origin, 'fix/invoice-rounding'), true]],
      );
    });

    it('shows the rest where GitHub cannot be asked, and says why', async () => {
      sample.github.state.limit = { limit: 60, used: 60, resetAt: new Date(Date.now() + 600_000) };
      const { pullRequests, notices } = await see();
      assert.equal(pullRequests.length, 2);
      assert.match(notices.join(), /GitHub's limit is reached: API rate limit exceeded .* ask again at 20/);
      const wrong = await see({ ...sample.github.environment, GITHUB_API_URL: 'http://git.acme.example' });
      assert.match(wrong.notices.join(), /no address that a token may be sent to/);
    });
  });
});
