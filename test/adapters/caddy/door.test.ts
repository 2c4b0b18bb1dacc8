import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { hashPassword } from '../../../src/adapters/caddy/password.ts';
import { caddyProxy } from '../../../src/adapters/caddy/proxy.ts';
import { visitOf } from '../../../src/core/pr-environments/access-log.ts';
import type { Access, Proxy, Route } from '../../../src/core/pr-environments/proxy.ts';
import {
  askHost,
  echo,
  listening,
  needsCaddy,
  socketEnd,
  testCaddy,
  upgrade,
  type Listening,
  type TestCaddy,
} from '../../support/caddy.ts';
import { PUBLIC, testRoute } from '../../support/caddy-route.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const { signal } = new AbortController();
const PASSWORD = 'öpen sesame: $2b$';
const basic = (word: string) => ({ authorization: `Basic ${Buffer.from(`preview:${word}`).toString('base64')}` });

describe('the door of an environment, with a real Caddy', function () {
  this.timeout(60_000);
  needsCaddy();
  const folder = temporaryFolders();
  let caddy: TestCaddy;
  let proxy: Proxy;
  let odoo: Listening;
  let gevent: Listening;
  let deciding: Listening;
  const asked: { url: string | undefined; method: string | undefined; host: string | undefined; by: unknown }[] = [];

  before(async () => {
    caddy = await testCaddy(folder(), 'off');
    proxy = caddyProxy(caddy.admin, 'off');
    const decide = createServer(({ url, method, headers }, answer) => {
      asked.push({
        url,
        method,
        host: headers.host,
        by: [headers['x-forwarded-method'], headers['x-forwarded-uri'], headers['x-forwarded-host']],
      });
      if (headers.cookie === 'session=good') answer.writeHead(204).end();
      else answer.writeHead(302, { location: 'https://login.test/', 'set-cookie': 'back=1' }).end('Log in');
    });
    // It speaks no web socket.
    decide.on('upgrade', (_asked, socket) => socket.destroy());
    [odoo, gevent, deciding] = await Promise.all([echo(), socketEnd(), listening(decide)]);
  });
  after(async () => {
    for (const one of [odoo, gevent, deciding] as (Listening | undefined)[]) one?.close();
    await (caddy as TestCaddy | undefined)?.stop();
  });

  const put = async (number: number, access: Access): Promise<Route> => {
    const route = testRoute(number, access, { http: odoo.address, gevent: gevent.address });
    await proxy.put(route, signal);
    return route;
  };
  const ask = (host: string, path: string, options?: Parameters<typeof askHost>[3]) => askHost(caddy.ports.http, host, path, options);

  it('lets nobody in without the password: not to Odoo, its web socket, or the page of one that sleeps', async () => {
    const route = await put(2, { kind: 'basic', user: 'preview', hash: await hashPassword(PASSWORD) });
    const { host } = route.identity;
    const outside = await ask(host, '/');
    assert.deepEqual([outside.status, outside.headers['www-authenticate'], outside.body], [401, 'Basic realm="Preview"', '']);
    assert.equal((await ask(host, '/', { headers: basic('wrong') })).status, 401);
    assert.match(await upgrade(caddy.ports.http, host), /^HTTP\/1\.1 401/);
    await proxy.put({ ...route, upstream: null }, signal);
    assert.equal((await ask(host, '/')).status, 401);
    assert.equal((await ask(host, '/', { headers: basic(PASSWORD) })).status, 503);
  });

  it('lets in whoever has it, and keeps it from Odoo', async () => {
    const { host } = (await put(2, { kind: 'basic', user: 'preview', hash: await hashPassword(PASSWORD) })).identity;
    const inside = await ask(host, '/', { headers: basic(PASSWORD) });
    assert.equal(inside.status, 200);
    assert.doesNotMatch(inside.body, /authorization/i);
    const header = Object.entries(basic(PASSWORD)).map(([name, value]) => `${name}: ${value}`);
    assert.match(await upgrade(caddy.ports.http, host, header), /hello from gevent/);
  });

  it('compares a password once, and not for each file of a page', async () => {
    const before = performance.now();
    const hash = await hashPassword(PASSWORD);
    const once = performance.now() - before;
    const { host } = (await put(3, { kind: 'basic', user: 'preview', hash })).identity;
    await ask(host, '/', { headers: basic(PASSWORD) });
    const begun = performance.now();
    for (let file = 0; file < 60; file++) assert.equal((await ask(host, '/x.js', { headers: basic(PASSWORD) })).status, 200);
    assert.ok(performance.now() - begun < 20 * once, `${performance.now() - begun} ms, and ${once} ms for one`);
  });

  it("asks the team's own, tells it what was asked for, and passes on what it says", async () => {
    const { host } = (await put(4, { kind: 'forward', url: `http://${deciding.address}/verify?team=a` })).identity;
    asked.length = 0;
    const stranger = await ask(host, '/odoo/sales?view=list', { method: 'POST', body: Buffer.from('a=1') });
    assert.deepEqual(
      [stranger.status, stranger.headers.location, stranger.headers['set-cookie'], stranger.body],
      [302, 'https://login.test/', ['back=1'], 'Log in'],
    );
    assert.deepEqual(asked, [
      { url: '/verify?team=a', method: 'GET', host: deciding.address, by: ['POST', '/odoo/sales?view=list', host] },
    ]);
  });

  it('leads on to Odoo with all that was sent, web socket too', async () => {
    const { host } = (await put(4, { kind: 'forward', url: `http://${deciding.address}/verify` })).identity;
    const cookie = { cookie: 'session=good' };
    const inside = await ask(host, '/odoo?x=1', { method: 'POST', headers: cookie, body: Buffer.alloc(1_000_000) });
    const seen = JSON.parse(inside.body) as { path: string; bytes: number; headers: Record<string, string> };
    assert.deepEqual([inside.status, seen.path, seen.bytes, seen.headers['x-forwarded-host']], [200, '/odoo?x=1', 1_000_000, host]);
    assert.match(await upgrade(caddy.ports.http, host, ['Cookie: session=good']), /hello from gevent/);
    assert.doesNotMatch(await upgrade(caddy.ports.http, host), /hello from gevent/);
  });

  it('is shut where it cannot be asked', async () => {
    const { host } = (await put(5, { kind: 'forward', url: 'http://127.0.0.1:9/verify' })).identity;
    assert.equal((await ask(host, '/')).status, 502);
  });

  it('does not count those outside as visitors', async () => {
    await until('the log', async () => {
      const { host } = (await put(6, PUBLIC)).identity;
      await ask(host, '/last');
      return caddy.lines.some((line) => visitOf(line)?.host === host);
    });
    const four = testRoute(4, PUBLIC, null).identity.host;
    const statuses = caddy.lines
      .filter((line) => visitOf(line)?.host === four)
      .map((line) => (JSON.parse(line) as { status: number }).status);
    assert.deepEqual([...new Set(statuses)], [200]);
  });
});
