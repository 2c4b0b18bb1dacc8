import assert from 'node:assert/strict';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { followEvidence, type FollowState } from '../../../src/adapters/supabase/realtime.ts';
import { supabaseControlPlane } from '../../../src/adapters/supabase/control-plane.ts';
import { recordRows } from '../../../src/core/control-plane/calls.ts';
import { rowsOf } from '../../../src/core/control-plane/rows.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { connection, testDatabase, type TestDatabase } from '../../support/database.ts';
import { delivery } from '../../support/deliveries.ts';
import { startProject, type Project } from '../../support/supabase/project.ts';
import { startRealtime } from '../../support/supabase/realtime.ts';
import { prepareDatabase } from '../../support/supabase/roles.ts';
import { until } from '../../support/until.ts';

const QUICK = { backOff: { base: 50, factor: 2, max: 200 }, heartbeat: 200 };
const { signal } = new AbortController();

describe('new evidence through Supabase Realtime', function () {
  this.timeout(60_000);
  let server: TestDatabase;
  before(async () => {
    server = await testDatabase();
  });
  after(() => server.stop());

  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  async function site({ publication = true } = {}) {
    const database = await server.create();
    await prepareDatabase(database);
    if (publication) await server.query(database, 'create publication supabase_realtime');
    await migrate(connection(database), migrationsFolder());
    const project = await startProject({ database, backend: 'stand-in' });
    open.push(project.stop);
    const { jwtSecret, anonKey } = project;
    const realtime = await startRealtime({ gateway: project, database, jwtSecret, anonKey });
    open.push(realtime.stop);
    return { project, realtime, database };
  }
  const tokenOf = (project: Project, client_id: string, ops_role = 'viewer', more = {}) =>
    project.sign({ role: 'authenticated', client_id, ops_role, ...more });

  let number = 0;
  /** CI writes a record of a client. */
  async function record(project: Project, client: string): Promise<void> {
    const token = await tokenOf(project, client, 'ci');
    const plane = supabaseControlPlane(
      { url: project.url, key: project.anonKey, token: () => Promise.resolve(token), timeout: 5000, signal },
      client,
    );
    await plane.call(recordRows(rowsOf(delivery(++number), client, sha256)));
  }
  function follow(project: Project, client: string, token: () => Promise<string | null>) {
    const heard = { changes: 0, states: [] as FollowState[] };
    const abort = new AbortController();
    const over = followEvidence(
      { url: project.url, key: project.anonKey, token, signal: abort.signal },
      client,
      { onChange: () => heard.changes++, onState: (state) => heard.states.push(state) },
      QUICK,
    );
    open.push(async () => {
      abort.abort();
      await over;
    });
    return { heard, isLive: () => heard.states.at(-1) === 'live', isPolling: () => heard.states.at(-1) === 'polling', abort, over };
  }

  it('is told at once to its own client, and to no other', async () => {
    const { project } = await site();
    const [ours, theirs] = [await tokenOf(project, 'acme'), await tokenOf(project, 'globex')];
    const acme = follow(project, 'acme', () => Promise.resolve(ours));
    const globex = follow(project, 'globex', () => Promise.resolve(theirs));
    // Asks for the rows of another client with a token of its own: row-level security has the last word.
    const spy = follow(project, 'acme', () => Promise.resolve(theirs));
    await until('all are live', () => acme.isLive() && globex.isLive() && spy.isLive());
    assert.deepEqual([acme.heard.changes, globex.heard.changes, spy.heard.changes], [1, 1, 1]);
    await record(project, 'acme');
    await until('the news', () => acme.heard.changes === 2);
    await record(project, 'globex');
    await until('the news of the other', () => globex.heard.changes === 2);
    assert.deepEqual([acme.heard.changes, spy.heard.changes], [2, 1]);
  });

  it('is asked for instead while the service is away, and told again when it is back', async () => {
    const { project, realtime } = await site();
    const token = await tokenOf(project, 'acme');
    const { heard, isLive, isPolling } = follow(project, 'acme', () => Promise.resolve(token));
    await until('it is live', isLive);
    realtime.away(true);
    realtime.cut();
    await until('it says so', isPolling);
    await record(project, 'acme');
    const before = heard.changes;
    realtime.away(false);
    await until('it is live again', isLive);
    // What came in between may have been missed: that counts as a change.
    assert.equal(heard.changes, before + 1);
    await record(project, 'acme');
    await until('the news', () => heard.changes === before + 2);
    assert.deepEqual(heard.states, ['polling', 'live', 'polling', 'live']);
  });

  it('is asked for where the project publishes no evidence', async () => {
    const { project, realtime } = await site({ publication: false });
    const token = await tokenOf(project, 'acme');
    let asked = 0;
    const { heard } = follow(project, 'acme', () => Promise.resolve((asked++, token)));
    await until('several tries', () => asked > 6);
    assert.deepEqual([heard.states, heard.changes, realtime.channels()], [['polling'], 0, 0]);
  });

  it('is asked for where the token is refused, and where nobody is signed in', async () => {
    const { project, realtime } = await site();
    let asked = 0;
    const forged = `${(await tokenOf(project, 'acme')).slice(0, -4)}AAAA`;
    const refused = follow(project, 'acme', () => Promise.resolve((asked++, forged)));
    let looked = 0;
    const nobody = follow(project, 'acme', () => Promise.resolve((looked++, null)));
    await until('several tries', () => asked > 4 && looked > 2);
    assert.deepEqual([refused.heard.states, nobody.heard.states, realtime.channels()], [['polling'], ['polling'], 0]);
  });

  it('goes on past the end of a token, with the next one', async () => {
    const { project } = await site();
    const shortLived = () => tokenOf(project, 'acme', 'viewer', { exp: Math.floor(Date.now() / 1000) + 2 });
    let token = await shortLived();
    const { heard, isLive } = follow(project, 'acme', () => Promise.resolve(token));
    await until('it is live', isLive);
    const renewing = setInterval(() => void shortLived().then((next) => (token = next)), 500);
    try {
      const end = Date.now() + 4000;
      await until('the first token has ended', () => Date.now() > end);
      await record(project, 'acme');
      await until('the news', () => heard.changes === 2);
      assert.deepEqual(heard.states, ['polling', 'live']);
    } finally {
      clearInterval(renewing);
    }
  });

  it('is asked for when the token has ended and there is no next one', async () => {
    const { project } = await site();
    const token = await tokenOf(project, 'acme', 'viewer', { exp: Math.floor(Date.now() / 1000) + 2 });
    let ended = false;
    const { isLive, isPolling } = follow(project, 'acme', () => Promise.resolve(ended ? null : token));
    await until('it is live', isLive);
    ended = true;
    await until('it says so', isPolling);
  });

  it('leaves nothing open after its signal', async () => {
    const { project, realtime } = await site();
    const token = await tokenOf(project, 'acme');
    const { isLive, abort, over } = follow(project, 'acme', () => Promise.resolve(token));
    await until('it is live', isLive);
    abort.abort();
    await over;
    await until('the channel is closed', () => realtime.channels() === 0);
  });
});
