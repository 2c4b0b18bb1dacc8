import assert from 'node:assert/strict';
import type { AddressInfo, Server } from 'node:net';
import { dockerEngine } from '../../src/adapters/docker/engine.ts';
import { inspect } from '../../src/adapters/docker/containers.ts';
import { execute } from '../../src/adapters/docker/execute.ts';
import { putFiles } from '../../src/adapters/docker/files.ts';
import { inspectNetwork } from '../../src/adapters/docker/networks.ts';
import { odooName } from '../../src/adapters/docker/odoo.ts';
import { sharedName } from '../../src/adapters/docker/settings.ts';
import type { Attempt } from '../../src/core/pr-environments/identity.ts';
import { dockerTest, listen, type DockerTest } from '../support/docker/host.ts';
import { needsDocker } from '../support/docker/skip.ts';
import { rejectsWith } from '../support/rejects.ts';

const { signal } = new AbortController();
const SECRET = 'pw-that-nobody-may-see-81fd';
const MEMORY = 256 * 1024 ** 2;

/** What says whether a place is reached: the first bytes of who answers, or why not. */
const REACH = `
import socket, sys
try:
    s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)
    s.settimeout(3)
    print("reached", s.recv(16).decode())
except Exception as error:
    print(type(error).__name__, error)
`;

describe('an environment is locked in', function () {
  this.timeout(120_000);
  needsDocker();
  let test: DockerTest;
  let engine: ReturnType<typeof dockerEngine>;
  let host: Parameters<typeof execute>[0];
  let attempt: Attempt;
  let other: Attempt;
  /** Listen on all addresses of this machine, as a service of the host does. */
  let database: Server;
  let allowed: Server;
  let forbidden: Server;
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;

  before(async () => {
    test = await dockerTest('lock');
    // An Odoo that stands still: only its surroundings are asked here.
    const settings = { ...test.settings, command: ['python3', '-c', 'import time; time.sleep(600)'] };
    engine = dockerEngine(test.connection, settings);
    host = { connection: test.connection, settings };
    const serve = (word: string): Promise<Server> => listen((socket) => socket.end(word));
    database = await serve('the database');
    allowed = await serve('allowed');
    forbidden = await serve('forbidden');
    [attempt, other] = [test.attempt(1), test.attempt(2)];
    const egress = [`host.docker.internal:${portOf(allowed)}`, 'api.example.com:443'];
    for (const one of [attempt, other]) {
      await engine.makePlace(
        one,
        { cpus: 0.5, memory: MEMORY, egress: one === attempt ? egress : [] },
        { host: 'localhost', port: portOf(database) },
        signal,
      );
      await engine.makeFilestore(one, test.code, null, signal);
      await engine.start(one, test.code, `[options]\ndb_password = ${SECRET}\n`, signal);
    }
  });
  after(async () => {
    for (const server of [database, allowed, forbidden]) server.close();
    await test.clean();
  });

  const inside = async (program: readonly string[], name = odooName(attempt.identity)): Promise<string> =>
    (await execute(host, name, program, signal)).output.trim();
  const reach = (place: string, port: number, from?: string): Promise<string> =>
    inside(['python3', '-c', REACH, place, String(port)], from);
  const gatewayOf = async (network: string): Promise<string> => {
    const config = (await inspectNetwork(host, network, signal))?.IPAM?.Config?.[0];
    return config?.Gateway ?? config?.Subnet?.replace(/\d+\/\d+$/, '1') ?? '';
  };
  const addressOf = async (container: string, network: string): Promise<string> =>
    (await inspect(host, container, signal))?.NetworkSettings.Networks[network]?.IPAddress ?? '';

  it('reaches its database server and the mail catcher', async () => {
    assert.equal(await reach('database', portOf(database)), 'reached the database');
    assert.match(await reach('mailpit', 1025), /^reached 220 /);
  });

  it('reaches the one place outside that is allowed, and no other port of it', async () => {
    assert.equal(await reach('host.docker.internal', portOf(allowed)), 'reached allowed');
    assert.doesNotMatch(await reach('host.docker.internal', portOf(forbidden)), /reached/);
    assert.doesNotMatch(await reach('database', portOf(forbidden)), /reached/);
  });

  it('finds an allowed name at the relay, which itself finds it where everybody does', async () => {
    const resolve = ['python3', '-c', 'import socket; print(socket.gethostbyname("api.example.com"))'];
    const relay = await addressOf(`${attempt.identity.name}-relay`, attempt.identity.name);
    assert.equal(await inside(resolve), relay);
    const there = await inside(resolve, `${attempt.identity.name}-relay`);
    assert.doesNotMatch(there.split('\n').at(-1) ?? '', new RegExp(`^${relay.replaceAll('.', '\\.')}$`));
    assert.doesNotMatch(await inside(resolve, odooName(other.identity)), /^\d+\./);
  });

  it('does not reach the host, by whatever address', async () => {
    const gateways = await Promise.all(
      [attempt.identity.name, sharedName(test.settings.project, 'front'), sharedName(test.settings.project, 'out'), 'bridge'].map(
        gatewayOf,
      ),
    );
    assert.equal(gateways.filter((gateway) => /^\d+\.\d+\.\d+\.\d+$/.test(gateway)).length, 4, gateways.join());
    // That it would be seen if it could: who may go out finds the same listener there.
    const relay = `${attempt.identity.name}-relay`;
    assert.equal(await reach(gateways[2]!, portOf(forbidden), relay), 'reached forbidden');
    const seen = await Promise.all(gateways.map((gateway) => reach(gateway, portOf(forbidden))));
    for (const answer of seen) assert.doesNotMatch(answer, /reached/);
  });

  it('does not reach another environment, neither by address nor by name', async () => {
    const there = await addressOf(odooName(other.identity), other.identity.name);
    assert.match(there, /^\d+\./);
    const places = [there, odooName(other.identity), await addressOf(`${other.identity.name}-relay`, other.identity.name)];
    for (const answer of await Promise.all(places.map((place) => reach(place, portOf(database))))) {
      assert.doesNotMatch(answer, /reached|refused/);
    }
  });

  it('does not reach the internet, and asks no name server outside', async () => {
    assert.doesNotMatch(await reach('1.1.1.1', 53), /reached/);
    const begin = Date.now();
    assert.match(await reach('example.org', 80), /^gaierror/);
    assert.ok(Date.now() - begin < 15_000);
  });

  it("does not reach the proxy's admin API", async () => {
    const proxy = await addressOf(sharedName(test.settings.project, 'proxy'), attempt.identity.name);
    assert.match(proxy, /^\d+\./);
    assert.match(await reach(proxy, 2019), /ConnectionRefused/);
  });

  it('has the limits and no rights', async () => {
    const { HostConfig, Config } = (await inspect(host, odooName(attempt.identity), signal))!;
    assert.equal(HostConfig.Memory, MEMORY);
    assert.equal(HostConfig.MemorySwap, MEMORY);
    assert.equal(HostConfig.NanoCpus, 5e8);
    assert.ok((HostConfig.PidsLimit ?? 0) > 0);
    assert.equal(HostConfig.Privileged, false);
    assert.equal(Config.User, 'odoo');
    const memory = await inside(['sh', '-c', 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null']);
    assert.equal(memory, String(MEMORY));
    const status = await inside(['cat', '/proc/1/status']);
    assert.match(status, /^CapEff:\s0+$/m);
    assert.match(status, /^CapBnd:\s0+$/m);
    assert.match(status, /^NoNewPrivs:\s1$/m);
    assert.match(status, /^Uid:\s101\s/m);
  });

  it('keeps its password out of what the engine tells of it, and from everybody but Odoo', async () => {
    const info = await inspect(host, odooName(attempt.identity), signal);
    assert.ok(!JSON.stringify(info).includes(SECRET));
    assert.equal(await inside(['stat', '-c', '%a %U %G', '/etc/odoo-ops', '/etc/odoo-ops/odoo.conf']), '750 root odoo\n440 root odoo');
    assert.match(await inside(['cat', '/etc/odoo-ops/odoo.conf']), new RegExp(SECRET));
    assert.match(await engine.configuration(attempt.identity, signal).then(String), new RegExp(SECRET));
    const as = test.connection.docker.getContainer(odooName(attempt.identity));
    const exec = await as.exec({ Cmd: ['cat', '/etc/odoo-ops/odoo.conf'], User: 'nobody', AttachStdout: true, AttachStderr: true });
    const chunks: Buffer[] = [];
    for await (const chunk of await exec.start({ hijack: true, stdin: false })) chunks.push(chunk as Buffer);
    assert.match(Buffer.concat(chunks).toString(), /Permission denied/);
  });

  it('does not let code of the pull request change the configuration by which it is asked', async () => {
    const before = await engine.configuration(attempt.identity, signal);
    for (const command of [
      'chmod 600 /etc/odoo-ops/odoo.conf',
      'chmod 700 /etc/odoo-ops',
      'echo "smtp_server = mail.example.com" >> /etc/odoo-ops/odoo.conf',
      'rm /etc/odoo-ops/odoo.conf',
      'mv /etc/odoo-ops /etc/gone',
      'echo x > /etc/odoo-ops/other.conf',
    ])
      assert.match(await inside(['sh', '-c', command]), /Permission denied|not permitted|cannot create/, command);
    assert.equal(await engine.configuration(attempt.identity, signal), before);
  });

  it('reads no more of a configuration than one can be', async () => {
    const files = [{ path: 'etc/odoo-ops/odoo.conf', text: 'x'.repeat(70_000), mode: 0o440, uid: 0, gid: 0 }];
    await putFiles(host, odooName(other.identity), files, signal);
    await rejectsWith(engine.configuration(other.identity, signal), 'rejected', 'odoo.conf', 'larger than 64 kB');
    // A folder in its place, with much in it, is no configuration.
    const many = Array.from({ length: 50 }, (_, index) => `etc/odoo-ops/odoo.conf/${index}`);
    await putFiles(
      host,
      odooName(other.identity),
      ['etc/odoo-ops/odoo.conf', ...many].map((path, index) => ({ path, text: index === 0 ? null : path, mode: 0o755, uid: 0, gid: 0 })),
      signal,
    );
    assert.equal(await engine.configuration(other.identity, signal), null);
  });
});
