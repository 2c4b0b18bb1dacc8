import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  callbackOf,
  claimsOf,
  describePerson,
  endedSession,
  isExpired,
  needsRefresh,
  personOf,
  sessionState,
  writesRecords,
  type Session,
} from '../../../src/core/control-plane/session.ts';

const URL_ = 'https://abc.supabase.co';
const tokenWith = (claims: unknown): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;
const sessionWith = (more: Partial<Session> = {}): Session => ({
  url: URL_,
  access_token: tokenWith({ client_id: 'acme', ops_role: 'viewer' }),
  refresh_token: 'r',
  received_at: 1_000_000,
  expires_at: 4_600_000,
  user: { id: '7b1c', email: 'ana@example.com', name: 'ana' },
  ...more,
});

describe('a session', () => {
  it('is replaced before it ends, whatever its length, and never all the time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 86_400_000 }), fc.integer({ min: -10_000, max: 90_000_000 }), (length, after) => {
        const session = sessionWith({ expires_at: 1_000_000 + length });
        const now = 1_000_000 + after;
        if (isExpired(session, now)) assert.ok(needsRefresh(session, now));
        assert.equal(needsRefresh(session, 1_000_000), false);
        assert.ok(needsRefresh(session, 1_000_000 + length - Math.min(60_000, length / 2)));
      }),
    );
  });

  it('is replaced where the clock went back to before it came', () => {
    assert.ok(needsRefresh(sessionWith(), 999_999));
  });

  it('says who it is of', () => {
    assert.equal(describePerson(personOf(sessionWith())), 'ana, viewer of acme');
    const unnamed = sessionWith({ access_token: 'opaque', user: { id: '7b1c', email: null, name: null } });
    assert.equal(describePerson(personOf(unnamed)), '7b1c');
  });

  it('comes back from where it is kept, for its own project only', () => {
    const session = sessionWith();
    assert.deepEqual(sessionState(JSON.stringify(session), URL_), { is: 'signedIn', session });
    assert.deepEqual(sessionState(JSON.stringify(session), 'https://other.supabase.co'), { is: 'signedOut' });
    assert.deepEqual(sessionState(endedSession('It is over.'), URL_), { is: 'expired', message: 'It is over.' });
  });

  it('is that of nobody where something else is kept', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (secret) => assert.deepEqual(sessionState(secret, URL_), { is: 'signedOut' })));
    assert.deepEqual(sessionState(undefined, URL_), { is: 'signedOut' });
  });
});

describe('a token', () => {
  it('tells its claims, also where they are not ASCII; anything else tells nothing', () => {
    assert.equal(claimsOf(tokenWith({ client_id: 'dö~ñ>?ÿ' }))?.client_id, 'dö~ñ>?ÿ');
    fc.assert(fc.property(fc.string(), (text) => assert.equal(claimsOf(text), null)));
  });

  it('writes records as CI or as the service, and as nobody else', () => {
    for (const [claims, writes] of [
      [{ ops_role: 'ci' }, true],
      [{ role: 'service_role' }, true],
      [{ role: 'authenticated', ops_role: 'operator' }, false],
      [{ role: 'anon' }, false],
    ] as const)
      assert.equal(writesRecords(tokenWith(claims)), writes);
    assert.equal(writesRecords('sb_secret_x'), false);
  });
});

describe('the answer to a sign-in', () => {
  it('is read from the query, and errors also from behind the hash', () => {
    assert.deepEqual(callbackOf('vscode://a.b/supabase-auth?state=s&windowId=1&code=c'), { state: 's', code: 'c', error: null });
    assert.deepEqual(callbackOf('vscode://a.b/supabase-auth?state=s#error=access_denied&error_description=No+thanks'), {
      state: 's',
      code: null,
      error: 'No thanks',
    });
  });
});
