import assert from 'node:assert/strict';
import { doctor, type Diagnosis } from '../../src/runtime/doctor.ts';
import { testDatabase } from '../support/database.ts';
import { gitHubSample, type GitHubSample } from '../support/github-server/repository.ts';
import { whyNoDocker } from '../support/docker/base-image.ts';
import { commit, git } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';
import { opened } from '../support/workspace.ts';
import { examineDatabaseServer, examineEngine, examineForge } from '../../src/runtime/doctor-environments.ts';
import { openPlatform } from '../../src/runtime/pr-environments/platform.ts';
import { rejectsWith } from '../support/rejects.ts';
import { write } from '../support/sample.ts';

describe('doctor, of PR environments', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  let sample: GitHubSample;
  beforeEach(async () => {
    sample = await gitHubSample(folder());
  });
  afterEach(() => sample.github.stop());
  const none = { GITHUB_TOKEN: '', GH_TOKEN: '', DOCKER_HOST: 'unix:///nowhere/docker.sock' };

  /** What the staging branch says. */
  const settle = (text: string) => {
    const { root, origin } = sample;
    write(root, { 'odoo-ops.yml': `version: 1\n${text}` });
    commit(root, 'Settings');
    git(root, ['push', '--quiet', origin, 'HEAD:main']);
    git(root, ['fetch', '--quiet', origin, '+refs/heads/*:refs/remotes/origin/*']);
  };

  it('only warns, and says of each what to do', async () => {
    const context = { signal: new AbortController().signal, report: () => undefined };
    const found = new Map<string, Diagnosis>((await doctor(sample.root, context)).map((one) => [one.name, one]));
    for (const name of ['pull request engine', 'pull request database', 'GitHub']) {
      const one = found.get(name);
      assert.notEqual(one?.state ?? 'error', 'error', name);
      assert.equal(one?.state === 'warning', one?.hint !== null, name);
    }
  });

  it('asks the engine that is configured, and says what was tried where none answers', async () => {
    settle('pull_requests: { engine: docker }\n');
    const error = await rejectsWith(examineEngine(await opened(sample.root, none)), 'unreachable', '/nowhere/docker.sock');
    assert.ok(error.hint);
  });

  it('reads the configuration of the staging branch, as `up` does', async () => {
    const { root } = sample;
    settle('pull_requests: { engine: docker, database: { url_env: STAGING_SAYS } }\n');
    write(root, { 'odoo-ops.yml': 'version: 1\npull_requests: { engine: process, database: { url_env: BRANCH_SAYS } }\n' });
    const workspace = await opened(root, { ...none, BRANCH_SAYS: 'postgres://nowhere' });
    await rejectsWith(examineEngine(workspace), 'unreachable', '/nowhere/docker.sock');
    await rejectsWith(examineDatabaseServer(workspace), 'usage', 'STAGING_SAYS is not set');
  });

  it('names the variable of the password that people would open environments with', async function () {
    if ((await whyNoDocker()) !== null) return this.skip();
    settle('pull_requests: { engine: docker }\n');
    const missing = await examineEngine(await opened(sample.root, { ODOO_OPS_PR_PASSWORD: '' }));
    assert.equal(missing.state, 'warning');
    assert.match(missing.message, /ODOO_OPS_PR_PASSWORD is not set/);
    const found = await examineEngine(await opened(sample.root, { ODOO_OPS_PR_PASSWORD: 'sesame' }));
    assert.doesNotMatch(found.message, /ODOO_OPS_PR_PASSWORD/);
  });

  it('names the variable of the database server, and asks the server whether it will do', async () => {
    const unnamed = await opened(sample.root, { ODOO_OPS_PR_DATABASE_URL: '' });
    const missing = await rejectsWith(examineDatabaseServer(unnamed), 'usage', 'ODOO_OPS_PR_DATABASE_URL is not set');
    assert.equal(missing.message, (await rejectsWith(openPlatform(unnamed, { gitHubToken: null }), 'usage')).message);
    const database = await testDatabase();
    try {
      const url = await database.create();
      const found = await examineDatabaseServer(await opened(sample.root, { ODOO_OPS_PR_DATABASE_URL: url }));
      assert.match(found.message, /^PostgreSQL 18\.\d+ at \S+, with no copy of staging yet: environments get a fresh database/);
      assert.doesNotMatch(JSON.stringify(found), new RegExp(new URL(url).password));
      await database.query(url, `create role clerk login password 'pw'`);
      const clerk = new URL(url);
      [clerk.username, clerk.password] = ['clerk', 'pw'];
      const lacking = await examineDatabaseServer(await opened(sample.root, { ODOO_OPS_PR_DATABASE_URL: clerk.href }));
      assert.equal(lacking.state, 'warning');
      assert.match(lacking.message, /creat/i);
      assert.ok(lacking.hint);
    } finally {
      await database.stop();
    }
  });

  it('finds the repository and a token for it, and counts what is open', async () => {
    const { github, root, origin } = sample;
    const elsewhere = await examineForge(await opened(root, { ...none, ...github.environment, GITHUB_TOKEN: '' }));
    assert.match(elsewhere.message, /no repository on GitHub/);
    git(root, ['remote', 'set-url', 'origin', github.remote]);
    const tokenless = await examineForge(await opened(root, { ...none, ...github.environment, GITHUB_TOKEN: '' }));
    assert.match(`${tokenless.message} ${tokenless.hint ?? ''}`, /no token for .*GITHUB_TOKEN/);
    const found = await examineForge(await opened(root, { ...none, ...github.environment, GITHUB_TOKEN: github.token }));
    assert.match(found.message, /^\w+\/[\w-]+, 0 open pull requests$/);
    await rejectsWith(examineForge(await opened(root, { ...none, ...github.environment, GITHUB_TOKEN: 'wrong' })), 'rejected');
    git(root, ['remote', 'set-url', 'origin', origin]);
  });
});
