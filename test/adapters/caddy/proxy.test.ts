import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashPassword } from '../../../src/adapters/caddy/password.ts';
import { caddyProxy } from '../../../src/adapters/caddy/proxy.ts';
import { initialConfig } from '../../../src/core/pr-environments/caddy.ts';
import { environmentIdentity } from '../../../src/core/pr-environments/names.ts';
import type { Access, Proxy, Route } from '../../../src/core/pr-environments/proxy.ts';
import { visitOf } from '../../../src/core/pr-environments/access-log.ts';
import { freePort } from '../../support/free-port.ts';
import { until } from '../../support/until.ts';

const hasCaddy = spawnSync('caddy', ['version']).status === 0;
const { signal } = new AbortController();

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

describe('caddyProxy, with a real Caddy', function () {
  this.timeout(60_000);
  let folder: string;
  let caddy: ChildProcess;
  let proxy: Proxy;
  let admin: number;
  let port: number;
  let odoo: Server;
  let gevent: Server;
  const lines: string[] = [];

  const route = (number: number, access: Access, awake = true, branch = `feature/${number}`): Route => ({
    identity: environmentIdentity({ project: 'acme', number, branch, host: 'pr-<number>-<slug>.test' }),
    stamp: {
      project: 'acme',
      number,
      attempt: randomUUID(),
      commit: 'a'.repeat(40),
      branch,
      created_at: new Date().toISOString(),
      expires_at: null,
    },
    access,
    upstream: awake
      ? { http: `127.0.0.1:${(odoo.address() as AddressInfo).port}`, gevent: `127.0.0.1:${(gevent.address() as AddressInfo).port}` }
      : null,
  });

  const ask = (
    host: string,
    path: string,
    options: { headers?: Record<string, string>; method?: string; body?: Buffer } = {},
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port, path, method: options.method ?? 'GET', headers: { host, ...options.headers } },
        (answer) => {
          let body = '';
          answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
        },
      );
      asked.on('error', reject);
      asked.end(options.body);
    });

  const start = async (): Promise<void> => {
    const file = join(folder, 'caddy.json');
    caddy = spawn('caddy', ['run', '--resume', '--config', file], {
      env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
    });
    caddy.stdout?.on('data', (chunk: Buffer) => lines.push(...chunk.toString().split('\n')));
    await until('Caddy', () =>
      proxy.routes('acme', signal).then(
        () => true,
        () => false,
      ),
    );
  };
  const stop = (): Promise<unknown> => {
    const gone = new Promise((resolve) => caddy.once('exit', resolve));
    caddy.kill();
    return gone;
  };

  before(async function () {
    if (!hasCaddy) return this.skip();
    folder = mkdtempSync(join(tmpdir(), 'odoo-ops-caddy-'));
    [admin, port] = [await freePort(), await freePort()];
    const config = initialConfig({ tls: 'off', ports: { http: port, https: 8443 } });
    // The tests of several files run at a time: each Caddy has an admin port of its own here.
    writeFileSync(
      join(folder, 'caddy.json'),
      JSON.stringify({ ...config, admin: { listen: `127.0.0.1:${admin}`, origins: ['127.0.0.1:2019'] } }),
    );
    odoo = createServer((asked, answer) => {
      let bytes = 0;
      asked.on('data', (chunk: Buffer) => (bytes += chunk.length));
      asked.on('end', () => answer.end(JSON.stringify({ path: asked.url, bytes, headers: asked.headers })));
    }).listen(0, '127.0.0.1');
    gevent = createServer().on('upgrade', (_asked, socket) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello from gevent');
    });
    gevent.listen(0, '127.0.0.1');
    proxy = caddyProxy(() => {
      const socket = connect(admin, '127.0.0.1');
      return new Promise((resolve, reject) => socket.once('connect', () => resolve(socket)).once('error', reject));
    }, 'off');
    await start();
  });
  after(async () => {
    if (!hasCaddy) return;
    await stop();
    odoo.close();
    gevent.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('leads a host to its Odoo, and tells it the host that was asked for', async () => {
    const one = route(1, { kind: 'public' });
    await proxy.put(one, signal);
    const { status, body, headers } = await ask(one.identity.host, '/web/login?next=1');
    assert.equal(status, 200);
    const seen = JSON.parse(body) as { path: string; headers: Record<string, string> };
    assert.equal(seen.path, '/web/login?next=1');
    assert.equal(seen.headers['x-forwarded-host'], one.identity.host);
    assert.match(String(headers['x-robots-tag']), /noindex/);
    assert.equal(headers['server'], undefined);
  });

  it('says nothing about hosts that it does not know', async () => {
    const { status, body } = await ask('pr-99-secret.test', '/');
    assert.deepEqual([status, body], [404, 'Nothing here.\n']);
  });

  it('lets nobody in without the password, also not to the page of one that sleeps, and keeps the password from Odoo', async () => {
    const two = route(2, { kind: 'basic', user: 'preview', hash: await hashPassword('open sesame') });
    await proxy.put(two, signal);
    assert.equal((await ask(two.identity.host, '/')).status, 401);
    const headers = { authorization: `Basic ${Buffer.from('preview:open sesame').toString('base64')}` };
    const inside = await ask(two.identity.host, '/', { headers });
    assert.equal(inside.status, 200);
    assert.doesNotMatch(inside.body, /authorization/i);
    assert.equal(
      (await ask(two.identity.host, '/', { headers: { authorization: `Basic ${Buffer.from('preview:wrong').toString('base64')}` } }))
        .status,
      401,
    );
    await proxy.put({ ...two, upstream: null }, signal);
    assert.equal((await ask(two.identity.host, '/')).status, 401);
    const asleep = await ask(two.identity.host, '/', { headers });
    assert.equal(asleep.status, 503);
    assert.match(asleep.body, /Environment 2 wakes up/);
  });

  it('asks the door that the team has', async () => {
    const deciding = createServer((asked, answer) => {
      answer.statusCode = asked.headers['cookie'] === 'session=good' && asked.headers['x-forwarded-uri'] === '/web' ? 204 : 302;
      if (answer.statusCode === 302) answer.setHeader('location', 'https://login.test/');
      answer.end();
    }).listen(0, '127.0.0.1');
    await until('the door', () => deciding.address() !== null);
    const three = route(3, { kind: 'forward', url: `http://127.0.0.1:${(deciding.address() as AddressInfo).port}/verify` });
    await proxy.put(three, signal);
    const stranger = await ask(three.identity.host, '/web');
    assert.deepEqual([stranger.status, stranger.headers['location']], [302, 'https://login.test/']);
    assert.equal((await ask(three.identity.host, '/web', { headers: { cookie: 'session=good' } })).status, 200);
    deciding.close();
  });

  it('takes bodies of 50 MB and no larger ones (§8.3)', async () => {
    const four = route(4, { kind: 'public' });
    await proxy.put(four, signal);
    const fits = await ask(four.identity.host, '/', { method: 'POST', body: Buffer.alloc(50 * 1024 * 1024) });
    assert.equal((JSON.parse(fits.body) as { bytes: number }).bytes, 50 * 1024 * 1024);
    const larger = await ask(four.identity.host, '/', { method: 'POST', body: Buffer.alloc(50 * 1024 * 1024 + 1) }).catch(() => null);
    assert.ok(larger === null || larger.status === 413, String(larger?.status));
  });

  it('leads /websocket to the port that serves it', async () => {
    const five = route(5, { kind: 'public' });
    await proxy.put(five, signal);
    const socket = connect(port, '127.0.0.1');
    let heard = '';
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    socket.write(
      `GET /websocket HTTP/1.1\r\nHost: ${five.identity.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    await until('the upgrade', () => heard.includes('hello from gevent'));
    socket.destroy();
  });

  it('keeps its routes over a restart', async () => {
    const before = await proxy.routes('acme', signal);
    await stop();
    await start();
    assert.deepEqual(await proxy.routes('acme', signal), before);
  });

  it('lists, changes and removes two hundred routes of its own project and no other', async () => {
    const begin = performance.now();
    const hostile = '{env.HOME}"}],"handle":[{"handler":"static_response"}]';
    for (let number = 100; number < 300; number++)
      await proxy.put(route(number, { kind: 'public' }, false, number === 100 ? hostile : `fix/${number}`), signal);
    const other = {
      ...route(7, { kind: 'public' }),
      identity: { ...route(7, { kind: 'public' }).identity, project: 'acme-two', name: 'odoo-ops-acme-two-pr-7' },
    };
    await proxy.put({ ...other, stamp: { ...other.stamp, project: 'acme-two' } }, signal);
    const things = (await proxy.things('acme', signal)).filter(({ stamp }) => (stamp.number ?? 0) >= 100);
    assert.equal(things.length, 200);
    assert.equal(things.find(({ stamp }) => stamp.number === 100)?.stamp.branch, hostile);
    const changed = things[0]!;
    assert.equal(await proxy.remove({ ...changed, stamp: { ...changed.stamp, attempt: randomUUID() } }, signal), false);
    for (const thing of things) assert.equal(await proxy.remove(thing, signal), true);
    assert.equal(await proxy.remove(changed, signal), true);
    assert.equal((await proxy.things('acme', signal)).filter(({ stamp }) => (stamp.number ?? 0) >= 100).length, 0);
    assert.equal((await proxy.things('acme-two', signal)).length, 1);
    console.log(`      200 routes made, listed and removed in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  });

  it('tells visits in its log, without what they carry', async () => {
    const eight = route(8, { kind: 'public' });
    await proxy.put(eight, signal);
    await ask(eight.identity.host, '/web?token=very-secret', { headers: { cookie: 'session_id=very-secret' } });
    const visit = await until('the line', () => lines.map(visitOf).find((one) => one?.host === eight.identity.host));
    assert.ok(Math.abs(Date.now() - visit.at.getTime()) < 60_000);
    assert.equal(
      lines.some((line) => line.includes('very-secret')),
      false,
    );
    assert.equal(
      lines.map(visitOf).some((one) => one?.host === 'pr-2-feature-2.test' && one.at < new Date(0)),
      false,
    );
  });

  it('says what is wrong where nobody answers', async () => {
    const nobody = caddyProxy(() => Promise.reject(new Error('connection refused')), 'off');
    await assert.rejects(nobody.things('acme', signal), { code: 'unreachable' });
  });
});
