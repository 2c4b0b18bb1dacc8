import assert from 'node:assert/strict';
import { gitHubSample, type GitHubSample } from '../../support/github-server/repository.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { git, tipOf } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';

describe('merge through GitHub', function () {
  this.timeout(40_000);
  const folder = temporaryFolders();
  const { signal } = new AbortController();
  let sample: GitHubSample;
  beforeEach(async () => {
    sample = await gitHubSample(folder());
    sample.github.state.openPull({ branch: 'feature/loyalty-points' });
  });
  afterEach(() => sample.github.stop());
  const merge = (head = tipOf(sample.origin, 'feature/loyalty-points')) =>
    sample.forge().merge(1, { head, method: 'merge', title: 'Merge it', message: 'Trailer: x' }, signal);

  it('gives a merge commit with our words', async () => {
    const { origin } = sample;
    const [main, head] = [tipOf(origin, 'main'), tipOf(origin, 'feature/loyalty-points')];
    assert.equal(await merge(), tipOf(origin, 'main'));
    assert.equal(git(origin, ['log', '-1', '--format=%P%n%B', 'main']), `${main} ${head}\nMerge it\n\nTrailer: x`);
  });

  it('merges exactly the head that was meant', async () => {
    const before = tipOf(sample.origin, 'main');
    await rejectsWith(
      merge(tipOf(sample.origin, 'fix/invoice-rounding')),
      'moved',
      'Head branch was modified. Review and try the merge again.',
    );
    assert.equal(tipOf(sample.origin, 'main'), before);
  });

  for (const [what, protect, words] of [
    [
      'a review is missing',
      (state) => (state.protection.reviews = 1),
      'At least 1 approving review is required by reviewers with write access.',
    ],
    ['a check is missing', (state) => (state.protection.checks = ['ci']), 'Required status check "ci" is expected.'],
    ['it is a draft', (state) => (state.pulls[0]!.draft = true), 'Pull Request is still a draft'],
    [
      'its way of merging is switched off',
      (state) => state.mergeMethods.delete('merge'),
      'Merge commits are not allowed on this repository.',
    ],
    ['it is closed', (state) => state.closePull(1), 'Pull Request is not mergeable'],
  ] as readonly (readonly [string, (state: GitHubSample['github']['state']) => unknown, string])[]) {
    it(`is refused in GitHub's words where ${what}`, async () => {
      const before = tipOf(sample.origin, 'main');
      protect(sample.github.state);
      await rejectsWith(merge(), 'refused', words);
      assert.equal(tipOf(sample.origin, 'main'), before);
    });
  }

  it('is refused to a token that may not', async () => {
    sample.github.state.interfere = () => ({ status: 403, body: { message: 'Resource not accessible by integration' } });
    await rejectsWith(merge(), 'refused', 'Resource not accessible by integration');
  });

  it('says moved where the base moved under it', async () => {
    const { github, origin } = sample;
    const other = tipOf(origin, 'fix/invoice-rounding');
    github.state.duringMerge = () => git(origin, ['update-ref', 'refs/heads/main', other]);
    await rejectsWith(merge(), 'moved', 'Base branch was modified.');
    assert.equal(tipOf(origin, 'main'), other);
  });

  it('is asked for once, whatever happens to the answer', async () => {
    const { github } = sample;
    for (const interfere of [() => ({ status: 502, body: { message: 'Server Error' } }), () => 'drop' as const]) {
      github.state.interfere = interfere;
      await rejectsWith(merge(), 'unreachable');
    }
    assert.equal(github.requests.length, 2);
  });
});
