import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { OpsError } from '../../../src/core/errors.ts';
import { gitHubSample, type GitHubSample } from '../../support/github-server/repository.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const TOKEN = ['ghp', 'averysecrettokenthatnobodymaysee0000'].join('_');

describe('GitHub, asked politely', function () {
  this.timeout(40_000);
  const folder = temporaryFolders();
  const { signal } = new AbortController();
  let sample: GitHubSample;
  beforeEach(async () => {
    sample = await gitHubSample(folder(), TOKEN);
    sample.github.state.openPull({ branch: 'feature/loyalty-points' });
  });
  afterEach(() => sample.github.stop());
  const withWords = (status: number, message: string, headers: Record<string, string> = {}) => ({ status, body: { message }, headers });

  for (const [status, message, headers, code, words] of [
    [401, 'Bad credentials', {}, 'rejected', ['be asked for pull request 1: Bad credentials.', 'Sign in to GitHub again']],
    [403, 'Resource not accessible by integration', {}, 'rejected', ['Resource not accessible by integration.', 'lacks a permission']],
    [
      403,
      'Resource protected by organization SAML enforcement.',
      { 'x-github-sso': 'required; url=https://github.com/orgs/acme/sso?authorization_request=A' },
      'rejected',
      ['SAML', 'single sign-on: https://github.com/orgs/acme/sso?authorization_request=A'],
    ],
    [410, 'Gone', {}, 'rejected', ['Gone']],
    [422, 'Validation Failed', {}, 'rejected', ['Validation Failed']],
    [451, 'Repository access blocked', {}, 'rejected', ['Repository access blocked']],
  ] as const) {
    it(`gives up at once at ${status} (${message}), says it in GitHub's words, and never shows the token`, async () => {
      const { github, forge } = sample;
      github.state.interfere = () => withWords(status, message, headers);
      const error = await rejectsWith(forge().pullRequest(1, signal), code);
      for (const word of words) assert.ok(`${error.message} ${error.hint}`.includes(word), `${error.message} ${error.hint}`);
      assert.equal(github.requests.length, 1);
      assert.doesNotMatch(inspect(error, { depth: 12 }), new RegExp(TOKEN));
    });
  }

  it('sends the token, and only as a header', async () => {
    const { github, forge } = sample;
    await forge().pullRequest(1, signal);
    const [request] = github.requests;
    assert.equal(request?.headers.authorization, `token ${TOKEN}`);
    assert.doesNotMatch(`${request.path} ${JSON.stringify(request.body)}`, new RegExp(TOKEN));
  });

  it('tries a question again that failed on the way, and not for ever', async () => {
    const { github, forge } = sample;
    let left = 1;
    github.state.interfere = () => (left-- > 0 ? withWords(502, 'Server Error') : undefined);
    assert.equal((await forge().pullRequest(1, signal))?.number, 1);
    github.state.interfere = () => 'drop';
    const before = github.requests.length;
    await rejectsWith(forge().pullRequest(1, signal), 'unreachable');
    assert.equal(github.requests.length - before, 3);
  });

  it('says when it may ask again where the limit is reached, and asks no more until then', async () => {
    const { github, forge } = sample;
    const resetAt = new Date(Date.now() + 2400_000);
    github.state.limit = { limit: 5000, used: 5000, resetAt };
    const expected = new Date(Math.ceil(resetAt.getTime() / 1000) * 1000).toISOString();
    const error = await rejectsWith(forge().openPullRequests(signal), 'unreachable', 'API rate limit exceeded', expected);
    assert.deepEqual(error.details, { reason: 'rate-limit', retry_at: expected });
    github.state.limit = { limit: 5000, used: 0, resetAt };
    await rejectsWith(forge().pullRequest(1, signal), 'unreachable', expected);
    assert.equal(github.requests.length, 1);
  });

  it('waits for a limit that ends in a moment', async () => {
    const { github, forge } = sample;
    let left = 1;
    const words = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
    github.state.interfere = () => (left-- > 0 ? withWords(403, words, { 'retry-after': '1' }) : undefined);
    const begin = Date.now();
    assert.equal((await forge().pullRequest(1, signal))?.number, 1);
    assert.ok(Date.now() - begin >= 900, `after ${Date.now() - begin} ms`);
    assert.equal(github.requests.length, 2);
  });

  for (const [status, headers, seconds] of [
    [403, { 'retry-after': '120' }, 120],
    [429, {}, 60],
  ] as const) {
    it(`does not wait for one that takes long (${status}, ${seconds} s), and says so`, async () => {
      const { github, forge } = sample;
      github.state.interfere = () => withWords(status, 'You have exceeded a secondary rate limit.', headers);
      const error = await rejectsWith(forge().pullRequest(1, signal), 'unreachable', "GitHub's limit is reached");
      const wait = Date.parse(String(error.details['retry_at'])) - Date.now();
      assert.ok(Math.abs(wait - seconds * 1000) < 5000, `${wait}`);
      assert.equal(github.requests.length, 1);
    });
  }

  it('knows the limit of GraphQL, which is told with 200', async () => {
    const { github, forge } = sample;
    const body = { data: null, errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded for user ID 41.' }] };
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 1800) };
    github.state.interfere = () => ({ status: 200, body, headers });
    await rejectsWith(forge().pullRequestsWithChecks(signal), 'unreachable', "GitHub's limit is reached");
    // REST has a limit of its own.
    github.state.interfere = () => undefined;
    assert.equal((await forge().openPullRequests(signal)).length, 1);
  });

  it('ends with a cancel, also while it waits to try again', async () => {
    const { github, forge } = sample;
    const controller = new AbortController();
    github.state.interfere = () => withWords(500, 'Server Error');
    const asked = forge().pullRequest(1, controller.signal);
    asked.catch(() => undefined);
    await until('the first answer', () => github.requests.length === 1);
    const begin = Date.now();
    controller.abort();
    await rejectsWith(asked, 'cancelled');
    assert.ok(Date.now() - begin < 500);
    assert.equal(github.requests.length, 1);
    await rejectsWith(forge().pullRequest(1, controller.signal), 'cancelled');
  });

  it('waits no longer than it is given', async () => {
    const { github, forge } = sample;
    github.state.interfere = () => 'hang';
    const begin = Date.now();
    await rejectsWith(forge().openPullRequests(AbortSignal.timeout(300)), 'timeout', 'GitHub did not answer in time.');
    assert.ok(Date.now() - begin < 2000);
  });

  it('ends with the reason of the signal where that says more', async () => {
    const controller = new AbortController();
    controller.abort(new OpsError('moved', 'A newer build took over.'));
    await rejectsWith(sample.forge().openPullRequests(controller.signal), 'moved', 'A newer build took over.');
  });
});
