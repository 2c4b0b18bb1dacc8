import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cliBundle } from '../support/bundle.ts';
import { cli, json, startCli } from '../support/cli.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testEnvironment } from '../support/environment.ts';
import { cloneOf, commit, git, sampleIn, tipOf, write } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';
import { until } from '../support/until.ts';

const listed = (stdout: string) =>
  JSON.parse(stdout) as { id: string; kind: string; state: string; message: string; evidence_id: string; worker: string }[];

describe('odoo-ops tasks and odoo-ops worker', function () {
  this.timeout(120_000);
  const folder = temporaryFolders();
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.stop());

  async function site() {
    const { root, origin } = sampleIn(folder());
    const env = { DATABASE_URL: await database.create() };
    assert.equal((await cli(root, ['control-plane', 'migrate'], { env })).code, 0);
    const run = (...args: string[]) => cli(root, args, { env });
    const tasks = async () => listed((await run('tasks', '--json')).stdout);
    return { root, origin, env, run, tasks };
  }

  it('ask for work, do it in the clone with what the remote holds, and tell what came of it', async () => {
    const { origin, run, tasks } = await site();
    // Somebody else's work: this clone has not heard of it, and its own `main` will not move.
    const other = cloneOf(origin, join(folder(), 'other'));
    write(other, { 'requirements.txt': '# none\n' });
    commit(other, 'Pin nothing');
    git(other, ['push', '--quiet', 'origin', 'main']);
    const { id } = json(await run('tasks', 'request', 'build', '{"revision": "main", "verify": true}', '--json'));
    assert.match((await run('tasks', 'request', 'check', '--key', 'nightly')).stdout, /^Asked for: task /);
    await run('tasks', 'request', 'check', '--key', 'nightly');
    await run('tasks', 'request', 'evidence-prune');
    await run('tasks', 'request', 'build', '{"revision": "nobody/has-this"}');
    const worker = await run('worker', '--once', '--concurrency', '1', '--json');
    assert.equal(worker.code, 1, worker.stderr);
    assert.deepEqual(json(worker), { passed: 3, failed: 1, retried: 0, returned: 0 });
    const all = await tasks();
    assert.deepEqual(all.map(({ kind, state }) => `${kind} ${state}`).sort(), [
      'build failed',
      'build passed',
      'check passed',
      'evidence-prune passed',
    ]);
    const built = all.find(({ message }) => message.startsWith('Built'))!;
    assert.deepEqual([built.id, built.state], [id, 'passed']);
    assert.ok(built.message.includes(tipOf(origin, 'main')), built.message);
    const record = json(await run('evidence', 'show', built.evidence_id, '--json'))['record'] as { plan: { verify: boolean } };
    assert.equal(record.plan.verify, true);
    const text = (await run('tasks', 'list', '--state', 'failed')).stdout;
    assert.match(text, /build +failed .*nobody\/has-this/);
  });

  it('run what is asked for until they are stopped; Ctrl-C is no failure', async () => {
    const { root, env, run, tasks } = await site();
    const worker = startCli(root, ['worker'], { env });
    await run('tasks', 'request', 'evidence-sync');
    await until('done', async () => (await tasks())[0]?.state === 'passed');
    assert.match((await tasks())[0]!.worker, new RegExp(`:${worker.pid}$`));
    worker.child.kill('SIGINT');
    const { code, stdout, stderr } = await worker.ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^1 task passed, 0 failed\n$/);
    assert.doesNotMatch(stderr, /Warning|postgresql:/);
  });

  it('cancel what waits, by the beginning of its id', async () => {
    const { run, tasks } = await site();
    await run('tasks', 'request', 'check');
    const [task] = await tasks();
    assert.equal((await run('tasks', 'cancel', task!.id.slice(0, 8))).code, 0);
    assert.equal((await tasks())[0]?.state, 'cancelled');
    const again = await run('tasks', 'cancel', task!.id.slice(0, 8));
    assert.equal(again.code, 2);
    assert.match(again.stderr, /No waiting task/);
    assert.match((await run('tasks', 'cancel', task!.id)).stderr, /is cancelled/);
  });

  it('say what is wrong with what is asked for', async () => {
    const { run } = await site();
    for (const [args, words] of [
      [['deploy'], /"deploy"/],
      [['build'], /revision/],
      [['build', '{'], /Expected JSON/],
      [['check', '{"fast": true}'], /fast/],
    ] as const) {
      const { code, stderr } = await run('tasks', 'request', ...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, words);
    }
    assert.equal((await run('worker', '--drain', 'soon')).code, 2);
  });

  it('need a connection to PostgreSQL: without one, and with the API alone, they say which', async () => {
    const { root } = sampleIn(folder());
    write(root, { 'odoo-ops.yml': 'control_plane:\n  supabase: { url: "http://127.0.0.1:9", publishable_key: sb_publishable_x }\n' });
    const { code, stderr } = await cli(root, ['worker', '--once']);
    assert.equal(code, 2);
    assert.match(stderr, /no connection to the PostgreSQL.*\n.*DATABASE_URL/);
  });

  it('work from the built files alone, without node_modules', async () => {
    const { root, env, run, tasks } = await site();
    await run('tasks', 'request', 'check');
    const bundle = dirname(cliBundle());
    const copy = folder();
    cpSync(bundle, join(copy, 'dist'), { recursive: true });
    copyFileSync(join(bundle, '../package.json'), join(copy, 'package.json'));
    const migrations = 'src/adapters/postgres/migrations';
    mkdirSync(join(copy, dirname(migrations)), { recursive: true });
    cpSync(join(bundle, '..', migrations), join(copy, migrations), { recursive: true });
    assert.ok(!existsSync(join(copy, 'node_modules')));
    const output = execFileSync(process.execPath, [join(copy, 'dist/cli.cjs'), 'worker', '--once'], {
      cwd: root,
      env: testEnvironment(env),
      encoding: 'utf8',
      stdio: 'pipe',
    });
    assert.match(output, /^1 task passed/);
    assert.equal((await tasks())[0]?.state, 'passed');
  });
});
