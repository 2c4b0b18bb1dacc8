import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import * as z from 'zod';
import { postgresControlPlane } from '../../../src/adapters/postgres/control-plane.ts';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import type { ControlPlane } from '../../../src/core/control-plane/port.ts';
import { taskSchema } from '../../../src/core/tasks/kinds.ts';
import { TASK_KINDS } from '../../../src/core/tasks/names.ts';
import { cancelTask, requestTask, tasks } from '../../../src/core/tasks/task.ts';
import { liveSchemaProblems } from '../../../src/runtime/control-plane/sound.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { connection, testDatabase, type TestDatabase } from '../../support/database.ts';
import { rejectsWith } from '../../support/rejects.ts';

describe('asking for tasks', function () {
  this.timeout(90_000);
  let database: TestDatabase;
  let url: string;
  before(async () => {
    database = await testDatabase();
    url = await database.create();
    await migrate(connection(url), migrationsFolder());
  });
  after(() => database.stop());

  let number = 0;
  const client = () => `acme-${++number}`;
  const plane = (clientId: string, role: 'ci' | 'operator' | 'viewer', claimed = clientId): ControlPlane =>
    postgresControlPlane(connection(url), claimed, { client_id: clientId, ops_role: role });
  const sync = { kind: 'evidence-sync', payload: {} } as const;

  /** One transaction as a role with claims, past our own code. */
  const as = async (role: string, claims: Record<string, unknown>, sql: string) =>
    database.query(
      url,
      `begin; set local role ${role}; select set_config('request.jwt.claims', '${JSON.stringify(claims)}', true); ${sql}; commit`,
    );

  it('is for operators and CI; a viewer may only look', async () => {
    const acme = client();
    for (const role of ['operator', 'ci'] as const) await plane(acme, role).call(requestTask(acme, sync, null, randomUUID()));
    const error = await rejectsWith(
      plane(acme, 'viewer').call(requestTask(acme, sync, null, randomUUID())),
      'unreachable',
      'asking for work',
    );
    assert.match(error.hint ?? '', /operator/);
    const seen = await plane(acme, 'viewer').select(tasks({}, 10));
    assert.equal(seen.length, 2);
    assert.deepEqual(
      [seen[0]?.state, seen[0]?.kind, seen[0]?.attempts, seen[0]?.requested_by],
      ['requested', 'evidence-sync', 0, 'odoo_ops'],
    );
  });

  it('is for the own client, and shows no other', async () => {
    const [acme, globex] = [client(), client()];
    await plane(acme, 'operator').call(requestTask(acme, sync, null, randomUUID()));
    assert.deepEqual(await plane(globex, 'operator').select(tasks({}, 10)), []);
    assert.deepEqual(await plane(globex, 'operator', acme).select(tasks({}, 10)), []);
    await rejectsWith(plane(globex, 'operator').call(requestTask(acme, sync, null, randomUUID())), 'unreachable', 'this client');
    await assert.rejects(as('authenticated', { ops_role: 'operator' }, `select ops.request_task('evidence-sync')`), /this client|missing/);
    await assert.rejects(as('anon', {}, `select ops.request_task('evidence-sync')`), /permission denied/);
  });

  it('is possible for the service role, which names the client', async () => {
    const acme = client();
    await as('service_role', { role: 'service_role' }, `select ops.request_task('check', '{}', null, '${acme}')`);
    assert.equal((await plane(acme, 'viewer').select(tasks({}, 10))).length, 1);
    await assert.rejects(as('service_role', { role: 'service_role' }, `select ops.request_task('check')`), /client is missing/);
    // A claim is not a role.
    await assert.rejects(
      as('authenticated', { role: 'service_role' }, `select ops.request_task('check', '{}', null, '${acme}')`),
      /this client/,
    );
  });

  it('has one door: nobody else inserts, changes or deletes, whatever they claim', async () => {
    const acme = client();
    const id = await plane(acme, 'operator').call(requestTask(acme, sync, null, randomUUID()));
    const insert = `insert into ops.tasks (client_id, kind, payload, requested_by) values ('${acme}', 'check', '{}', 'me')`;
    for (const role of ['authenticated', 'service_role']) {
      for (const ops_role of ['viewer', 'operator', 'ci']) {
        const claims = { client_id: acme, ops_role };
        await assert.rejects(as(role, claims, insert), /permission denied/);
        await assert.rejects(
          as(role, claims, `update ops.tasks set state = 'passed', finished_at = now() where id = '${id}'`),
          /permission denied/,
        );
        await assert.rejects(as(role, claims, `delete from ops.tasks where id = '${id}'`), /permission denied/);
      }
    }
    await assert.rejects(database.query(url, 'delete from ops.tasks'), /neither changed nor deleted/);
    await assert.rejects(database.query(url, 'truncate ops.tasks'), /neither changed nor deleted/);
    assert.deepEqual(await liveSchemaProblems(plane(acme, 'viewer')), []);
  });

  it('works where the owner of the schema is no superuser: `force` binds it too', async () => {
    const other = await database.create();
    const name = other.split('/').at(-1)!;
    await database.query(other, `create role owner_of_${name} login password 'pw' createrole`);
    await database.query(other, `grant all on database ${name} to owner_of_${name}; grant authenticated to owner_of_${name}`);
    const owner = other.replace(/\/\/[^@]*@/, `//owner_of_${name}:pw@`);
    await migrate(connection(owner), migrationsFolder());
    const acme = postgresControlPlane(connection(owner), 'acme', { client_id: 'acme', ops_role: 'operator' });
    const id = await acme.call(requestTask('acme', sync, null, randomUUID()));
    assert.equal(await acme.call(cancelTask('acme', id)), id);
    const viewer = postgresControlPlane(connection(owner), 'acme', { client_id: 'acme', ops_role: 'viewer' });
    await rejectsWith(viewer.call(requestTask('acme', sync, null, randomUUID())), 'unreachable');
  });

  it('with a key that an unfinished task has gives that one, however many ask at once', async () => {
    const [acme, globex] = [client(), client()];
    const ask = (who: string, kind: 'check' | 'evidence-sync', key: string | null) =>
      plane(who, 'operator').call(requestTask(who, { kind, payload: {} }, key, randomUUID()));
    const ids = await Promise.all(Array.from({ length: 8 }, () => ask(acme, 'check', 'nightly')));
    assert.equal(new Set(ids).size, 1);
    const others = await Promise.all([
      ask(acme, 'evidence-sync', 'nightly'),
      ask(globex, 'check', 'nightly'),
      ask(acme, 'check', 'other'),
      ask(acme, 'check', null),
    ]);
    assert.equal(new Set([...ids, ...others]).size, 5);
    await plane(acme, 'operator').call(cancelTask(acme, ids[0]!));
    assert.notEqual(await ask(acme, 'check', 'nightly'), ids[0]);
  });

  it('of no kind, with a wrong payload or a large one is refused with the reason', async () => {
    const acme = client();
    const ask = (kind: string, payload: unknown) =>
      plane(acme, 'operator').call({
        ...requestTask(acme, sync, null, randomUUID()),
        arguments: { kind, payload, key: null, client: acme },
      });
    await rejectsWith(ask('deploy', {}), 'rejected', 'no kind of task "deploy"', 'build, check, evidence-prune, evidence-sync');
    await rejectsWith(ask('build', {}), 'rejected', 'build needs the field "revision"');
    await rejectsWith(ask('build', { revision: 7 }), 'rejected', '"revision" of build is not a string');
    await rejectsWith(ask('build', { revision: 'main', verify: 'yes' }), 'rejected', '"verify" of build is not a boolean');
    await rejectsWith(ask('pr-up', { number: 0 }), 'rejected', '"number" of pr-up is not a whole number from 1');
    await rejectsWith(ask('pr-up', { number: '12' }), 'rejected', '"number" of pr-up is not a whole number from 1');
    await rejectsWith(ask('pr-down', {}), 'rejected', 'pr-down needs the field "number"');
    await rejectsWith(ask('check', { fast: true }), 'rejected', 'no field "fast"');
    await rejectsWith(ask('build', { revision: 'x'.repeat(70_000) }), 'rejected', 'larger than 64 kB');
    await rejectsWith(ask('build', [{}]), 'rejected', 'not an object');
    assert.deepEqual(await plane(acme, 'viewer').select(tasks({}, 10)), []);
  });

  it('is judged alike by the database and by the program, for each kind and any payload', async () => {
    const declared = Object.fromEntries(
      taskSchema.options.map(({ shape }) => {
        const { properties = {}, required = [] } = z.toJSONSchema(shape.payload) as {
          properties?: Record<string, { type: string }>;
          required?: string[];
        };
        return [
          shape.kind.value,
          Object.fromEntries(Object.entries(properties).map(([name, { type }]) => [name, { type, required: required.includes(name) }])),
        ];
      }),
    );
    assert.deepEqual(await database.query(url, 'select ops.task_kinds() as kinds'), [{ kinds: declared }]);
    assert.deepEqual(Object.keys(declared).sort(), [...TASK_KINDS].sort());
    // Of many at once: one question.
    const value = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', '/', ' ', '7'), maxLength: 300 }),
      fc.boolean(),
      fc.integer(),
      fc.constant(null),
      fc.constant([]),
    );
    const candidate = fc.record({
      kind: fc.constantFrom(...TASK_KINDS, 'deploy', ''),
      payload: fc.oneof(
        {
          weight: 5,
          arbitrary: fc.record({ revision: value, verify: value, other: value, number: value, approve: value }, { requiredKeys: [] }),
        },
        {
          weight: 2,
          arbitrary: fc.record(
            { revision: fc.constantFrom('main', 'x'.repeat(255), 'x'.repeat(256)), verify: fc.boolean() },
            { requiredKeys: ['revision'] },
          ),
        },
        {
          weight: 2,
          arbitrary: fc.record(
            {
              number: fc.constantFrom(0, 1, 12, 12.5, -1, 1e9, 2_147_483_647, 2_147_483_648, 1e300),
              approve: fc.constantFrom('c0ffee0', ''),
            },
            { requiredKeys: ['number'] },
          ),
        },
        { weight: 1, arbitrary: value },
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(candidate, { minLength: 100, maxLength: 300 }), async (candidates) => {
        const rows = await database.query(
          url,
          "select ops.task_problem(item ->> 'kind', item -> 'payload') as problem from jsonb_array_elements($1::jsonb) with ordinality as all_of (item, n) order by n",
          [JSON.stringify(candidates)],
        );
        for (const [index, task] of candidates.entries())
          assert.equal(rows[index]?.['problem'] === null, taskSchema.safeParse(task).success, JSON.stringify([task, rows[index]]));
      }),
      { numRuns: 20 },
    );
  });

  it('can be cancelled by those who may ask, until a worker has it', async () => {
    const acme = client();
    const id = await plane(acme, 'operator').call(requestTask(acme, sync, null, randomUUID()));
    await rejectsWith(plane(acme, 'viewer').call(cancelTask(acme, id)), 'unreachable', 'cancelling');
    await rejectsWith(plane(client(), 'operator').call(cancelTask(`acme-${number}`, id)), 'rejected', 'no task');
    assert.equal(await plane(acme, 'operator').call(cancelTask(acme, id)), id);
    await rejectsWith(plane(acme, 'operator').call(cancelTask(acme, id)), 'rejected', 'is cancelled');
    const [task] = await plane(acme, 'viewer').select(tasks({ id }, 1));
    assert.equal(task?.state, 'cancelled');
    assert.match(task.message ?? '', /Cancelled by odoo_ops/);
    assert.ok(task.finished_at !== null);
  });
});
