import assert from 'node:assert/strict';
import fc from 'fast-check';
import { above, caddyRoute, ownRoutes } from '../../../src/core/pr-environments/caddy-route.ts';
import { initialConfig } from '../../../src/core/pr-environments/caddy.ts';
import type { Access } from '../../../src/core/pr-environments/proxy.ts';
import { PUBLIC, testRoute } from '../../support/caddy-route.ts';

const UP = { http: 'odoo:8069', gevent: 'odoo:8072' };
const BASIC: Access = { kind: 'basic', user: 'preview', hash: '$2b$10$abcdefghijklmnopqrstuv' };

describe('what Caddy is told', () => {
  it('of a route is read back as it was, whatever a branch is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (branch, sleeps) => {
        const route = testRoute(12, BASIC, sleeps ? null : UP, { branch });
        const { identity, stamp } = route;
        const json: unknown = JSON.parse(JSON.stringify([caddyRoute(route, 'auto')]));
        assert.deepEqual(ownRoutes(json), [{ name: identity.name, host: identity.host, stamp, sleeps }]);
      }),
    );
  });

  it('and is not ours is left out', () => {
    const ours = caddyRoute(testRoute(1, PUBLIC, UP), 'off');
    const forged = JSON.parse(JSON.stringify(ours).replace(/"odoo_ops_stamp":"[^"]*"/, '"odoo_ops_stamp":"bm8="')) as unknown;
    const others = [
      null,
      'x',
      {},
      { handle: [] },
      { '@id': 'x', match: [{ host: ['a'] }], handle: [{ handler: 'static_response' }] },
      forged,
    ];
    assert.equal(ownRoutes([...others, ours]).length, 1);
    assert.deepEqual(ownRoutes({ error: 'x' }), []);
  });

  it('holds no word of a stranger that Caddy could take for one of its own', () => {
    const text = JSON.stringify(caddyRoute(testRoute(1, BASIC, UP, { branch: '{env.HOME} {http.request.uri}' }), 'off'));
    assert.doesNotMatch(text, /env\.HOME|http\.request\.uri/);
  });

  it('puts the door before all else, and browsers on HTTPS alone where its certificates are known', () => {
    const text = (access: Access, tls: 'auto' | 'internal' | 'off') => JSON.stringify(caddyRoute(testRoute(1, access, UP), tls));
    const basic = text(BASIC, 'auto');
    assert.ok(basic.indexOf('http_basic') < basic.indexOf('odoo:8069') && basic.indexOf('http_basic') < basic.indexOf('413'));
    assert.deepEqual(
      (['auto', 'internal', 'off'] as const).map((tls) => text(PUBLIC, tls).includes('Strict-Transport-Security')),
      [true, false, false],
    );
    assert.deepEqual(
      [text(PUBLIC, 'auto'), text(PUBLIC, 'off')].map((one) => one.includes('trusted_proxies')),
      [false, true],
    );
  });

  it('begins with an admin API that nobody else reaches', () => {
    assert.deepEqual(initialConfig({ tls: 'auto', ports: { http: 80, https: 443 } })['admin'], { listen: '127.0.0.1:2019' });
  });
});

describe('numbers above a limit', () => {
  it('are told from all others', () => {
    const numbers = fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.maxSafeNat());
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 1_000_000_000 })),
        numbers,
        fc.constantFrom(-1, 0, 1),
        (limit, number, beside) => {
          for (const one of [number, limit + beside])
            assert.equal(new RegExp(above(limit)).test(String(one)), one > limit, `${one} > ${limit}`);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
