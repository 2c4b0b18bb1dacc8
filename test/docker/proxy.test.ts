import assert from 'node:assert/strict';
import type { AddressInfo, Server } from 'node:net';
import { caddyProxy } from '../../src/adapters/caddy/proxy.ts';
import { hashPassword } from '../../src/adapters/caddy/password.ts';
import { dockerEngine, proxyAdmin, proxyLog } from '../../src/adapters/docker/engine.ts';
import { sharedName } from '../../src/adapters/docker/settings.ts';
import { visitOf } from '../../src/core/pr-environments/access-log.ts';
import { initialConfig } from '../../src/core/pr-environments/caddy.ts';
import type { Engine } from '../../src/core/pr-environments/engine.ts';
import type { Attempt } from '../../src/core/pr-environments/identity.ts';
import type { Access, Proxy } from '../../src/core/pr-environments/proxy.ts';
import { askHost, upgrade } from '../support/caddy.ts';
import { dockerTest, listen, type DockerTest } from '../support/docker/host.ts';
import { needsDocker } from '../support/docker/skip.ts';
import { until } from '../support/until.ts';

const { signal } = new AbortController();

/** Says where it listens, on Odoo's two ports; the second one takes web sockets. */
const TWO_PORTS = `
import http.server, os, signal, threading
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'odoo at ' + self.headers['x-forwarded-host'].encode())
class Socket(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        self.send_response_only(101); self.send_header('Connection', 'Upgrade'); self.send_header('Upgrade', 'websocket'); self.end_headers()
        self.wfile.write(b'hello from gevent'); self.rfile.read(1); self.close_connection = True
threading.Thread(target=http.server.ThreadingHTTPServer(('', 8072), Socket).serve_forever, daemon=True).start()
http.server.HTTPServer(('', 8069), Page).serve_forever()
`;

describe('the proxy in front of environments on a real Docker engine', function () {
  this.timeout(120_000);
  needsDocker();
  let test: DockerTest;
  let engine: Engine;
  let proxy: Proxy;
  let attempt: Attempt;
  let access: Access;
  let port: number;
  let database: Server;
  const headers = { authorization: `Basic ${Buffer.from('preview:sesame').toString('base64')}` };

  before(async () => {
    test = await dockerTest('proxy');
    const { ports, image } = test.settings.proxy;
    port = ports.http;
    const configuration = JSON.stringify(initialConfig({ tls: 'off', ports }));
    engine = dockerEngine(test.connection, {
      ...test.settings,
      command: ['python3', '-uc', TWO_PORTS],
      proxy: { image, ports, configuration },
    });
    proxy = caddyProxy(proxyAdmin(test.connection, test.settings.project, signal), 'off');
    access = { kind: 'basic', user: 'preview', hash: await hashPassword('sesame') };
    attempt = test.attempt(4);
    // Somebody has to be there, and is asked nothing.
    database = await listen(() => undefined);
    await engine.makePlace(
      attempt,
      { cpus: 1, memory: 256 * 1024 ** 2, egress: [] },
      { host: '127.0.0.1', port: (database.address() as AddressInfo).port },
      signal,
    );
    await engine.makeFilestore(attempt, test.code, null, signal);
    await engine.start(attempt, test.code, '[options]\n', signal);
    await until('Odoo', async () => (await engine.ask(attempt.identity, '/', signal))?.status === 200);
  });
  after(async () => {
    (database as Server | undefined)?.close();
    await (test as DockerTest | undefined)?.clean();
  });

  const lead = (awake: boolean): Promise<void> =>
    proxy.put({ ...attempt, access, upstream: awake ? engine.upstream(attempt.identity) : null }, signal);

  it('leads from a port of the host through the door to the locked-in Odoo, its web socket too', async () => {
    await lead(true);
    const { host } = attempt.identity;
    assert.equal((await askHost(port, host, '/')).status, 401);
    const inside = await askHost(port, host, '/odoo', { headers });
    assert.deepEqual([inside.status, inside.body], [200, `odoo at ${host}`]);
    assert.match(await upgrade(port, host, [`Authorization: ${headers.authorization}`]), /hello from gevent/);
  });

  it('says what stands there, and who came', async () => {
    const [thing, ...others] = await proxy.things(test.settings.project, signal);
    assert.deepEqual([thing?.name, thing?.stamp, others], [attempt.identity.host, attempt.stamp, []]);
    const seen: string[] = [];
    const reading = new AbortController();
    const following = proxyLog(
      test.connection,
      test.settings.project,
      { tail: 1000, follow: true, onLine: (line) => void seen.push(...[visitOf(line)].flatMap((visit) => visit?.host ?? [])) },
      reading.signal,
    ).catch(() => undefined);
    await until('the visit', () => seen.includes(attempt.identity.host));
    reading.abort();
    await following;
  });

  it('shows a page while it sleeps, also after the proxy was killed, and Odoo again once it is awake', async () => {
    const { host } = attempt.identity;
    await lead(false);
    await engine.stop(attempt.identity, signal);
    const container = test.connection.docker.getContainer(sharedName(test.settings.project, 'proxy'));
    await container.kill();
    await container.start();
    await until('the proxy', () =>
      askHost(port, host, '/').then(
        ({ status }) => status === 401,
        () => false,
      ),
    );
    const [route] = await proxy.things(test.settings.project, signal);
    assert.deepEqual([route?.id, route?.name, route?.running], [attempt.identity.name, host, false]);
    const asleep = await askHost(port, host, '/odoo', { headers });
    assert.deepEqual([asleep.status, asleep.body.includes('Environment 4 wakes up')], [503, true]);
    await engine.wake(attempt.identity, signal);
    await until('Odoo', async () => (await engine.ask(attempt.identity, '/', signal))?.status === 200);
    await lead(true);
    assert.equal((await askHost(port, host, '/odoo', { headers })).status, 200);
  });

  it('forgets it', async () => {
    const [thing] = await proxy.things(test.settings.project, signal);
    assert.ok(thing && (await proxy.remove(thing, signal)));
    assert.equal((await askHost(port, attempt.identity.host, '/', { headers })).status, 404);
    assert.deepEqual(await proxy.things(test.settings.project, signal), []);
  });
});
