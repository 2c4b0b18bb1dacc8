import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planRelays, relayLinks } from '../../../src/adapters/docker/relays.ts';

describe('relays of an environment', () => {
  it('are none where it may reach nothing and the database is a container', () => {
    assert.deepEqual(planRelays([], null), []);
  });

  it('lead to the database by a name of its own', () => {
    const relays = planRelays(['api.example.com:443', 'api.example.com:8443'], { host: 'db.internal', port: 6432 });
    assert.equal(relays.length, 1);
    assert.deepEqual(relayLinks('env', relays), ['env-relay:api.example.com', 'env-relay:database']);
  });

  it('take a second one where two hosts are reached at one port', () => {
    const relays = planRelays(['b.example.com:443', 'a.example.com:443', 'a.example.com:25'], null);
    assert.deepEqual(
      relays.map(({ names }) => names),
      [['a.example.com'], ['b.example.com']],
    );
    assert.deepEqual(relayLinks('env', relays), ['env-relay:a.example.com', 'env-relay-2:b.example.com']);
  });

  it('pass on each endpoint once, on one relay a host, and never two at one port', () => {
    const endpoint = fc
      .tuple(fc.constantFrom('a', 'b', 'c', 'd.example.com'), fc.constantFrom(25, 443, 5432))
      .map(([host, port]) => `${host}:${port}`);
    const database = fc.option(fc.constant({ host: 'db', port: 5432 }), { nil: null });
    fc.assert(
      fc.property(fc.array(endpoint, { maxLength: 10 }), database, (egress, db) => {
        const relays = planRelays(egress, db);
        const passed = relays.flatMap(({ passages }) => passages.map(({ host, to }) => `${host}:${to}`));
        assert.deepEqual(passed.toSorted(), [...new Set(egress), ...(db ? ['db:5432'] : [])].toSorted());
        const names = relays.flatMap((relay) => relay.names);
        assert.equal(new Set(names).size, names.length);
        for (const { passages } of relays) assert.equal(new Set(passages.map(({ port }) => port)).size, passages.length);
      }),
    );
  });
});
