import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { supabaseControlPlane } from '../../../src/adapters/supabase/control-plane.ts';
import { knownRecords, recordRows, setFeatureFlag } from '../../../src/core/control-plane/calls.ts';
import { activity } from '../../../src/core/control-plane/questions.ts';
import { rowsOf } from '../../../src/core/control-plane/rows.ts';
import { requestTask } from '../../../src/core/tasks/task.ts';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { connection, testDatabase, type TestDatabase } from '../../support/database.ts';
import { delivery } from '../../support/deliveries.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { prepareDatabase } from '../../support/supabase/roles.ts';
import { describeBackends, startProject, type Project } from '../../support/supabase/project.ts';
import { signToken, type Claims } from '../../support/supabase/tokens.ts';
import { contract } from '../control-plane/contract.ts';

const { signal } = new AbortController();
const seconds = () => Math.floor(Date.now() / 1000);

describeBackends('control plane behind Supabase', function (backend) {
  let database: TestDatabase;
  const projects: Project[] = [];
  before(async () => {
    database = await testDatabase();
  });
  after(async () => {
    for (const project of projects) await project.stop();
    await database.stop();
  });

  async function project(): Promise<{ supabase: Project; url: string }> {
    const url = await database.create();
    await prepareDatabase(url);
    await migrate(connection(url), migrationsFolder());
    const supabase = await startProject({ database: url, backend });
    projects.push(supabase);
    return { supabase, url };
  }
  const claims = (more: Claims = {}): Claims => ({ role: 'authenticated', client_id: 'acme', ops_role: 'ci', ...more });
  const planeOf = (
    { url, anonKey }: Pick<Project, 'url' | 'anonKey'>,
    token: () => Promise<string | null>,
    { timeout = 5000, clientId = 'acme', key = anonKey } = {},
  ) => supabaseControlPlane({ url, key, token, timeout, signal }, clientId);
  const send = async (plane: ReturnType<typeof planeOf>, number: number) =>
    Object.keys(await plane.call(recordRows(rowsOf(delivery(number), plane.clientId, sha256))));

  contract(() => ({
    create: async () => {
      const { supabase, url } = await project();
      return {
        plane: (clientId, role, options = {}) =>
          supabaseControlPlane(
            {
              url: supabase.url,
              key: supabase.anonKey,
              token: () => supabase.sign(claims({ client_id: clientId, ops_role: role })),
              timeout: 20_000,
              signal: options.signal ?? signal,
            },
            options.claimed ?? clientId,
          ),
        query: (sql, values) => database.query(url, sql, values),
      };
    },
  }));

  describe('who asks', () => {
    let supabase: Project;
    let url: string;
    before(async () => {
      ({ supabase, url } = await project());
      await send(
        planeOf(supabase, () => supabase.sign(claims())),
        1,
      );
    });

    it('with the publishable key alone reads nothing, and is told to sign in', async () => {
      const error = await rejectsWith(
        planeOf(supabase, () => Promise.resolve(null)).select(activity({}, 10)),
        'unreachable',
        'Nobody is signed in',
      );
      assert.match(error.hint ?? '', /Sign In/);
      await rejectsWith(
        send(
          planeOf(supabase, () => Promise.resolve(null)),
          2,
        ),
        'unreachable',
        'Nobody is signed in',
      );
    });

    it('with a token that is expired, forged, changed, from the future or of another project is refused, and told which', async () => {
      const forged = await signToken('x'.repeat(64), { ...claims(), exp: seconds() + 3600 });
      const [head, , signature] = (await supabase.sign(claims({ client_id: 'globex' }))).split('.');
      const changed = [head, Buffer.from(JSON.stringify({ ...claims(), exp: seconds() + 3600 })).toString('base64url'), signature].join(
        '.',
      );
      const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims())).toString('base64url')}.`;
      for (const [token, says] of [
        [await supabase.sign(claims({ exp: seconds() - 3600 })), /session has expired/],
        [await supabase.sign(claims({ iat: seconds() + 3600 })), /future/],
        [forged, /does not take the token/],
        [changed, /does not take the token/],
        [unsigned, /does not take the token/],
        ['nonsense', /does not take the token/],
      ] as const) {
        const plane = planeOf(supabase, () => Promise.resolve(token));
        const error = await rejectsWith(plane.select(activity({}, 10)), 'unreachable');
        assert.match(error.message, says);
        assert.doesNotMatch(`${error.message} ${error.hint ?? ''} ${JSON.stringify(error.details)}`, /eyJ/);
        await rejectsWith(send(plane, 3), 'unreachable');
      }
      assert.deepEqual(await database.query(url, 'select count(*)::int as n from ops.evidence'), [{ n: 1 }]);
    });

    it('by a clock that is some seconds off is let in', async () => {
      const plane = planeOf(supabase, () => supabase.sign(claims({ iat: seconds() + 15, exp: seconds() - 15 })));
      assert.equal((await plane.select(activity({}, 10))).length, 1);
    });

    it('with a token that names no client, or a role that is none, sees nothing', async () => {
      for (const odd of [{ client_id: undefined }, { client_id: null }, { client_id: '' }, { client_id: ['acme'] }, { client_id: 'acme ' }])
        assert.deepEqual(await planeOf(supabase, () => supabase.sign(claims(odd))).select(activity({}, 10)), []);
      await rejectsWith(planeOf(supabase, () => supabase.sign(claims({ role: 'postgres' }))).select(activity({}, 10)), 'unreachable');
      await rejectsWith(
        send(
          planeOf(supabase, () => supabase.sign(claims({ ops_role: 'CI' }))),
          4,
        ),
        'unreachable',
        'row-level security',
      );
    });

    it('with the service key writes for the client of its configuration, and asks for no other', async () => {
      const service = (clientId: string) =>
        planeOf(supabase, () => Promise.resolve(supabase.serviceKey), { clientId, key: supabase.serviceKey });
      await send(service('globex'), 7);
      assert.deepEqual(
        (await service('globex').select(activity({}, 10))).map(({ id }) => id),
        [delivery(7).record.id],
      );
      assert.deepEqual(
        (await service('acme').select(activity({}, 10))).map(({ id }) => id),
        [delivery(1).record.id],
      );
    });

    it('with a key that is none, or of another project, is told that it is the key', async () => {
      const error = await rejectsWith(
        planeOf(supabase, () => supabase.sign(claims()), { key: 'wrong' }).select(activity({}, 1)),
        'unreachable',
        'does not take the key',
      );
      assert.match(error.hint ?? '', /publishable key/);
    });
  });

  describe('trouble on the way', () => {
    let supabase: Project;
    let url: string;
    before(async () => {
      ({ supabase, url } = await project());
    });
    beforeEach(() => supabase.faults.clear());
    const plane = (timeout = 10_000) => planeOf(supabase, () => supabase.sign(claims()), { timeout });
    const rows = async (number: number) =>
      (await database.query(url, 'select count(*)::int as n from ops.evidence where id = $1', [delivery(number).record.id]))[0]?.['n'];

    for (const [number, what, fault, times] of [
      [10, 'a gateway that is away', { kind: 'status', status: 503 }, 2],
      [11, 'too many requests', { kind: 'status', status: 429 }, 2],
      [12, 'a connection that breaks before the request arrives', { kind: 'drop' }, 2],
      [13, 'an answer that gets lost after the rows were written', { kind: 'lose-answer' }, 2],
      [14, 'a request that breaks in the middle', { kind: 'cut-request', bytes: 300 }, 2],
      [15, 'an answer that breaks in the middle', { kind: 'cut-answer', bytes: 5 }, 2],
    ] as const) {
      it(`is got over by another try, and the record is there once: ${what}`, async () => {
        supabase.faults.add(fault, { times });
        assert.deepEqual(await send(plane(), number), [delivery(number).record.id]);
        assert.equal(supabase.faults.hits() >= times, true);
        assert.equal(await rows(number), 1);
        supabase.faults.add(fault, { times });
        assert.equal((await plane().call(knownRecords('acme', [delivery(number).record.id]))).length, 1);
      });
    }

    it('doubles no flag and no task, whose ids are made by whoever asks', async () => {
      const change = randomUUID();
      const flag = { name: 'night', environment: '*', enabled: true, reason: 'because', actor: 'CI' };
      supabase.faults.add({ kind: 'lose-answer' }, { times: 2 });
      assert.equal(await plane().call(setFeatureFlag('acme', change, flag)), change);
      assert.deepEqual(await database.query(url, 'select count(*)::int as n from ops.feature_flags'), [{ n: 1 }]);
      const id = randomUUID();
      supabase.faults.add({ kind: 'lose-answer' }, { times: 2 });
      assert.equal(await plane().call(requestTask('acme', { kind: 'check', payload: {} }, null, id)), id);
      assert.deepEqual(await database.query(url, 'select count(*)::int as n from ops.tasks'), [{ n: 1 }]);
    });

    it('is not what a row says: words of other people are no answer of the gateway', async () => {
      const odd = delivery(40, { started_at: 'JWT expired' });
      await rejectsWith(plane().call(recordRows(rowsOf(odd, 'acme', sha256))), 'rejected', 'JWT expired');
    });

    it('that lasts is told with its host, within the timeout', async () => {
      supabase.faults.add({ kind: 'status', status: 503 }, { times: 1000 });
      const begin = Date.now();
      const error = await rejectsWith(send(plane(1500), 20), 'unreachable', '503', new URL(supabase.url).host);
      assert.ok(Date.now() - begin < 4000);
      assert.match(error.hint ?? '', /evidence sync/);
      assert.equal(await rows(20), 0);
    });

    it('of a service that takes the request and says nothing ends with the timeout', async () => {
      supabase.faults.add({ kind: 'hang' }, { times: 1000 });
      const begin = Date.now();
      await rejectsWith(plane(500).select(activity({}, 1)), 'unreachable', 'did not answer evidence within');
      assert.ok(Date.now() - begin < 3000);
    });

    it('is left at once by a cancel, whatever it is', async () => {
      for (const fault of [{ kind: 'hang' }, { kind: 'status', status: 503 }] as const) {
        supabase.faults.clear();
        supabase.faults.add(fault, { times: 1000 });
        const controller = new AbortController();
        const asked = supabaseControlPlane(
          { url: supabase.url, key: supabase.anonKey, token: () => supabase.sign(claims()), timeout: 60_000, signal: controller.signal },
          'acme',
        ).select(activity({}, 1));
        setTimeout(() => controller.abort(), 50);
        const begin = Date.now();
        await rejectsWith(asked, 'cancelled');
        assert.ok(Date.now() - begin < 2000);
      }
    });

    it('is not what a plain no is: that is asked once', async () => {
      const before = supabase.requests.length;
      await rejectsWith(
        planeOf(supabase, () => supabase.sign(claims({ ops_role: 'viewer' }))).call(recordRows(rowsOf(delivery(30), 'acme', sha256))),
        'unreachable',
      );
      assert.equal(supabase.requests.length - before, 1);
    });
  });

  describe('a wrong place', () => {
    it('is told: nothing listens, no Supabase, a path too much', async () => {
      const { supabase } = await project();
      const token = () => supabase.sign(claims());
      const nowhere = await rejectsWith(
        planeOf({ url: 'http://127.0.0.1:9', anonKey: supabase.anonKey }, token, { timeout: 1500 }).select(activity({}, 1)),
        'unreachable',
        '127.0.0.1:9',
      );
      assert.match(nowhere.hint ?? '', /control_plane.supabase.url/);
      const path = await rejectsWith(
        planeOf({ url: `${supabase.url}/project`, anonKey: supabase.anonKey }, token).select(activity({}, 1)),
        'unreachable',
      );
      assert.match(path.hint ?? '', /without a path/);
    });

    it('is told where the project does not show schema ops', async () => {
      const url = await database.create();
      await prepareDatabase(url);
      await database.query(url, 'create schema other; grant usage on schema other to anon, authenticated, service_role');
      const supabase = await startProject({ database: url, backend, schemas: ['other'] });
      projects.push(supabase);
      const error = await rejectsWith(
        planeOf(supabase, () => supabase.sign(claims())).select(activity({}, 1)),
        'unreachable',
        'does not expose schema "ops"',
      );
      assert.match(error.hint ?? '', /exposed schemas/);
    });

    it('is told where schema ops is there without our tables', async () => {
      const url = await database.create();
      await prepareDatabase(url);
      await database.query(url, 'create schema ops; grant usage on schema ops to anon, authenticated, service_role');
      const supabase = await startProject({ database: url, backend });
      projects.push(supabase);
      const error = await rejectsWith(
        send(
          planeOf(supabase, () => supabase.sign(claims())),
          1,
        ),
        'unreachable',
      );
      assert.match(error.hint ?? '', /control-plane migrate/);
    });
  });
});
