import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { beginSignIn, refreshSession, signOut, switchClient, type AuthOptions } from '../../../src/adapters/supabase/session.ts';
import { claimsOf, describePerson, needsRefresh, personOf, sessionSchema, type Session } from '../../../src/core/control-plane/session.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { connection, testDatabase, type TestDatabase } from '../../support/database.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { startProject, type Project } from '../../support/supabase/project.ts';
import { prepareDatabase } from '../../support/supabase/roles.ts';
import { callbackFrom } from '../../support/supabase/browser.ts';

const REDIRECT = 'vscode://odoo-ops.odoo-ops/supabase-auth';

describe('sign-in to Supabase', function () {
  this.timeout(60_000);
  let server: TestDatabase;
  let database: string;
  let project: Project;
  before(async () => {
    server = await testDatabase();
    database = await server.create();
    await prepareDatabase(database);
    await migrate(connection(database), migrationsFolder());
    project = await startProject({ database, backend: 'stand-in', tokenLifetime: 600 });
  });
  after(async () => {
    await project.stop();
    await server.stop();
  });
  afterEach(() => {
    project.faults.clear();
    project.github({ login: 'octocat', email: 'octocat@example.com' });
  });

  const { signal } = new AbortController();
  const options = (more: Partial<AuthOptions> = {}): AuthOptions => ({
    url: project.url,
    key: project.anonKey,
    timeout: 5000,
    signal,
    ...more,
  });
  const signIn = async (): Promise<Session> => {
    const state = randomUUID();
    const { url, finish } = await beginSignIn(options(), `${REDIRECT}?state=${state}`, state);
    return finish(await callbackFrom(url));
  };
  /** A person of their own, signed in, as members of these clients. */
  async function member(...clients: (readonly [client: string, role: string])[]): Promise<Session> {
    const login = `user-${randomUUID().slice(0, 8)}`;
    project.github({ login, email: `${login}@example.com` });
    const session = await signIn();
    for (const [client, role] of clients)
      await server.query(database, 'insert into ops.client_members (client_id, user_id, role) values ($1, $2, $3)', [
        client,
        session.user.id,
        role,
      ]);
    return refreshSession(options(), session);
  }

  it('gives a session that says who is signed in as what', async () => {
    const session = await member(['acme', 'operator']);
    assert.ok(sessionSchema.safeParse(session).success);
    assert.equal(describePerson(personOf(session)), `${session.user.name ?? ''}, operator of acme`);
    assert.equal(needsRefresh(session, Date.now()), false);
    assert.equal(needsRefresh(session, Date.now() + 545_000), true);
  });

  it('asks with a challenge, and leaves the verifier out of everything that leaves', async () => {
    const { url } = await beginSignIn(options(), `${REDIRECT}?state=s`, 's');
    const query = new URL(url).searchParams;
    assert.equal(query.get('code_challenge_method'), 's256');
    assert.equal(query.get('redirect_to'), `${REDIRECT}?state=s`);
    assert.equal(url.includes('verifier'), false);
  });

  it('refuses an answer to another sign-in, by its state and by its code', async () => {
    const mine = await beginSignIn(options(), `${REDIRECT}?state=mine`, 'mine');
    const other = await beginSignIn(options(), `${REDIRECT}?state=other`, 'other');
    const answer = await callbackFrom(other.url);
    await rejectsWith(mine.finish(answer), 'refused', 'another sign-in');
    await rejectsWith(mine.finish(answer.replace('state=other', 'state=mine')), 'refused', 'not the answer to the sign-in');
    assert.equal((await other.finish(answer)).url, project.url);
    await rejectsWith(other.finish(answer), 'refused', 'not the answer to the sign-in');
  });

  it('says that the person or GitHub said no', async () => {
    project.github(null);
    await rejectsWith(signIn(), 'refused', 'The user has denied');
  });

  it('rotates the refresh token; a used one of before is refused, and ends the session', async () => {
    const first = await signIn();
    const second = await refreshSession(options(), first);
    assert.notEqual(second.refresh_token, first.refresh_token);
    assert.equal(second.user.id, first.user.id);
    const third = await refreshSession(options(), second);
    const reused = await rejectsWith(refreshSession(options(), first), 'refused', 'has ended the session');
    assert.equal(reused.details['reason'], 'already-used');
    await rejectsWith(refreshSession(options(), third), 'refused');
  });

  it('keeps the session where the answer to a refresh got lost: the same token works once more', async () => {
    const first = await signIn();
    project.faults.add({ kind: 'lose-answer' }, { when: ({ path }) => path.includes('/token') });
    const second = await refreshSession(options(), first);
    assert.notEqual(second.refresh_token, first.refresh_token);
  });

  it('tells trouble of the service from the end of the session', async () => {
    const session = await signIn();
    project.faults.add({ kind: 'hang' });
    const slow = await rejectsWith(refreshSession(options({ timeout: 150 }), session), 'unreachable', 'did not answer within');
    assert.match(slow.hint ?? '', /network/);
    project.faults.clear();
    project.faults.add({ kind: 'status', status: 503 }, { times: 100 });
    await rejectsWith(refreshSession(options({ timeout: 700 }), session), 'unreachable');
    project.faults.clear();
    await rejectsWith(refreshSession(options({ key: 'wrong' }), session), 'unreachable', 'does not take the key');
    await rejectsWith(refreshSession(options({ url: 'http://127.0.0.1:9', timeout: 500 }), session), 'unreachable');
    await rejectsWith(refreshSession(options(), { ...session, refresh_token: 'of-another-project' }), 'refused', 'ended the session');
    assert.ok(await refreshSession(options(), session));
  });

  it('ends with its signal', async () => {
    const session = await signIn();
    const abort = new AbortController();
    project.faults.add({ kind: 'hang' });
    const refreshing = refreshSession(options({ signal: abort.signal }), session);
    abort.abort();
    await rejectsWith(refreshing, 'cancelled');
  });

  it('changes between the clients of a person, and to no other', async () => {
    const session = await member(['acme', 'viewer'], ['globex', 'operator']);
    assert.deepEqual(personOf(session).client, 'acme');
    const there = await switchClient(options(), session, 'globex');
    assert.deepEqual([personOf(there).client, personOf(there).role], ['globex', 'operator']);
    const back = await switchClient(options(), there, 'acme');
    assert.deepEqual([personOf(back).client, personOf(back).role], ['acme', 'viewer']);
    const error = await rejectsWith(switchClient(options(), back, 'initech'), 'refused', 'not a member of client initech');
    assert.match(error.hint ?? '', new RegExp(`ops.client_members.*${session.user.id}`));
  });

  it('refuses a person who is a member of nothing', async () => {
    const error = await rejectsWith(switchClient(options(), await member(), 'acme'), 'refused', 'not a member of client acme');
    assert.equal(error.details['reason'], 'not-a-member');
  });

  it('never lets a person name the client for themselves: the hook goes by the rows', async () => {
    const session = await member(['acme', 'viewer']);
    await rejectsWith(switchClient(options(), session, 'globex'), 'refused');
    const again = await member(['acme', 'viewer']);
    assert.equal(claimsOf(again.access_token)?.client_id, 'acme');
  });

  it('ends at the sign-out, once and again', async () => {
    const session = await signIn();
    await signOut(options(), session);
    await signOut(options(), session);
    const error = await rejectsWith(refreshSession(options(), session), 'refused');
    assert.equal(error.details['reason'], 'session-ended');
  });

  it('names no secret in an error', async () => {
    const session = await signIn();
    await signOut(options(), session);
    const error = await rejectsWith(refreshSession(options(), session), 'refused');
    const text = JSON.stringify([error.message, error.hint, error.details, error.stack, String(error.cause)]);
    for (const secret of [session.access_token, session.refresh_token, project.anonKey]) assert.equal(text.includes(secret), false);
  });
});
