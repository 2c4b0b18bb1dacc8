import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { caddyProxy } from '../../../src/adapters/caddy/proxy.ts';
import { askHost, echo, needsCaddy, testCaddy, type Listening, type TestCaddy } from '../../support/caddy.ts';
import { PUBLIC, testRoute } from '../../support/caddy-route.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const { signal } = new AbortController();

describe('an environment by HTTPS, with a real Caddy', function () {
  this.timeout(60_000);
  needsCaddy();
  const folder = temporaryFolders();
  let home: string;
  let caddy: TestCaddy;
  let odoo: Listening;

  before(async () => {
    home = folder();
    caddy = await testCaddy(home, 'internal');
    odoo = await echo();
  });
  after(async () => {
    (odoo as Listening | undefined)?.close();
    await (caddy as TestCaddy | undefined)?.stop();
  });

  const shakesHands = (host: string): Promise<string | null> =>
    new Promise((resolve) => {
      const socket = connect({ port: caddy.ports.https, host: '127.0.0.1', servername: host, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().subjectaltname ?? '');
        socket.destroy();
      });
      socket.on('error', () => resolve(null));
    });

  it('has a certificate of its own, tells Odoo that it is HTTPS, and leads there from HTTP', async () => {
    const route = testRoute(1, PUBLIC, { http: odoo.address, gevent: odoo.address });
    const { host } = route.identity;
    await caddyProxy(caddy.admin, 'internal').put(route, signal);
    await until('a certificate', async () => (await shakesHands(host)) === `DNS:${host}`);
    const ca = readFileSync(join(home, 'caddy/pki/authorities/local/root.crt'));
    const body = await new Promise<string>((resolve, reject) => {
      const asked = request(
        {
          host: '127.0.0.1',
          servername: host,
          port: caddy.ports.https,
          path: '/',
          ca,
          headers: { host, 'x-forwarded-for': '203.0.113.7' },
        },
        (answer) => {
          let text = '';
          answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
          answer.on('end', () => resolve(text));
        },
      );
      asked.on('error', reject).end();
    });
    const { headers } = JSON.parse(body) as { headers: Record<string, string> };
    // Nobody stands before it: what a visitor says of himself does not count.
    assert.deepEqual([headers['x-forwarded-proto'], headers['x-forwarded-for']], ['https', '127.0.0.1']);
    const plain = await askHost(caddy.ports.http, host, '/odoo');
    assert.equal(plain.status, 308);
    assert.equal(plain.headers.location, `https://${host}:${caddy.ports.https}/odoo`);
  });

  it('says of a host that is not there not even that', async () => {
    assert.equal(await shakesHands('pr-99-secret.test'), null);
  });
});
