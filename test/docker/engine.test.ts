import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dockerEngine } from '../../src/adapters/docker/engine.ts';
import { inspect } from '../../src/adapters/docker/containers.ts';
import { execute } from '../../src/adapters/docker/execute.ts';
import { labelsOf } from '../../src/adapters/docker/labels.ts';
import { odooName } from '../../src/adapters/docker/odoo.ts';
import type { Attempt } from '../../src/core/pr-environments/identity.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { dockerTest, exposeToContainers, type DockerTest } from '../support/docker/host.ts';
import { needsDocker } from '../support/docker/skip.ts';
import { temporaryFolders } from '../support/temp.ts';
import { until } from '../support/until.ts';

const { signal } = new AbortController();
const PASSWORD = 'pw-of-the-role-53c7';
const BOUNDS = { cpus: 1, memory: 512 * 1024 ** 2, egress: [] };

describe('an environment on a real Docker engine', function () {
  this.timeout(120_000);
  needsDocker();
  const folder = temporaryFolders();
  let test: DockerTest;
  let engine: ReturnType<typeof dockerEngine>;
  let database: TestDatabase;
  let server: { port: number; close: () => void };
  let attempt: Attempt;
  let configuration: string;

  before(async () => {
    test = await dockerTest('life');
    engine = dockerEngine(test.connection, test.settings);
    database = await testDatabase();
    const url = new URL((await database.create()).replace(/[^/]+$/, 'postgres'));
    server = await exposeToContainers(Number(url.port));
    attempt = test.attempt(3);
    const { database: name } = attempt.identity;
    await database.query(url.href, `create role ${name} login password '${PASSWORD}'`);
    await database.query(url.href, `create database ${name} owner ${name}`);
  });
  after(async () => {
    server.close();
    await test.clean();
    await database.stop();
  });

  const listPart = async (part: string) => (await engine.things(test.settings.project, signal)).filter((thing) => thing.part === part);

  it('has a place: the database server of this machine, the mail catcher, and where Odoo listens', async () => {
    const place = await engine.makePlace(attempt, BOUNDS, { host: '127.0.0.1', port: server.port }, signal);
    assert.deepEqual(place.database, { host: 'database', port: server.port });
    assert.deepEqual(place.mail, { host: 'mailpit', port: 1025 });
    assert.equal(place.data_dir, '/var/lib/odoo');
    configuration = [
      '[options]',
      `db_host = ${place.database.host}`,
      `db_port = ${place.database.port}`,
      `db_user = ${attempt.identity.database}`,
      `db_password = ${PASSWORD}`,
      `data_dir = ${place.data_dir}`,
      `http_interface = ${place.http.interface}`,
      `http_port = ${place.http.port}`,
      'max_cron_threads = 0',
    ].join('\n');
    // The same again changes nothing: an interrupted build begins anew.
    const before = await listPart('network');
    await engine.makePlace(attempt, BOUNDS, { host: '127.0.0.1', port: server.port }, signal);
    assert.deepEqual((await listPart('network')).map(({ id }) => id).toSorted(), before.map(({ id }) => id).toSorted());
  });

  it('refuses a database server that no container reaches, and says so at once', async () => {
    const other = test.attempt(4);
    const [nobody] = [await exposeToContainers(1)];
    nobody.close();
    await assert.rejects(
      engine.makePlace(other, BOUNDS, { host: '127.0.0.1', port: nobody.port }, signal),
      /No container reaches the database server/,
    );
  });

  it("has a filestore: empty, or a copy of a template's that shares no inode", async () => {
    assert.ok((await engine.makeFilestore(attempt, test.code, null, signal)) < 10_000);
    const source = folder();
    mkdirSync(join(source, 'ab'));
    writeFileSync(join(source, 'ab/abcdef'), 'x'.repeat(100_000));
    writeFileSync(join(source, 'checklist with spaces – ü'), '');
    const stamp = { ...attempt.stamp, number: null, attempt: null, branch: null };
    await engine.storeTemplate('Staging of today', stamp, { folder: source }, signal);
    const bytes = await engine.makeFilestore(attempt, test.code, 'Staging of today', signal);
    assert.ok(bytes >= 100_000 && bytes < 200_000, String(bytes));
    await engine.storeTemplate('fresh-1', stamp, { environment: attempt.identity }, signal);
    assert.equal(await engine.makeFilestore(attempt, test.code, 'fresh-1', signal), bytes);
    await assert.rejects(engine.makeFilestore(attempt, test.code, 'never-made', signal), /never-made has no filestore/);
    await engine.makeFilestore(attempt, test.code, 'Staging of today', signal);
    const lines: string[] = [];
    const file = `/var/lib/odoo/filestore/${attempt.identity.database}/ab/abcdef`;
    const looking = dockerEngine(test.connection, { ...test.settings, command: ['sh', '-c', `stat -c '%s %U' ${file}`] });
    const job = { name: 'look', arguments: [], configuration, onLine: (line: string) => lines.push(line) };
    await looking.runOdoo(attempt, test.code, job, signal);
    assert.equal(lines[0], '100000 odoo');
    assert.equal((await listPart('job')).length, 0);
  });

  it("replaces a template's filestore when the new one is whole: until then the one before serves", async () => {
    const source = folder();
    writeFileSync(join(source, 'newer'), 'y'.repeat(300_000));
    const stamp = { ...attempt.stamp, number: null, attempt: null, branch: null, created_at: new Date().toISOString() };
    // As a store that was killed in the middle leaves it.
    const killed = { ...stamp, created_at: new Date(Date.now() + 1000).toISOString() };
    const Labels = { ...labelsOf('template', killed), 'odoo-ops.template': 'Staging of today' };
    await test.connection.docker.createVolume({ Name: `odoo-ops-${test.settings.project}-template-killed`, Labels });
    const before = await engine.makeFilestore(attempt, test.code, 'Staging of today', signal);
    assert.ok(before >= 100_000 && before < 200_000, String(before));
    await engine.storeTemplate(
      'Staging of today',
      { ...stamp, created_at: new Date(Date.now() + 2000).toISOString() },
      { folder: source },
      signal,
    );
    assert.ok((await engine.makeFilestore(attempt, test.code, 'Staging of today', signal)) >= 300_000);
    assert.equal((await listPart('template')).length, 2, 'this one and fresh-1');
    await assert.rejects(engine.storeTemplate('Staging of today', stamp, { folder: join(source, 'not-there') }, signal));
    assert.equal((await listPart('template')).length, 2, 'one that fails leaves nothing');
    assert.equal((await listPart('job')).length, 0);
  });

  it('lists the modules that Odoo finds, and who of them neutralises', async () => {
    const modules = await engine.listModules(attempt, test.code, signal);
    assert.deepEqual(modules.get('base'), { neutralizes: true });
    assert.ok(modules.has('web') && modules.has('mail'));
  });

  it("runs Odoo's command: its lines as they come, its exit code, and nothing left of it", async () => {
    const lines: Record<string, string[]> = { stdout: [], stderr: [] };
    const job = { name: 'modules', configuration, onLine: (line: string, stream: 'stdout' | 'stderr') => lines[stream]!.push(line) };
    assert.equal(await engine.runOdoo(attempt, test.code, { ...job, arguments: ['-i', 'base,mail', '--stop-after-init'] }, signal), 0);
    assert.ok(lines['stderr']!.some((line) => line.includes('Modules loaded.')));
    assert.equal(await engine.runOdoo(attempt, test.code, { ...job, arguments: ['neutralize', '--stdout'] }, signal), 0);
    assert.equal(lines['stdout']!.at(0), 'BEGIN;');
    assert.equal(lines['stdout']!.at(-1), 'COMMIT;');
    assert.notEqual(await engine.runOdoo(attempt, test.code, { ...job, arguments: ['--no-such-option'] }, signal), 0);
    assert.equal((await listPart('job')).length, 0);
  });

  it('ends a job at once where it is cancelled, and leaves nothing of it', async () => {
    const person = new AbortController();
    const running = engine.runOdoo(
      attempt,
      test.code,
      { name: 'modules', arguments: [], configuration, onLine: (line) => line.includes('HTTP service') && person.abort() },
      person.signal,
    );
    await assert.rejects(running, (error: { code?: string }) => error.code === 'cancelled');
    assert.equal((await listPart('job')).length, 0);
  });

  it('says that a job used too much memory', async () => {
    const small = test.attempt(5);
    await engine.makePlace(small, { ...BOUNDS, memory: 16 * 1024 ** 2 }, { host: '127.0.0.1', port: server.port }, signal);
    await engine.makeFilestore(small, test.code, null, signal);
    const lines: string[] = [];
    const hungry = { ...test.settings, command: ['python3', '-c', 'x = bytearray(200 * 1024 ** 2); print(len(x))'] };
    const job = { name: 'modules', arguments: [], configuration, onLine: (line: string) => lines.push(line) };
    assert.equal(await dockerEngine(test.connection, hungry).runOdoo(small, test.code, job, signal), null);
    assert.match(lines.at(-1) ?? '', /more memory than it may: 16 MB/);
  });

  it('starts Odoo, which answers past the proxy, and is asked for its configuration', async () => {
    await engine.start(attempt, test.code, configuration, signal);
    assert.deepEqual(
      await until('Odoo answers', async () => {
        const answer = await engine.ask(attempt.identity, '/web/health?db_server_status=1', signal);
        return answer?.status === 200 && answer;
      }),
      { status: 200, location: null },
    );
    assert.deepEqual(await engine.ask(attempt.identity, '/odoo', signal), { status: 303, location: '/web/login' });
    assert.equal(await engine.configuration(attempt.identity, signal), configuration);
    assert.equal(await engine.ended(attempt.identity, signal), null);
    const { http } = engine.upstream(attempt.identity);
    const seen = await execute(
      { connection: test.connection, settings: test.settings },
      `odoo-ops-${test.settings.project}-proxy`,
      ['nc', '-z', ...http.split(':')],
      signal,
    );
    assert.equal(seen.exitCode, 0);
  });

  it('starts it again in the stead of what ran', async () => {
    const [first] = await listPart('odoo');
    await engine.start(attempt, test.code, configuration, signal);
    const [second, ...more] = await listPart('odoo');
    assert.notEqual(second?.id, first?.id);
    assert.deepEqual(more, []);
  });

  it('tells its log, and follows it over a stop and a start, until the signal', async () => {
    const reader = new AbortController();
    const lines: string[] = [];
    const following = engine.logs(attempt.identity, { tail: 1, follow: true, onLine: (line) => lines.push(line) }, reader.signal);
    await until('the first line', () => lines.length > 0);
    await engine.stop(attempt.identity, signal);
    assert.equal(await engine.ask(attempt.identity, '/web/health', signal), null);
    assert.equal(await engine.ended(attempt.identity, signal), null, 'it was stopped, it did not end by itself');
    assert.equal((await listPart('odoo'))[0]?.running, false);
    assert.equal(await engine.wake(attempt.identity, signal), true);
    await until('it answers again', async () => (await engine.ask(attempt.identity, '/web/login', signal))?.status === 200);
    await until('the log of the second start', () => lines.some((line) => line.includes('/web/login')));
    reader.abort();
    await following;
    assert.equal(new Set(lines).size, lines.length, 'no line twice');
    const all: string[] = [];
    await engine.logs(attempt.identity, { tail: 1000, follow: false, onLine: (line) => all.push(line) }, signal);
    assert.ok(all.length > lines.length / 2);
  });

  it('comes back by itself after it was killed, as after a reboot', async function () {
    const container = await inspect(test, odooName(attempt.identity), signal);
    assert.equal(container?.HostConfig.RestartPolicy?.Name, 'unless-stopped');
    if (process.getuid?.() !== 0) this.skip();
    process.kill(container.State.Pid, 'SIGKILL');
    await until('it runs again', async () => {
      const now = await inspect(test, odooName(attempt.identity), signal);
      return now?.State.Running === true && now.State.Pid !== container.State.Pid && now.State.Pid !== 0;
    });
    await until('it answers again', async () => (await engine.ask(attempt.identity, '/web/login', signal))?.status === 200);
  });

  it('says of an Odoo that ends by itself why, in its own words', async () => {
    await engine.start(
      attempt,
      test.code,
      configuration.replace('[options]', '[options]\nhttp_port = nonsense').replace('http_port = 8069', ''),
      signal,
    );
    const ended = await until('it is seen to have ended', () => engine.ended(attempt.identity, signal));
    assert.equal(ended.exitCode, 1);
    assert.ok(
      ended.lines.some((line) => line.includes('ValueError')),
      ended.lines.join('\n'),
    );
  });

  it('says what is wrong with an image that does not start', async () => {
    const broken = dockerEngine(test.connection, { ...test.settings, command: ['no-such-program'] });
    await assert.rejects(broken.start(attempt, test.code, configuration, signal), /no-such-program/);
    assert.equal(await engine.wake(test.attempt(99).identity, signal), false);
    assert.equal(await engine.configuration(test.attempt(99).identity, signal), null);
  });

  it('makes way for a newer attempt: nothing of the older one is left', async () => {
    const newer = test.attempt(3);
    await engine.makePlace(newer, BOUNDS, { host: '127.0.0.1', port: server.port }, signal);
    await engine.makeFilestore(newer, test.code, null, signal);
    const things = (await engine.things(test.settings.project, signal)).filter(({ stamp }) => stamp.number === 3);
    assert.deepEqual([...new Set(things.map(({ stamp }) => stamp.attempt))], [newer.id]);
    assert.deepEqual(things.map(({ part }) => part).toSorted(), ['filestore', 'network', 'relay']);
  });
});
