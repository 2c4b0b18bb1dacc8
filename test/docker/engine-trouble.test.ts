import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer, connect as connectSocket, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { askOdoo } from '../../src/adapters/docker/ask-odoo.ts';
import { connect } from '../../src/adapters/docker/connect.ts';
import { dockerEngine } from '../../src/adapters/docker/engine.ts';
import { sharedName } from '../../src/adapters/docker/settings.ts';
import { isOpsError, OpsError } from '../../src/core/errors.ts';
import { dockerTest, listen, type DockerTest } from '../support/docker/host.ts';
import { needsDocker } from '../support/docker/skip.ts';
import { temporaryFolders } from '../support/temp.ts';
import { until } from '../support/until.ts';

const { signal } = new AbortController();
const SOCKET = '/var/run/docker.sock';
const BOUNDS = { cpus: 1, memory: 2 ** 28, egress: [] };
const JOB = { name: 'modules', arguments: [], configuration: '[options]\n', onLine: () => undefined };

describe('trouble with a real Docker engine', function () {
  this.timeout(120_000);
  needsDocker();
  const folder = temporaryFolders();
  let test: DockerTest;
  /** Who is looked at as the database server: it only has to be there. */
  let database: Server;
  let place: { host: string; port: number };

  before(async () => {
    test = await dockerTest('trouble');
    database = await listen((socket) => socket.end());
    place = { host: 'localhost', port: (database.address() as { port: number }).port };
  });
  after(async () => {
    database.close();
    await test.clean();
  });

  it('makes three environments at once on a host that has nothing yet', async () => {
    const attempts = [1, 2, 3].map((number) => test.attempt(number));
    await Promise.all(attempts.map((attempt) => dockerEngine(test.connection, test.settings).makePlace(attempt, BOUNDS, place, signal)));
    const things = await dockerEngine(test.connection, test.settings).things(test.settings.project, signal);
    const running = things.filter(({ kind, running }) => kind === 'container' && running).map(({ part }) => part);
    assert.deepEqual(running.toSorted(), ['mail', 'proxy', 'relay', 'relay', 'relay']);
    const proxy = await test.connection.docker.getContainer(`odoo-ops-${test.settings.project}-proxy`).inspect();
    for (const { identity } of attempts) assert.ok(identity.name in proxy.NetworkSettings.Networks, identity.name);
  });

  it('an engine that goes away in the middle is unreachable, and what was begun is found afterwards', async function () {
    if (!existsSync(SOCKET)) this.skip();
    // The way to the engine, which can be shut.
    const open = new Set<Socket>();
    const way = createServer((socket) => {
      const there = connectSocket(SOCKET);
      for (const one of [socket, there]) {
        open.add(one);
        one.on('error', () => (socket.destroy(), there.destroy()));
      }
      socket.pipe(there).pipe(socket);
    });
    const path = join(folder(), 'docker.sock');
    way.listen(path).unref();
    const connection = await connect({ DOCKER_HOST: `unix://${path}` }, signal);
    const sleeping = { ...test.settings, command: ['python3', '-uc', 'import time; print("here", flush=True); time.sleep(300)'] };
    const engine = dockerEngine(connection, sleeping);
    const attempt = test.attempt(4);
    await engine.makePlace(attempt, BOUNDS, place, signal);
    await engine.makeFilestore(attempt, test.code, null, signal);
    const running = engine.runOdoo(
      attempt,
      test.code,
      {
        ...JOB,
        onLine: () => {
          way.close();
          for (const socket of open) socket.destroy();
        },
      },
      signal,
    );
    await assert.rejects(running, (error) => isOpsError(error, 'unreachable'));
    await assert.rejects(engine.things(test.settings.project, signal), (error) => isOpsError(error, 'unreachable'));
    const again = dockerEngine(test.connection, { ...test.settings, command: ['true'] });
    const left = (await again.things(test.settings.project, signal)).find(({ part }) => part === 'job');
    assert.ok(left, 'nobody could take it away');
    assert.equal(await again.runOdoo(attempt, test.code, JOB, signal), 0);
    assert.equal(
      (await again.things(test.settings.project, signal)).some(({ part }) => part === 'job'),
      false,
    );
  });

  it('says that a port of the proxy is taken', async () => {
    const busy = await listen(() => undefined);
    const other = await dockerTest('busy');
    const port = (busy.address() as { port: number }).port;
    const settings = { ...other.settings, proxy: { ...other.settings.proxy, ports: { http: port, https: port + 1 } } };
    await assert.rejects(dockerEngine(other.connection, settings).makePlace(other.attempt(1), BOUNDS, place, signal), (error) => {
      assert.ok(isOpsError(error, 'failed'));
      assert.match(error.hint ?? '', /pull_requests\.ports/);
      return true;
    });
    busy.close();
    // What was begun does not keep the next try from it.
    await dockerEngine(other.connection, other.settings).makePlace(other.attempt(1), BOUNDS, place, signal);
    await other.clean();
  });

  it('says that an image cannot be had', async () => {
    const other = await dockerTest('image');
    const settings = { ...other.settings, mail: { image: 'localhost:1/no/such-image:1' } };
    await assert.rejects(dockerEngine(other.connection, settings).makePlace(other.attempt(1), BOUNDS, place, signal), (error) => {
      assert.ok(isOpsError(error), String(error));
      assert.match(error.message, /no\/such-image/);
      assert.match(error.hint ?? '', /docker (?:pull|save)/);
      return true;
    });
    await other.clean();
  });

  it('refuses a user that the image does not have, and root', async () => {
    const attempt = test.attempt(5);
    const engineOf = (user: string) => dockerEngine(test.connection, { ...test.settings, user });
    await assert.rejects(
      engineOf('nobody-such').makeFilestore(attempt, test.code, null, signal),
      /no user nobody-such|unable to find user/,
    );
    await assert.rejects(engineOf('root').makeFilestore(attempt, test.code, null, signal), /root/);
  });

  it('a line that a listener throws at ends the job, and nothing of it is left', async () => {
    const attempt = test.attempt(4);
    const engine = dockerEngine(test.connection, { ...test.settings, command: ['python3', '-uc', 'while True: print("x" * 1000)'] });
    await engine.makePlace(attempt, BOUNDS, place, signal);
    await engine.makeFilestore(attempt, test.code, null, signal);
    const onLine = (): never => {
      throw new Error('The evidence cannot be written.');
    };
    await assert.rejects(engine.runOdoo(attempt, test.code, { ...JOB, onLine }, signal), /evidence cannot be written/);
    await until('it is gone', async () => !(await engine.things(test.settings.project, signal)).some(({ part }) => part === 'job'));
  });

  it('does not wait for ever for an Odoo that accepts and never answers, and a cancel ends it at once', async () => {
    const attempt = test.attempt(6);
    const mute = 'import socket, time; s = socket.create_server(("0.0.0.0", 8069), backlog=50); print("here"); time.sleep(600)';
    const host = { connection: test.connection, settings: { ...test.settings, command: ['python3', '-uc', mute] } };
    const engine = dockerEngine(host.connection, host.settings);
    await engine.makePlace(attempt, BOUNDS, place, signal);
    await engine.makeFilestore(attempt, test.code, null, signal);
    await engine.start(attempt, test.code, '[options]\n', signal);
    const lines: string[] = [];
    await until('it listens', async () => {
      await engine.logs(attempt.identity, { tail: 10, follow: false, onLine: (line) => lines.push(line) }, signal);
      return lines.includes('here');
    });
    const begin = Date.now();
    assert.equal(await askOdoo(host, attempt.identity, '/web/health', signal, 2000), null);
    assert.ok(Date.now() - begin >= 1900 && Date.now() - begin < 10_000, `${Date.now() - begin} ms`);
    // Nothing of the question stays in the proxy, where all environments' questions are asked.
    const proxy = test.connection.docker.getContainer(sharedName(test.settings.project, 'proxy'));
    const asking = async () =>
      ((await proxy.top()) as { Processes: string[][] }).Processes.map((words) => words.at(-1) ?? '').filter((words) =>
        words.startsWith('nc '),
      );
    await until('nc ended', async () => (await asking()).length === 0, 10_000);
    const person = new AbortController();
    const reason = new OpsError('cancelled', 'Somebody pressed a key.');
    const asked = engine.ask(attempt.identity, '/web/health', person.signal);
    await until('it is asked', async () => (await asking()).length > 0);
    const left = Date.now();
    person.abort(reason);
    await assert.rejects(asked, (error) => error === reason);
    assert.ok(Date.now() - left < 5000);
  });
});
