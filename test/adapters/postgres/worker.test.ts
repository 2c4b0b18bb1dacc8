import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { postgresControlPlane } from '../../../src/adapters/postgres/control-plane.ts';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { work, type WorkerOptions } from '../../../src/adapters/postgres/worker.ts';
import type { ControlPlane } from '../../../src/core/control-plane/port.ts';
import { cancelTask, requestTask, tasks, type TaskRow } from '../../../src/core/tasks/task.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { connection, testDatabase, type TestDatabase } from '../../support/database.ts';
import { testEnvironment } from '../../support/environment.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { workerOptions } from '../../support/test-worker.ts';
import { until } from '../../support/until.ts';

const PROCESS = join(import.meta.dirname, '../../support/worker-process.ts');

describe('workers', function () {
  this.timeout(120_000);
  let database: TestDatabase;
  let url: string;
  let plane: ControlPlane;
  const running = new Set<ChildProcess>();
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.stop());
  beforeEach(async () => {
    url = await database.create();
    await migrate(connection(url), migrationsFolder());
    plane = postgresControlPlane(connection(url), 'acme', { client_id: 'acme', ops_role: 'operator' });
  });
  afterEach(() => {
    for (const child of running) child.kill('SIGKILL');
    running.clear();
  });

  const ask = (revision: string, key: string | null = null) =>
    plane.call(requestTask('acme', { kind: 'build', payload: { revision } }, key, randomUUID()));
  const all = () => plane.select(tasks({}, 1000));
  const one = async (id: string): Promise<TaskRow> => (await plane.select(tasks({ id }, 1)))[0]!;
  const when = (id: string, state: TaskRow['state']) =>
    until(`task ${state}`, async () => {
      const task = await one(id);
      return task.state === state && task;
    });
  /** Jobs that the queue still has. */
  const jobs = () => database.query(url, 'select key, locked_by, attempts from ops_queue.jobs');

  /** A worker in this process. */
  const start = (name: string, more: Partial<WorkerOptions> = {}) => {
    const stop = new AbortController();
    const ended = work({ ...connection(url), signal: stop.signal }, workerOptions(name, more));
    ended.catch(() => undefined);
    return { stop: () => (stop.abort(), ended), ended };
  };
  const once_ = (more: Partial<WorkerOptions> = {}) => work(connection(url), workerOptions('once', { once: true, ...more }));
  /** A worker as a process of its own. */
  const startProcess = (name: string): ChildProcess => {
    const child = spawn(process.execPath, ['--import', 'tsx', PROCESS, name], {
      env: testEnvironment({ WORKER_DATABASE: url }),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    running.add(child);
    return child;
  };

  it('do what was asked for before they came, and end where they shall not wait for more', async () => {
    const id = await ask('main');
    assert.deepEqual(await once_(), { passed: 1, failed: 0, retried: 0, returned: [] });
    const task = await one(id);
    assert.deepEqual([task.state, task.attempts, task.worker, task.message], ['passed', 1, 'once', 'done']);
    assert.ok(task.started_at !== null && task.finished_at !== null);
    assert.deepEqual(await jobs(), []);
    assert.deepEqual(await once_(), { passed: 0, failed: 0, retried: 0, returned: [] });
  });

  it('do what is asked for while they wait, at once', async () => {
    const worker = start('early', { pulse: 600_000 });
    await when(await ask('first'), 'passed');
    const begin = Date.now();
    await when(await ask('second'), 'passed');
    assert.ok(Date.now() - begin < 1500, `${Date.now() - begin} ms: told by the database, not found by looking`);
    await worker.stop();
  });

  it('share the work: each task is done once', async () => {
    const ids = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(`takes ${index % 5}0`)));
    const workers = ['a', 'b'].map((name) => start(name, { concurrency: 3 }));
    await until('all done', async () => (await all()).every(({ state }) => state === 'passed'));
    const tallies = await Promise.all(workers.map(({ stop }) => stop()));
    assert.equal(tallies[0]!.passed + tallies[1]!.passed, 50);
    const rows = await all();
    assert.deepEqual(rows.map(({ id }) => id).sort(), [...ids].sort());
    assert.ok(rows.every(({ attempts }) => attempts === 1));
    assert.deepEqual([...new Set(rows.map(({ worker }) => worker))].sort(), ['a', 'b']);
  });

  it('leave other clients alone', async () => {
    const globex = postgresControlPlane(connection(url), 'globex', { client_id: 'globex', ops_role: 'operator' });
    const theirs = await globex.call(requestTask('globex', { kind: 'build', payload: { revision: 'main' } }, null, randomUUID()));
    await ask('main');
    assert.equal((await once_()).passed, 1);
    assert.equal((await globex.select(tasks({ id: theirs }, 1)))[0]?.state, 'requested');
    assert.equal((await once_({ clientId: 'globex' })).passed, 1);
    assert.equal((await globex.select(tasks({ id: theirs }, 1)))[0]?.state, 'passed');
  });

  it('that are killed lose their tasks to others within seconds', async () => {
    const id = await ask('hangs');
    const first = startProcess('first');
    await when(id, 'running');
    const second = startProcess('second');
    // The lock of a worker that lives is respected, however often the other one looks: each task makes both look.
    await until('the second works too', async () => {
      await when(await ask('main'), 'passed');
      return (await all()).filter(({ worker }) => worker === 'second').length >= 3;
    });
    assert.equal((await one(id)).worker, 'first');
    first.kill('SIGKILL');
    const killed = Date.now();
    await until('taken up by the second', async () => (await one(id)).worker === 'second', 15_000);
    const waited = Date.now() - killed;
    assert.ok(waited < 8000, `${waited} ms`);
    const task = await one(id);
    assert.deepEqual([task.state, task.attempts], ['running', 2]);
    second.kill('SIGKILL');
  });

  it('that die of a task each time fail it in the end, and say so', async () => {
    const id = await ask('dies');
    for (const name of ['first', 'second']) await once(startProcess(name), 'exit');
    const worker = start('third');
    const task = await when(id, 'failed');
    assert.deepEqual([task.attempts, task.worker, task.message], [2, 'second', 'Its worker died in the last attempt.']);
    assert.deepEqual(await jobs(), []);
    await worker.stop();
  });

  it('that are stopped take no more, and let running tasks end', async () => {
    const [id, next] = [await ask('takes 1500'), await ask('takes 1501')];
    const worker = start('only', { concurrency: 1 });
    await when(id, 'running');
    assert.deepEqual(await worker.stop(), { passed: 1, failed: 0, retried: 0, returned: [] });
    assert.deepEqual([(await one(id)).state, (await one(next)).state], ['passed', 'requested']);
  });

  it('that are stopped give back what does not end in time: another worker has it at once, and the attempt does not count', async () => {
    const id = await ask('hangs');
    const child = startProcess('first');
    await when(id, 'running');
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];
    assert.equal(code, 0);
    const task = await one(id);
    assert.deepEqual([task.state, task.message], ['requested', 'Its worker was stopped; another one takes it up.']);
    const worker = start('second', { drain: 100 });
    await until('taken up', async () => (await one(id)).worker === 'second', 5000);
    assert.equal((await one(id)).attempts, 1);
    await worker.stop();
  });

  it('that lose their connection stop, because others do their tasks already', async () => {
    const id = await ask('hangs');
    const worker = start('first', { drain: 600_000 });
    await when(id, 'running');
    await database.query(
      url,
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'odoo-ops worker lock' and datname = current_database()",
    );
    await rejectsWith(worker.ended, 'unreachable');
    assert.equal((await one(id)).state, 'requested');
  });

  it('try again after a while what failed, and fail it after the last attempt with the reason, without secrets', async () => {
    const id = await ask('fails');
    const worker = start('patient');
    const waiting = await when(id, 'requested').then(() =>
      until('first attempt', async () => {
        const task = await one(id);
        return task.attempts === 1 && task.state === 'requested' && task;
      }),
    );
    assert.match(waiting.message ?? '', /^Attempt 1 of 2 failed: origin does not answer: .*\[redacted\]@example.com$/);
    const [job] = await database.query(url, 'select extract(epoch from run_at - now()) as wait, last_error from ops_queue.jobs');
    assert.ok(Number(job?.['wait']) > 0.5, 'it waits');
    assert.doesNotMatch(String(job?.['last_error']), /secret-word/);
    const failed = await when(id, 'failed');
    assert.deepEqual([failed.attempts, failed.message], [2, 'origin does not answer: https://ci:[redacted]@example.com']);
    assert.deepEqual(await worker.stop(), { passed: 0, failed: 1, retried: 1, returned: [] });
    assert.deepEqual(await jobs(), []);
  });

  it('do not try again what would end the same, nor what took too long in its last attempt', async () => {
    const refused = await ask('refuses');
    const slow = await plane.call(requestTask('acme', { kind: 'check', payload: {} }, null, randomUUID()));
    assert.deepEqual(await once_(), { passed: 0, failed: 2, retried: 0, returned: [] });
    assert.deepEqual([(await one(refused)).state, (await one(refused)).attempts, (await one(refused)).message], ['failed', 1, 'No.']);
    assert.deepEqual([(await one(slow)).state, (await one(slow)).message], ['failed', 'Took longer than it may.']);
  });

  it('leave out what was cancelled, also while it waited for its next attempt', async () => {
    const id = await ask('fails');
    assert.equal((await once_()).retried, 1);
    await plane.call(cancelTask('acme', id));
    const worker = start('late');
    await until('the job is gone', async () => (await jobs()).length === 0);
    const task = await one(id);
    assert.deepEqual([task.state, task.attempts], ['cancelled', 1]);
    await worker.stop();
  });

  it('ask for what the clock says once, however many they are, and late rather than not at all', async () => {
    const hour = (new Date().getUTCHours() + 12) % 24;
    const schedules: WorkerOptions['schedules'] = [
      { kind: 'evidence-sync', cron: `0 ${hour} * * *`, late: 36 * 3_600_000, due: (at) => at.getUTCHours() === hour },
      { kind: 'build', cron: `0 ${hour} * * *`, late: 36 * 3_600_000, due: () => false },
    ];
    // The first worker makes the schedule known; then none runs for two days.
    const first = start('first', { schedules });
    const known = "select to_regclass('ops_queue._private_known_crontabs') is not null as there";
    await until('a queue', async () => (await database.query(url, known))[0]?.['there'] === true);
    await until('known', async () => (await database.query(url, 'select from ops_queue._private_known_crontabs')).length === 2);
    await first.stop();
    assert.deepEqual(await all(), []);
    await database.query(
      url,
      "update ops_queue._private_known_crontabs set known_since = now() - interval '23 hours', last_execution = null",
    );
    const workers = ['a', 'b', 'c'].map((name) => start(name, { schedules }));
    await until('done', async () => (await all()).some(({ state }) => state === 'passed'));
    await until('the queue is empty', async () => (await jobs()).length === 0);
    for (const { stop } of workers) await stop();
    assert.deepEqual(
      (await all()).map(({ kind, key, requested_by, state }) => [kind, key, requested_by, state]),
      [['evidence-sync', 'schedule', 'schedule', 'passed']],
    );
  });

  it('make their queue again where it was lost, with everything that has not ended', async () => {
    const [hanging, waiting] = [await ask('hangs'), await ask('takes 1')];
    const child = startProcess('first');
    await when(hanging, 'running');
    await when(waiting, 'passed');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await database.query(url, 'drop schema ops_queue cascade');
    const worker = start('second', { drain: 0 });
    await until('taken up', async () => (await one(hanging)).worker === 'second');
    assert.equal((await one(waiting)).worker, 'first');
    await worker.stop();
  });

  it('connect as the owner of the schema, and say so to another', async () => {
    const name = `worker_${url.split('/').at(-1)!}`;
    await database.query(url, `create role ${name} login password 'very-secret-pw'; grant authenticated to ${name}`);
    const other = url.replace(/\/\/[^@]*@/, `//${name}:very-secret-pw@`);
    const error = await rejectsWith(work(connection(other), workerOptions('other', { once: true })), 'config', 'owner of schema ops');
    assert.doesNotMatch(`${error.message}${error.hint}`, /very-secret-pw/);
  });
});
