import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { PassThrough } from 'node:stream';
import { askAdmin } from '../../../src/adapters/caddy/admin.ts';
import { caddyProxy } from '../../../src/adapters/caddy/proxy.ts';
import { caddyReader } from '../../../src/adapters/formats/proxies/caddy.ts';
import { caddyRoute } from '../../../src/core/pr-environments/caddy-route.ts';
import { initialConfig } from '../../../src/core/pr-environments/caddy.ts';
import { productionLimits } from '../../../src/core/policy/production-limits.ts';
import type { Proxy, Route } from '../../../src/core/pr-environments/proxy.ts';
import type { Thing } from '../../../src/core/pr-environments/thing.ts';
import { visitOf } from '../../../src/core/pr-environments/access-log.ts';
import { askHost, echo, needsCaddy, socketEnd, testCaddy, upgrade, type Listening, type TestCaddy } from '../../support/caddy.ts';
import { PUBLIC, testRoute } from '../../support/caddy-route.ts';
import { findingsOf, repositoryFacts } from '../../support/policy-facts.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const { signal } = new AbortController();
const MAX_BODY = 50 * 1024 * 1024;

describe('caddyProxy, with a real Caddy', function () {
  this.timeout(60_000);
  needsCaddy();
  const folder = temporaryFolders();
  let caddy: TestCaddy;
  let proxy: Proxy;
  let odoo: Listening;
  let gevent: Listening;

  before(async () => {
    caddy = await testCaddy(folder(), 'off');
    proxy = caddyProxy(caddy.admin, 'off');
    [odoo, gevent] = await Promise.all([echo(), socketEnd()]);
  });
  after(async () => {
    for (const one of [odoo, gevent] as (Listening | undefined)[]) one?.close();
    await (caddy as TestCaddy | undefined)?.stop();
  });

  const awake = (number: number, given?: Parameters<typeof testRoute>[3]): Route =>
    testRoute(number, PUBLIC, { http: odoo.address, gevent: gevent.address }, given);
  const ask = (host: string, path: string, options?: Parameters<typeof askHost>[3]) => askHost(caddy.ports.http, host, path, options);
  const seenBy = (body: string) => JSON.parse(body) as { path: string; bytes: number; headers: Record<string, string> };
  const ofNumbers = async (project: string, from: number): Promise<Thing[]> =>
    (await proxy.things(project, signal)).filter(({ stamp }) => (stamp.number ?? 0) >= from);

  it('leads a host to its Odoo, tells it who asked for what, and tells robots to stay away', async () => {
    const { identity, ...route } = awake(1);
    await proxy.put({ identity, ...route }, signal);
    const { status, body, headers } = await ask(identity.host, '/web/login?next=1', {
      headers: { connection: 'close, x-private', 'x-private': '1' },
    });
    assert.equal(status, 200);
    const seen = seenBy(body);
    assert.equal(seen.path, '/web/login?next=1');
    assert.equal(seen.headers['x-forwarded-host'], identity.host);
    assert.equal(seen.headers['x-forwarded-for'], '127.0.0.1');
    assert.equal(seen.headers['x-private'], undefined);
    assert.match(String(headers['x-robots-tag']), /noindex/);
    assert.equal(headers['server'], undefined);
    assert.equal(headers['strict-transport-security'], undefined);
    assert.equal((await ask(identity.host.toUpperCase(), '/')).status, 200);
  });

  it('believes a proxy before it, which TLS ends at', async () => {
    const { host } = awake(1).identity;
    const { body } = await ask(host, '/', { headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' } });
    assert.equal(seenBy(body).headers['x-forwarded-proto'], 'https');
    assert.match(seenBy(body).headers['x-forwarded-for'] ?? '', /^203\.0\.113\.7/);
  });

  it('answers every host that it does not know the same, and keeps none of it', async () => {
    const { status, body } = await ask('pr-99-secret.test', '/');
    assert.deepEqual([status, body], [404, 'Nothing here.\n']);
    assert.deepEqual(await ask('', '/').then((answer) => [answer.status, answer.body]), [404, 'Nothing here.\n']);
  });

  it('takes bodies of 50 MB and no larger ones, whether they say their size or not (§8.3)', async () => {
    const { host } = awake(1).identity;
    const fits = await ask(host, '/', { method: 'POST', body: Buffer.alloc(MAX_BODY) });
    assert.equal(seenBy(fits.body).bytes, MAX_BODY);
    const sized = await ask(host, '/', { method: 'POST', headers: { 'content-length': String(MAX_BODY + 1), expect: '100-continue' } });
    assert.equal(sized.status, 413);
    const chunked = { 'transfer-encoding': 'chunked' };
    const unsized = await ask(host, '/', { method: 'POST', headers: chunked, body: Buffer.alloc(MAX_BODY + 1) }).catch(() => null);
    // Who still sends may see the connection end before the answer.
    assert.ok(unsized === null || unsized.status === 413, String(unsized?.status));
  });

  it('is found without a fault by our own reader of its configuration', async () => {
    const config = initialConfig({ tls: 'off', ports: { http: 80, https: 443 } }) as {
      apps: { http: { servers: Record<string, { routes: unknown[] }> } };
    };
    const check = async (route: unknown): Promise<number> => {
      config.apps.http.servers['odoo-ops']?.routes.splice(0, 1, route);
      const texts = { 'production/caddy.json': JSON.stringify(config, null, 2) };
      const facts = await repositoryFacts([caddyReader], texts);
      assert.equal([...facts.files.values()].flatMap((file) => file.body_limits ?? []).length, 1);
      return findingsOf(productionLimits, facts).length;
    };
    const route = caddyRoute(testRoute(1, PUBLIC, { http: 'odoo-ops-acme-pr-1-odoo:8069', gevent: 'odoo-ops-acme-pr-1-odoo:8072' }), 'off');
    assert.equal(await check(route), 0);
    assert.equal(await check(JSON.parse(JSON.stringify(route).replaceAll(String(MAX_BODY), String(MAX_BODY * 2)))), 1);
  });

  it('leads /websocket to the port that serves it, and nothing else', async () => {
    const { host } = awake(1).identity;
    assert.match(await upgrade(caddy.ports.http, host), /101 Switching Protocols[\s\S]*hello from gevent$/);
    assert.equal((await ask(host, '/websocket/health')).status, 418);
    assert.equal((await ask(host, '/websocketry')).status, 200);
  });

  it('shows a page in the stead of one that sleeps, which asks again, and wakes', async () => {
    const route = awake(2);
    await proxy.put({ ...route, upstream: null }, signal);
    const asleep = await ask(route.identity.host, '/odoo/sales');
    assert.deepEqual([asleep.status, asleep.headers['retry-after'], asleep.headers['cache-control']], [503, '5', 'no-store']);
    assert.match(asleep.body, /http-equiv="refresh"[\s\S]*Environment 2 wakes up/);
    assert.doesNotMatch(asleep.body, /(?:src|href)=/);
    assert.deepEqual(
      (await proxy.things('acme', signal)).map(({ name, running }) => [name, running]).sort(),
      [
        [awake(1).identity.host, true],
        [route.identity.host, false],
      ].sort(),
    );
    await proxy.put(route, signal);
    assert.equal((await ask(route.identity.host, '/odoo/sales')).status, 200);
    assert.equal(
      (await proxy.things('acme', signal)).some(({ running }) => running === false),
      false,
    );
  });

  it('tells visits in its log, and nothing that opens a door', async () => {
    const { host } = awake(2).identity;
    await ask(host, '/web?token=very-secret', { headers: { cookie: 'session_id=very-secret', authorization: 'Bearer very-secret' } });
    const since = Date.now() - 60_000;
    const visit = await until('the line', () => caddy.lines.map(visitOf).find((one) => one?.host === host));
    assert.ok(visit.at.getTime() > since && visit.at.getTime() <= Date.now() + 1000);
    assert.doesNotMatch(caddy.lines.join('\n'), /very-secret/);
    assert.doesNotMatch(caddy.lines.join('\n'), /pr-99-secret/);
  });

  it('keeps its routes where it is killed and begins again', async () => {
    const before = await proxy.things('acme', signal);
    await caddy.restart();
    assert.deepEqual(await proxy.things('acme', signal), before);
    assert.equal((await ask(awake(1).identity.host, '/')).status, 200);
  });

  it('takes what comes at once: no route twice, none lost', async () => {
    const routes = Array.from({ length: 12 }, (_, index) => awake(50 + (index % 8)));
    await Promise.all(routes.map((route) => proxy.put(route, signal)));
    const found = await ofNumbers('acme', 50);
    assert.deepEqual(found.map(({ stamp }) => stamp.number).sort(), [50, 51, 52, 53, 54, 55, 56, 57]);
    const removed = await Promise.all([...found, ...found].map((thing) => proxy.remove(thing, signal)));
    assert.ok(removed.every((is) => is));
    assert.deepEqual(await ofNumbers('acme', 50), []);
    assert.equal((await ask(awake(50).identity.host, '/')).status, 404);
  });

  it('removes only what is still as it was listed', async () => {
    await proxy.put(awake(60), signal);
    const [listed] = (await ofNumbers('acme', 60)) as [Thing];
    await proxy.put(awake(60), signal);
    assert.equal(await proxy.remove(listed, signal), false);
    const [now] = (await ofNumbers('acme', 60)) as [Thing];
    assert.notEqual(now.stamp.attempt, listed.stamp.attempt);
    assert.equal(await proxy.remove(now, signal), true);
    assert.equal(await proxy.remove(now, signal), true);
  });

  it('removes many in one change, and says of each whether it was as listed', async () => {
    for (const number of [61, 62, 63]) await proxy.put(awake(number), signal);
    const listed = (await ofNumbers('acme', 61)).sort((a, b) => (a.stamp.number ?? 0) - (b.stamp.number ?? 0));
    await proxy.put(awake(62), signal);
    assert.deepEqual(await proxy.removeAll?.(listed, signal), [true, false, true]);
    assert.equal((await ask('pr-62-feature-62.acme.test', '/')).status, 200);
    const left = await ofNumbers('acme', 61);
    assert.deepEqual(
      left.map(({ stamp }) => stamp.number),
      [62],
    );
    for (const thing of left) await proxy.remove(thing, signal);
  });

  it('leaves routes of another project, and those that are not ours, alone', async () => {
    await proxy.put(awake(70, { project: 'acme-two' }), signal);
    await proxy.put(awake(70), signal);
    const own = await ofNumbers('acme', 70);
    assert.equal(own.length, 1);
    for (const thing of own) await proxy.remove(thing, signal);
    assert.equal((await ofNumbers('acme-two', 70)).length, 1);
    assert.equal((await ask('pr-70-feature-70.acme-two.test', '/')).status, 200);
  });

  it('lists two hundred routes quickly, and gives back what strangers call their branches', async () => {
    const hostile = '{env.HOME}"}],"handle":[{"handler":"static_response"}]\u2028é';
    const path = '/config/apps/http/servers/odoo-ops/routes';
    const before = JSON.parse((await askAdmin(caddy.admin, { method: 'GET', path }, signal)).text) as unknown[];
    const routes = Array.from({ length: 200 }, (_, index) =>
      caddyRoute(testRoute(100 + index, PUBLIC, null, { branch: index === 0 ? hostile : `fix/${index}` }), 'off'),
    );
    assert.equal((await askAdmin(caddy.admin, { method: 'PATCH', path, body: [...routes, ...before] }, signal)).status, 200);
    await proxy.put(awake(100, { branch: hostile }), signal);
    const begun = performance.now();
    const things = await ofNumbers('acme', 100);
    const took = performance.now() - begun;
    assert.equal(things.length, 200);
    assert.ok(took < 1000, `${took} ms`);
    assert.equal(things.find(({ stamp }) => stamp.number === 100)?.stamp.branch, hostile);
  });

  it('says what is wrong where nobody answers, where it is another Caddy, and where it is cancelled', async () => {
    const nowhere = new Agent();
    nowhere.createConnection = (_options, done) => {
      done?.(new Error('connection refused'), new PassThrough());
      return undefined;
    };
    const nobody = caddyProxy(nowhere, 'off');
    await rejectsWith(nobody.things('acme', signal), 'unreachable', 'connection refused');
    const [route] = [awake(80)];
    await rejectsWith(proxy.put({ ...route, access: { kind: 'basic', user: '', hash: '' } }, signal), 'rejected', route.identity.host);
    assert.deepEqual(await ofNumbers('acme', 80).then((all) => all.filter(({ stamp }) => stamp.number === 80)), []);
    await rejectsWith(proxy.things('acme', AbortSignal.abort(new DOMException('stop', 'AbortError'))), 'cancelled');
    const thing: Thing = {
      kind: 'route',
      part: 'route',
      id: 'odoo-ops-acme-pr-9',
      name: 'x',
      stamp: { ...route.stamp, attempt: randomUUID() },
      running: true,
      bytes: null,
    };
    assert.equal(await proxy.remove(thing, signal), true);
  });
});
