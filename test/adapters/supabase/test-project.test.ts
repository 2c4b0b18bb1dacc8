import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import type { WebSocketLikeConstructor } from '@supabase/realtime-js';
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { describeBackends, startProject, type Project } from '../../support/supabase/project.ts';
import { prepareDatabase } from '../../support/supabase/roles.ts';
import { sampleHook, sampleSchema } from '../../support/supabase/sample.ts';
import { until } from '../../support/until.ts';

type Client = SupabaseClient<any, any, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- no generated types for the sample

// Node 20 has no WebSocket of its own, and supabase-js does not start without one.
const realtime = { transport: WebSocket as unknown as WebSocketLikeConstructor };

/** supabase-js as Odoo Ops uses it, with a token for the user. */
const clientOf = (project: Project, token = project.anonKey): Client =>
  createClient(project.url, project.anonKey, { db: { schema: 'ops' }, realtime, accessToken: () => Promise.resolve(token) }) as Client;

/** Keeps the session where the test can see it. */
function signInClient(project: Project, store = new Map<string, string>()): Client {
  const storage = {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => void store.set(key, value),
    removeItem: (key: string) => void store.delete(key),
  };
  const auth = { flowType: 'pkce' as const, storage, autoRefreshToken: false, detectSessionInUrl: false };
  return createClient(project.url, project.anonKey, { db: { schema: 'ops' }, realtime, auth }) as Client;
}

async function codeFromGitHub(client: Client): Promise<string> {
  const { data } = await client.auth.signInWithOAuth({
    provider: 'github',
    options: { redirectTo: 'vscode://odoo-ops.odoo-ops/auth', skipBrowserRedirect: true },
  });
  const answer = await fetch(data.url!, { redirect: 'manual' });
  assert.equal(answer.status, 302);
  const target = new URL(answer.headers.get('location')!);
  assert.equal(target.protocol, 'vscode:');
  return target.searchParams.get('code') ?? target.searchParams.get('error')!;
}

describeBackends('the test Supabase', (backend) => {
  let server: TestDatabase;
  let project: Project;
  let database: string;
  before(async () => {
    server = await testDatabase();
    database = await server.create();
    await prepareDatabase(database);
    await server.query(database, sampleSchema());
    project = await startProject({ database, backend, tokenLifetime: 600 });
  });
  after(async () => {
    await project.stop();
    await server.stop();
  });
  afterEach(() => {
    project.faults.clear();
    project.github({ login: 'octocat', email: 'octocat@example.com' });
  });
  const ids = ({ data, error }: { data: unknown; error: unknown }) => {
    assert.equal(error, null);
    return (data as { id: number }[]).map(({ id }) => id);
  };

  it('gives each client its own rows through supabase-js', async () => {
    const acme = clientOf(project, await project.sign({ role: 'authenticated', client_id: 'acme' }));
    const other = clientOf(project, await project.sign({ role: 'authenticated', client_id: 'other' }));
    assert.deepEqual(ids(await acme.from('notes').select('id').order('id')), [1, 2, 3]);
    assert.deepEqual(ids(await other.from('notes').select('id')), [4]);
    const anonymous = await clientOf(project).from('notes').select('id');
    assert.deepEqual([anonymous.status, anonymous.error?.code], [401, '42501']);
    const written = await acme.rpc('write_note', { note: { id: 20, client_id: 'other' } });
    assert.deepEqual([written.status, written.error?.code], [403, '42501']);
  });

  it('asks for a key that it knows', async () => {
    const ask = async (headers: Record<string, string>) => {
      const answer = await fetch(`${project.url}/rest/v1/notes`, { headers });
      return [answer.status, ((await answer.json()) as { message: string }).message];
    };
    assert.deepEqual(await ask({}), [401, 'No API key found in request']);
    assert.deepEqual(await ask({ apikey: 'wrong' }), [401, 'Invalid API key']);
    assert.equal((await fetch(`${project.url}/realtime/v1/websocket`)).status, 404);
  });

  it('shows what a migration added after a reload', async () => {
    await server.query(database, "create function ops.added() returns integer language sql as 'select 7'");
    await project.reload();
    const answer = await clientOf(project, project.serviceKey).rpc('added');
    assert.deepEqual([answer.data, answer.error], [7, null]);
  });

  it('answers as a gateway does whose service is away, as often as told', async () => {
    project.faults.add({ kind: 'status', status: 502 }, { times: 2, when: ({ path }) => path.includes('/rpc/') });
    const client = clientOf(project, project.serviceKey);
    assert.equal((await client.from('notes').select('id').limit(1)).status, 200);
    const statuses = [];
    for (let count = 0; count < 3; count++) statuses.push((await client.rpc('numbers')).status);
    assert.deepEqual(statuses, [502, 502, 200]);
  });

  it('loses a request before, or its answer after, the database has it', async () => {
    const client = clientOf(project, project.serviceKey);
    const write = (id: number) => client.rpc('write_note', { note: { id, client_id: 'faults' } });
    const written = async () => ids(await client.from('notes').select('id').eq('client_id', 'faults').order('id'));
    project.faults.add({ kind: 'drop' });
    assert.match((await write(100)).error!.message, /fetch failed/);
    assert.deepEqual(await written(), []);
    project.faults.add({ kind: 'lose-answer' });
    assert.match((await write(101)).error!.message, /fetch failed/);
    assert.deepEqual(await written(), [101]);
    assert.equal((await write(101)).error?.code, '23505');
    const seen = project.requests.filter(({ path }) => path.endsWith('/rpc/write_note')).slice(-3);
    assert.deepEqual(
      seen.map(({ method, bearer, fault }) => [method, bearer, fault]),
      [
        ['POST', 'service', 'drop'],
        ['POST', 'service', 'lose-answer'],
        ['POST', 'service', null],
      ],
    );
  });

  it('hangs until the client gives up, and cuts an answer in the middle', async () => {
    const client = clientOf(project, project.serviceKey);
    const abort = new AbortController();
    project.faults.add({ kind: 'hang' });
    const hanging = client.from('notes').select('id').abortSignal(abort.signal);
    const before = project.faults.hits();
    const ended = hanging.then(({ error }) => error);
    await until('the request hangs', () => project.faults.hits() > before);
    abort.abort();
    assert.match((await ended)!.message, /abort/i);
    project.faults.add({ kind: 'cut-answer', bytes: 10 });
    const answer = await fetch(`${project.url}/rest/v1/notes`, {
      headers: { apikey: project.serviceKey, authorization: `Bearer ${project.serviceKey}`, 'accept-profile': 'ops' },
    });
    assert.equal(answer.status, 200);
    await assert.rejects(answer.text(), /terminated/);
  });

  it('hands WebSocket connections to whoever takes them', async () => {
    project.onUpgrade((request, socket) => void socket.end(`HTTP/1.1 418 ${request.url ?? ''}\r\nConnection: close\r\n\r\n`));
    const answered = await new Promise<number | undefined>((resolve, reject) => {
      const socket = new WebSocket(`${project.url.replace('http', 'ws')}/realtime/v1/websocket`);
      socket.once('unexpected-response', (_, response) => resolve(response.statusCode));
      socket.once('error', reject);
    });
    assert.equal(answered, 418);
  });

  describe('sign-in with GitHub', () => {
    it('gives a session for the code and its verifier, once', async () => {
      const client = signInClient(project);
      const code = await codeFromGitHub(client);
      const stranger = signInClient(project);
      await codeFromGitHub(stranger);
      assert.equal((await stranger.auth.exchangeCodeForSession(code)).error?.code, 'bad_code_verifier');
      const { data, error } = await client.auth.exchangeCodeForSession(code);
      assert.equal(error, null);
      assert.equal(data.user.email, 'octocat@example.com');
      const { data: checked } = await client.auth.getUser();
      assert.equal(checked.user?.user_metadata['user_name'], 'octocat');
      await codeFromGitHub(client); // a verifier of its own
      assert.equal((await client.auth.exchangeCodeForSession(code)).error?.code, 'flow_state_not_found');
    });

    it('brings the client into the token by the hook in the database', async () => {
      project.github({ login: 'anna', email: 'anna@example.com', app_metadata: { client_id: 'acme' } });
      await server.query(database, sampleHook());
      const client = signInClient(project);
      await client.auth.exchangeCodeForSession(await codeFromGitHub(client));
      assert.deepEqual(ids(await client.from('notes').select('id').order('id')), [1, 2, 3]);
      await server.query(database, 'revoke execute on function ops.custom_access_token(jsonb) from supabase_auth_admin, public');
      // Not a refresh: supabase-js would try that again for half a minute.
      const { error } = await client.auth.exchangeCodeForSession(await codeFromGitHub(client));
      assert.equal(error?.status, 500);
      await server.query(database, 'drop function ops.custom_access_token(jsonb)');
    });

    it('says so when the person says no', async () => {
      project.github(null);
      assert.equal(await codeFromGitHub(signInClient(project)), 'access_denied');
    });

    it('gives a new refresh token each time, again when the answer got lost, and ends the session at an older one', async () => {
      const client = signInClient(project);
      const { data } = await client.auth.exchangeCodeForSession(await codeFromGitHub(client));
      const first = data.session!.refresh_token;
      const refresh = (token: string) => signInClient(project).auth.refreshSession({ refresh_token: token });
      const second = (await refresh(first)).data.session!.refresh_token;
      assert.notEqual(second, first);
      assert.equal((await refresh(first)).data.session!.refresh_token, second);
      const third = (await refresh(second)).data.session!.refresh_token;
      assert.equal((await refresh(first)).error?.code, 'refresh_token_already_used');
      assert.equal((await refresh(third)).error?.code, 'refresh_token_already_used');
      assert.equal((await refresh('nothing')).error?.code, 'refresh_token_not_found');
    });

    it('keeps what a person says of themselves, and ends at the sign-out', async () => {
      const store = new Map<string, string>();
      const client = signInClient(project, store);
      const { data } = await client.auth.exchangeCodeForSession(await codeFromGitHub(client));
      const updated = await client.auth.updateUser({ data: { client: 'acme' } });
      assert.equal(updated.data.user?.user_metadata['client'], 'acme');
      assert.equal((await client.auth.signOut({ scope: 'local' })).error, null);
      assert.equal([...store.values()].join('').includes('access_token'), false);
      const { error } = await signInClient(project).auth.getUser(data.session!.access_token);
      assert.equal(error?.name, 'AuthSessionMissingError');
      const again = await signInClient(project).auth.refreshSession({ refresh_token: data.session!.refresh_token });
      assert.equal(again.error?.code, 'refresh_token_not_found');
    });
  });
});
