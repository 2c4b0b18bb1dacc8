import assert from 'node:assert/strict';
import fc from 'fast-check';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import type { EnvironmentChange } from '../../../src/core/control-plane/environment-changes.ts';
import { environmentLivesOf } from '../../../src/core/control-plane/environment-lives.ts';
import { environmentRow } from '../../../src/core/control-plane/environment-questions.ts';
import { TABLES } from '../../../src/core/control-plane/tables.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { connection, testDatabase, type TestDatabase } from '../../support/database.ts';

const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
/** Few seconds and few ids: what matters is what meets. */
const second = (number: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, number)).toISOString();
const maybe = <T>(of: fc.Arbitrary<T>) => fc.oneof(of, fc.constant(null));
const change: fc.Arbitrary<EnvironmentChange> = fc.record(
  {
    client_id: fc.constant('acme'),
    id: fc.integer({ min: 1, max: 6 }).map(uuid),
    number: fc.integer({ min: 1, max: 2 }),
    state: fc.constantFrom(...TABLES.pull_request_environments.shape.state.options),
    updated_at: fc.integer({ min: 0, max: 8 }).map(second),
    evidence_id: maybe(fc.integer({ min: 1, max: 6 }).map(uuid)),
    message: maybe(fc.constantFrom('a', 'b')),
    sha: maybe(fc.constantFrom('c0ffee', 'decade')),
    verdict: maybe(fc.constantFrom('green', 'red')),
    lines: fc.array(fc.constantFrom('x', 'y "z"'), { maxLength: 2 }),
    expires_at: maybe(fc.integer({ min: 0, max: 8 }).map(second)),
  },
  { requiredKeys: ['client_id', 'id', 'number', 'state', 'updated_at', 'evidence_id', 'message'] },
);

describe('the lives of PR environments', function () {
  this.timeout(90_000);
  let database: TestDatabase;
  let url: string;
  before(async () => {
    database = await testDatabase();
    url = await database.create();
    await migrate(connection(url), migrationsFolder());
  });
  after(() => database.stop());

  const plain = (rows: readonly Record<string, unknown>[]) =>
    rows
      .map((row) => environmentRow.parse(row))
      .map((row) => ({ ...row, ...Object.fromEntries(TIMES.map((time) => [time, row[time] && Date.parse(row[time])])) }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  const TIMES = ['created_at', 'updated_at', 'removed_at', 'expires_at'] as const;

  /** The rows that the database makes of what it is told, in that order. */
  async function told(changes: readonly EnvironmentChange[]) {
    await database.query(url, 'alter table ops.pull_request_environments disable trigger all');
    await database.query(url, 'delete from ops.pull_request_environments');
    await database.query(
      url,
      'select ops.tell_pull_request_environment(item) from jsonb_array_elements($1::jsonb) with ordinality as all_of (item, n) order by n',
      [JSON.stringify(changes)],
    );
    const rows = await database.query(url, 'select to_jsonb(row) as row from ops.pull_request_environments as row');
    return rows.map(({ row }) => row as Record<string, unknown>);
  }

  it('are the same in the database and in memory, whatever is told, in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
        assert.deepEqual(plain(await told(changes)), plain(environmentLivesOf(changes)));
      }),
      { numRuns: 150 },
    );
  });

  it('end with the last word by its time, in whatever order it comes', () => {
    const word = ({ updated_at, state, evidence_id }: Pick<EnvironmentChange, 'updated_at' | 'state' | 'evidence_id'>) =>
      [Date.parse(updated_at), state, evidence_id].join(' ');
    fc.assert(
      fc.property(
        // What acts tell: each once.
        fc
          .uniqueArray(change, { minLength: 1, maxLength: 10, selector: ({ id }) => id })
          .map((all) => all.map((one) => ({ ...one, number: 1, evidence_id: one.id }))),
        fc.infiniteStream(fc.nat()),
        (changes, keys) => {
          const shuffled = [...changes].map((one) => ({ one, key: keys.next().value as number })).sort((a, b) => a.key - b.key);
          // The one that lives; of those that ended the one with the last word, of one second too.
          const last = (all: readonly EnvironmentChange[]) =>
            environmentLivesOf(all).reduce((a, b) => {
              if (a.removed_at === null || b.removed_at === null) return a.removed_at === null ? a : b;
              return word(b) > word(a) ? b : a;
            });
          assert.equal(word(last(shuffled.map(({ one }) => one))), word(last(changes)));
        },
      ),
    );
  });
});
