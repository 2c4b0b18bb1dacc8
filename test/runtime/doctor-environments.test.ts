import assert from 'node:assert/strict';
import { doctor, type Diagnosis } from '../../src/runtime/doctor.ts';
import { testDatabase } from '../support/database.ts';
import { gitHubSample, type GitHubSample } from '../support/github-server/repository.ts';
import { git } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';
import { opened } from '../support/workspace.ts';
import { examineDatabaseServer, examineEngine, examineForge } from '../../src/runtime/doctor-environments.ts';
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
    write(sample.root, { 'odoo-ops.yml': 'version: 1\npull_requests: { engine: docker }\n' });
    const error = await rejectsWith(examineEngine(await opened(sample.root, none)), 'unreachable', '/nowhere/docker.sock');
    assert.ok(error.hint);
  });

  it('names the variable of the database server, and asks the server whether it will do', async () => {
    const missing = await examineDatabaseServer(await opened(sample.root, { ODOO_OPS_PR_DATABASE_URL: '' }));
    assert.deepEqual([missing.state, missing.message.split(' ')[0]], ['warning', 'ODOO_OPS_PR_DATABASE_URL']);
    const database = await testDatabase();
    try {
      const url = await database.create();
      const found = await examineDatabaseServer(await opened(sample.root, { ODOO_OPS_PR_DATABASE_URL: url }));
      assert.match(found.message, /^PostgreSQL 18\.\d+ at /);
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
