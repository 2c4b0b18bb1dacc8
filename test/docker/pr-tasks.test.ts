import assert from 'node:assert/strict';
import { migrate } from '../../src/adapters/postgres/migrate.ts';
import { recordedEnvironments } from '../../src/runtime/control-plane/environments.ts';
import { migrationsFolder } from '../../src/runtime/control-plane/open.ts';
import { readHistory } from '../../src/runtime/activity.ts';
import { everything } from '../../src/runtime/pr-environments/remove.ts';
import { stopEnvironment } from '../../src/runtime/pr-environments/sleep.ts';
import { askForTask, listTasks } from '../../src/runtime/tasks/tasks.ts';
import { runWorker } from '../../src/runtime/tasks/worker.ts';
import { connection, testDatabase } from '../support/database.ts';
import { startPrHost, type PrHost } from '../support/docker/pr-host.ts';
import { needsDocker } from '../support/docker/skip.ts';
import { git } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';
import { until } from '../support/until.ts';
import { opened, type Opened } from '../support/workspace.ts';

const BRANCH = 'feature/loyalty-points';

describe('tasks of PR environments, by a worker on a host with Docker', function () {
  this.timeout(240_000);
  needsDocker();
  const folder = temporaryFolders();
  const stops: (() => Promise<void>)[] = [];
  let host: PrHost;
  let workspace: Opened;
  before(async () => {
    const database = await testDatabase();
    stops.push(database.stop);
    host = await startPrHost(folder());
    stops.push(host.stop);
    const url = await database.create();
    await migrate(connection(url), migrationsFolder());
    workspace = await opened(host.root, { ...host.environment, DATABASE_URL: url });
  });
  after(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  const work = () => runWorker(workspace, { concurrency: 1, drain: 60_000, once: true });
  const task = async (id: string) => (await listTasks(workspace, {}, 100)).find((one) => one.id === id);
  const rows = async () => {
    const { source, answer } = await recordedEnvironments(workspace);
    assert.equal(source, 'control-plane');
    return answer.map(({ number, state }) => `${number} ${state}`);
  };
  let number: number;

  it('build one at its head, once, and everybody sees it build and run', async () => {
    ({ number } = host.github.state.openPull({ branch: BRANCH, title: 'Loyalty\0 points' }));
    const id = await askForTask(workspace, 'pr-up', { number }, null);
    assert.equal(await askForTask(workspace, 'pr-up', { number }, null), id);
    const worked = work();
    await until('it is seen to build', async () => (await rows())[0] === `${number} building`);
    assert.deepEqual(await worked, { passed: 1, failed: 0, retried: 0, returned: [] });
    const [row, ...more] = (await recordedEnvironments(workspace)).answer;
    const head = git(host.origin, ['rev-parse', BRANCH]);
    assert.deepEqual([more.length, row?.state, row?.verdict, row?.sha, row?.engine], [0, 'running', 'green', head, 'docker']);
    assert.ok(Date.parse(row?.expires_at ?? '') > Date.now());
    const done = await task(id);
    assert.deepEqual([done?.state, done?.evidence_id], ['passed', row?.evidence_id]);
    const { items } = await readHistory(workspace, { environment: `pr-${number}` }, 10);
    assert.deepEqual(
      items.map(({ act, result, sha }) => [act, result, sha]),
      [['pr-environment', 'passed', head]],
    );
  });

  it('are told when it sleeps', async () => {
    await stopEnvironment(workspace, number, { gitHubToken: null });
    assert.deepEqual(await rows(), [`${number} sleeping`]);
  });

  it('sweep what a missed event left, and the row of it ends', async () => {
    host.github.state.closePull(number);
    const id = await askForTask(workspace, 'sweep', {}, null);
    assert.equal((await work()).passed, 1);
    assert.match((await task(id))?.message ?? '', /things removed/);
    assert.deepEqual(await rows(), []);
    const platform = await host.platform();
    const left = (await everything(platform, new AbortController().signal)).filter(({ thing }) => thing.stamp.number !== null);
    assert.deepEqual(left, []);
    // The image that nothing uses any more goes with the next one.
    const said: string[] = [];
    for (let round = 1; round <= 2; round++) {
      const next = await askForTask(workspace, 'sweep', {}, null);
      await work();
      said.push((await task(next))?.message ?? '');
    }
    assert.equal(said.at(-1), 'Nothing to sweep; 0 pull requests open.');
  });

  it('take down what is not there without a word, and build no fork that nobody approved', async () => {
    const head = git(host.origin, ['rev-parse', BRANCH]);
    const { number: fork } = host.github.state.openPull({ branch: BRANCH, fork: 'mallory/odoo', forkHead: head });
    const [down, up] = [
      await askForTask(workspace, 'pr-down', { number }, null),
      await askForTask(workspace, 'pr-up', { number: fork }, null),
    ];
    assert.deepEqual(await work(), { passed: 1, failed: 1, retried: 0, returned: [] }, JSON.stringify(await listTasks(workspace, {}, 2)));
    assert.equal((await task(down))?.state, 'passed');
    assert.match((await task(up))?.message ?? '', /comes from a fork/);
    assert.deepEqual(await rows(), []);
  });
});
