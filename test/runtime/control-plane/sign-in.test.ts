import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { personOf, type Session } from '../../../src/core/control-plane/session.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { keepSession, secretKey, type SecretStore } from '../../../src/runtime/control-plane/sign-in.ts';
import type { SupabaseProject } from '../../../src/runtime/workspace.ts';
import { connection, testDatabase, type TestDatabase } from '../../support/database.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { callbackFrom } from '../../support/supabase/browser.ts';
import { startProject, type Project } from '../../support/supabase/project.ts';
import { prepareDatabase } from '../../support/supabase/roles.ts';

const { signal } = new AbortController();

/** What all windows of an editor share. */
const secretStore = (kept = new Map<string, string>()): SecretStore & { kept: Map<string, string> } => ({
  kept,
  get: (key) => Promise.resolve(kept.get(key)),
  store: (key, value) => Promise.resolve(void kept.set(key, value)),
  delete: (key) => Promise.resolve(void kept.delete(key)),
});

describe('the session of a person', function () {
  this.timeout(60_000);
  let server: TestDatabase;
  let database: string;
  let project: Project;
  before(async () => {
    server = await testDatabase();
    database = await server.create();
    await prepareDatabase(database);
    await migrate(connection(database), migrationsFolder());
    project = await startProject({ database, backend: 'stand-in', tokenLifetime: 3600 });
  });
  after(async () => {
    await project.stop();
    await server.stop();
  });
  afterEach(() => project.faults.clear());

  const projectFor = (clientId: string): SupabaseProject => ({ url: project.url, key: project.anonKey, clientId, timeout: 3000 });
  const refreshes = () => project.requests.filter(({ path }) => path.includes('grant_type=refresh_token')).length;

  /** A person of their own at GitHub, as a member of these clients. */
  async function person(...clients: string[]): Promise<void> {
    const login = `user-${randomUUID().slice(0, 8)}`;
    project.github({ login, email: `${login}@example.com` });
    const { url, finish } = await keepSession(projectFor('nothing'), secretStore()).beginSignIn(
      'vscode://x.y/supabase-auth?state=s',
      's',
      signal,
    );
    const error = await rejectsWith(finish(await callbackFrom(url)), 'refused', 'not a member');
    const [id] = /[0-9a-f-]{36}/.exec(error.hint ?? '') ?? [];
    for (const client of clients)
      await server.query(database, "insert into ops.client_members (client_id, user_id, role) values ($1, $2, 'operator')", [client, id]);
  }
  async function signedIn(clientId: string, secrets = secretStore()) {
    const keeper = keepSession(projectFor(clientId), secrets);
    const { url, finish } = await keeper.beginSignIn('vscode://x.y/supabase-auth?state=s', 's', signal);
    return { keeper, secrets, session: await finish(await callbackFrom(url)) };
  }
  /** As if so much time had gone by since the token came. */
  function age(secrets: ReturnType<typeof secretStore>, clientId: string, milliseconds: number): Session {
    const key = secretKey(projectFor(clientId));
    const session = JSON.parse(secrets.kept.get(key) ?? '') as Session;
    const aged = { ...session, received_at: session.received_at - milliseconds, expires_at: session.expires_at - milliseconds };
    secrets.kept.set(key, JSON.stringify(aged));
    return aged;
  }

  it('is kept as the client of the repository, and used without asking again', async () => {
    await person('globex', 'acme');
    const { keeper, session, secrets } = await signedIn('acme');
    assert.deepEqual([personOf(session).client, personOf(session).role], ['acme', 'operator']);
    const before = project.requests.length;
    assert.deepEqual(await keeper.fresh(), session);
    assert.deepEqual(await keepSession(projectFor('acme'), secrets).fresh(), session);
    assert.equal(project.requests.length, before);
  });

  it('is not kept where the person is no member of the client, and is over at the project', async () => {
    await person('acme');
    const secrets = secretStore();
    await rejectsWith(signedIn('globex', secrets), 'refused', 'not a member of client globex');
    assert.equal(secrets.kept.size, 0);
    assert.ok(project.requests.some(({ path }) => path.startsWith('/auth/v1/logout')));
  });

  it('is renewed once, however many ask at once', async () => {
    await person('acme');
    const { keeper, secrets } = await signedIn('acme');
    const old = age(secrets, 'acme', 3_545_000);
    keeper.changed();
    const before = refreshes();
    const all = await Promise.all(Array.from({ length: 8 }, () => keeper.fresh()));
    assert.equal(refreshes(), before + 1);
    assert.equal(new Set(all.map((session) => session?.access_token)).size, 1);
    assert.notEqual(all[0]?.refresh_token, old.refresh_token);
  });

  it('is shared by windows: what one has renewed the other takes', async () => {
    await person('acme');
    const { keeper, secrets } = await signedIn('acme');
    const other = keepSession(projectFor('acme'), secrets);
    age(secrets, 'acme', 3_545_000);
    keeper.changed();
    const renewed = await keeper.fresh();
    const before = refreshes();
    assert.deepEqual(await other.fresh(), renewed);
    assert.equal(refreshes(), before);
  });

  it('survives two windows that renew it at the same moment, again and again', async () => {
    await person('acme');
    const { keeper, secrets } = await signedIn('acme');
    const windows = [keeper, ...Array.from({ length: 3 }, () => keepSession(projectFor('acme'), secrets))];
    for (let round = 0; round < 5; round++) {
      age(secrets, 'acme', 3_545_000);
      for (const window of windows) window.changed();
      const sessions = await Promise.all(windows.map((window) => window.fresh()));
      assert.ok(sessions.every((session) => session !== null));
    }
    assert.equal((await keeper.state()).is, 'signedIn');
  });

  it('is looked for once more where the refresh token was used: the other window may keep its answer late', async () => {
    await person('acme');
    const { keeper, secrets } = await signedIn('acme');
    const stale = age(secrets, 'acme', 3_545_000);
    keeper.changed();
    // The other window renews twice, so that the first refresh token is a used one, and keeps the last session after a while.
    const other = keepSession(projectFor('acme'), secrets);
    await other.fresh();
    age(secrets, 'acme', 3_545_000);
    other.changed();
    const last = await other.fresh();
    const key = secretKey(projectFor('acme'));
    secrets.kept.set(key, JSON.stringify(stale));
    const asked = keeper.fresh();
    setTimeout(() => secrets.kept.set(key, JSON.stringify(last)), 300);
    assert.deepEqual(await asked, last);
  });

  it('ends without a loop where it cannot be renewed: each window says so, and asks no more', async () => {
    await person('acme');
    const { keeper, secrets, session } = await signedIn('acme');
    const elsewhere = secretStore(new Map(secrets.kept));
    await keepSession(projectFor('acme'), elsewhere).signOut();
    age(secrets, 'acme', 3_545_000);
    keeper.changed();
    assert.equal(await keeper.fresh(), null);
    const state = await keepSession(projectFor('acme'), secrets).state();
    assert.equal(state.is, 'expired');
    const before = project.requests.length;
    assert.deepEqual([await keeper.fresh(), await keepSession(projectFor('acme'), secrets).fresh()], [null, null]);
    assert.equal(project.requests.length, before);
    assert.equal([...secrets.kept.values()].join().includes(session.refresh_token), false);
  });

  it('holds on while Supabase is away, as long as its token does', async () => {
    await person('acme');
    const { keeper, secrets } = await signedIn('acme');
    project.faults.add({ kind: 'status', status: 503 }, { times: 1000 });
    const old = age(secrets, 'acme', 3_545_000);
    keeper.changed();
    assert.equal((await keeper.fresh())?.access_token, old.access_token);
    age(secrets, 'acme', 60_000);
    keeper.changed();
    await rejectsWith(keeper.fresh(), 'unreachable');
    project.faults.clear();
    // Access tokens of one second are the same.
    assert.notEqual((await keeper.fresh())?.refresh_token, old.refresh_token);
  });

  it('of a person with two clients follows each of them, in windows that know nothing of each other', async () => {
    await person('acme', 'globex');
    const secrets = secretStore();
    const [acme, globex] = [await signedIn('acme', secrets), await signedIn('globex', secrets)];
    for (const clientId of ['acme', 'globex']) age(secrets, clientId, 3_545_000);
    for (const { keeper } of [acme, globex]) keeper.changed();
    const [first, second] = await Promise.all([acme.keeper.fresh(), globex.keeper.fresh()]);
    assert.deepEqual(
      [first, second].map((session) => session && personOf(session).client),
      ['acme', 'globex'],
    );
  });

  it('ends where the person is no member any more', async () => {
    await person('acme');
    const { keeper, secrets, session } = await signedIn('acme');
    await server.query(database, 'delete from ops.client_members where user_id = $1', [session.user.id]);
    age(secrets, 'acme', 3_545_000);
    keeper.changed();
    assert.equal(await keeper.fresh(), null);
    const state = await keeper.state();
    assert.match(state.is === 'expired' ? state.message : '', /not a member of client acme/);
  });

  it('is gone after the sign-out, here at once and at the project too', async () => {
    await person('acme');
    const { keeper, secrets, session } = await signedIn('acme');
    await keeper.signOut();
    assert.deepEqual([secrets.kept.size, await keeper.fresh()], [0, null]);
    secrets.kept.set(secretKey(projectFor('acme')), JSON.stringify({ ...session, expires_at: session.received_at + 1 }));
    assert.equal(await keepSession(projectFor('acme'), secrets).fresh(), null);
  });

  it('is gone here also while the project is away', async () => {
    await person('acme');
    const { keeper, secrets } = await signedIn('acme');
    project.faults.add({ kind: 'status', status: 503 }, { times: 1000 });
    await rejectsWith(keeper.signOut(), 'unreachable');
    assert.equal(secrets.kept.size, 0);
  });
});
