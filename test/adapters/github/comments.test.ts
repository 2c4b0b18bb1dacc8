import assert from 'node:assert/strict';
import { gitHubSample, type GitHubSample } from '../../support/github-server/repository.ts';
import { APP, PERSON, STRANGER } from '../../support/github-server/state.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { temporaryFolders } from '../../support/temp.ts';

const MARKER = '<!-- odoo-ops: environment -->';

describe('comment on a pull request', function () {
  this.timeout(40_000);
  const folder = temporaryFolders();
  const { signal } = new AbortController();
  let sample: GitHubSample;
  beforeEach(async () => {
    sample = await gitHubSample(folder());
    sample.github.state.openPull({ branch: 'feature/loyalty-points' });
  });
  afterEach(() => sample.github.stop());
  const writes = () =>
    sample.github.requests.filter(({ method, path }) => method !== 'GET' && path.startsWith('/repos')).map(({ method }) => method);

  it('is made once, then edited, and left alone where it says the same', async () => {
    const { github, forge } = sample;
    await forge().comment(1, MARKER, 'building', signal);
    await forge().comment(1, MARKER, 'ready', signal);
    await forge().comment(1, MARKER, 'ready', signal);
    assert.deepEqual(
      github.state.comments.map(({ body, user }) => [body, user.login]),
      [[`${MARKER}\nready`, APP.login]],
    );
    assert.deepEqual(writes(), ['POST', 'PATCH']);
  });

  it("never edits a stranger's, whatever it says", async () => {
    const { github, forge } = sample;
    github.state.comment(1, STRANGER, `${MARKER}\nopen https://evil.example`);
    github.state.comment(1, PERSON, `${MARKER}\nready`);
    await forge().comment(1, MARKER, 'ready', signal);
    assert.deepEqual(
      github.state.comments.map(({ body, user }) => [user.login, body]),
      [
        [STRANGER.login, `${MARKER}\nopen https://evil.example`],
        [PERSON.login, `${MARKER}\nready`],
        [APP.login, `${MARKER}\nready`],
      ],
    );
  });

  it('is not one of our own that only quotes it', async () => {
    const { github, forge } = sample;
    github.state.comment(1, APP, `> ${MARKER}\n> ready`);
    await forge().comment(1, MARKER, 'ready', signal);
    assert.equal(github.state.comments.length, 2);
  });

  it('is found behind a hundred others', async () => {
    const { github, forge } = sample;
    for (let number = 0; number < 130; number++) github.state.comment(1, PERSON, `Remark ${number}`);
    github.state.comment(1, APP, `${MARKER}\nold`);
    await forge().comment(1, MARKER, 'new', signal);
    assert.equal(github.state.comments.length, 131);
    assert.equal(github.state.comments.at(-1)?.body, `${MARKER}\nnew`);
  });

  it('is made anew where somebody deleted it', async () => {
    const { github, forge } = sample;
    await forge().comment(1, MARKER, 'building', signal);
    github.state.interfere = (method) => {
      if (method === 'PATCH') github.state.comments = [];
      return undefined;
    };
    await forge().comment(1, MARKER, 'ready', signal);
    assert.deepEqual(
      github.state.comments.map(({ body }) => body),
      [`${MARKER}\nready`],
    );
  });

  it('is as long as GitHub takes', async () => {
    const { github, forge } = sample;
    await forge().comment(1, MARKER, 'x'.repeat(100_000), signal);
    assert.ok(github.state.comments[0]!.body.length < 65_536);
  });

  it('is sent once: where the answer is lost nobody sends it again', async () => {
    const { github, forge } = sample;
    github.state.loseAnswer = (method) => method === 'POST' && github.state.comments.length > 0;
    await rejectsWith(forge().comment(1, MARKER, 'ready', signal), 'unreachable');
    assert.deepEqual(writes(), ['POST']);
    github.state.loseAnswer = () => false;
    await forge().comment(1, MARKER, 'ready', signal);
    assert.equal(github.state.comments.length, 1);
  });
});
