import assert from 'node:assert/strict';
import { migrate } from '../../src/adapters/postgres/migrate.ts';
import { ranAtText, type RanAt } from '../../src/core/control-plane/ran-at.ts';
import type { Delivery } from '../../src/core/control-plane/rows.ts';
import type { DeploymentOutcome } from '../../src/core/deployment/plan.ts';
import { deliverOutbox } from '../../src/runtime/control-plane/deliver.ts';
import { migrationsFolder } from '../../src/runtime/control-plane/open.ts';
import { ranAt } from '../../src/runtime/ran-at.ts';
import { connection, testDatabase, type TestDatabase } from '../support/database.ts';
import { deployment, promotion } from '../support/deliveries.ts';
import { sampleIn } from '../support/sample.ts';
import { stored } from '../support/stored.ts';
import { temporaryFolders } from '../support/temp.ts';
import { opened, type Opened } from '../support/workspace.ts';

const [FIRST, SECOND, THIRD] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string];

/** A deployment that did not pass; `sha` is what it left running, null where nobody can say. */
function failed(number: number, tried: string, sha: string | null): Delivery {
  const made = deployment(number, 'production', { sha: tried });
  const outcome: DeploymentOutcome = { ...(made.record.outcome as DeploymentOutcome), sha };
  return deployment(number, 'production', { sha: tried, result: 'failed', message: 'exit code 4', outcome });
}

/** In the order of their numbers, two seconds apart. */
const HISTORY: readonly Delivery[] = [
  promotion(1, 'production', { sha: FIRST }),
  promotion(5, 'staging', { sha: SECOND }),
  promotion(10, 'production', { sha: SECOND }),
  deployment(20, 'production', { sha: SECOND }),
  failed(30, THIRD, null),
  deployment(35, 'production', { sha: THIRD, result: 'refused', message: 'locked', outcome: null }),
  promotion(40, 'production', { sha: THIRD }),
  failed(50, THIRD, THIRD),
  deployment(60, 'production', { sha: SECOND }),
];

const end = (number: number): Date => new Date(deployment(number, 'production').record.finished_at ?? '');
const idOf = (number: number): string => deployment(number, 'production').record.id;
const time = (text: string | null): number | null => (text === null ? null : Date.parse(text));

describe('what ran at a moment', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  let database: TestDatabase;
  let sources: Record<'control-plane' | 'evidence', Opened>;

  before(async () => {
    database = await testDatabase();
    const url = await database.create();
    await migrate(connection(url), migrationsFolder());
    const { root } = sampleIn(folder());
    sources = { 'control-plane': await opened(root, { DATABASE_URL: url }), evidence: await opened(root) };
    for (const one of HISTORY) await stored(sources.evidence, one);
    await deliverOutbox(sources['control-plane']);
  });
  after(() => database.stop());

  for (const source of ['control-plane', 'evidence'] as const) {
    describe(`by the ${source}`, () => {
      const at = async (moment: Date, environment = 'production'): Promise<RanAt> => {
        const reading = await ranAt(sources[source], environment, moment);
        assert.equal(reading.source, source);
        return reading.answer;
      };

      it('is what was promoted, while no deployment is recorded, and says so', async () => {
        const ran = await at(end(8));
        assert.deepEqual(
          [ran.basis, ran.sha, ran.promotion?.id, ran.deployment, time(ran.since), time(ran.until)],
          ['promotion', FIRST, idOf(1), null, end(1).getTime(), end(10).getTime()],
        );
        assert.match(ranAtText(ran, 'Asia/Manila', source), /no deployment is recorded by then: this is what its branch held/);
      });

      it('is what was deployed, with its health, and who promoted it with which gates', async () => {
        const ran = await at(end(25));
        assert.deepEqual(
          [ran.basis, ran.sha, ran.deployment?.id, ran.promotion?.id, time(ran.since), time(ran.until)],
          ['deployment', SECOND, idOf(20), idOf(10), end(20).getTime(), end(50).getTime()],
        );
        assert.deepEqual(
          ran.promotion?.gates.map(({ name, result, duration_ms }) => [name, result, duration_ms]),
          [
            ['linear-history', 'passed', 5],
            ['tests', 'passed', 5],
          ],
        );
        assert.deepEqual(ran.deployment?.health.map(({ name }) => name).sort(), ['database', 'http', 'login']);
        assert.deepEqual(ran.tried, []);
      });

      it('tells of later deployments of which nobody can say what they left; one that was refused left nothing', async () => {
        const ran = await at(end(45));
        assert.deepEqual([ran.sha, ran.tried.map(({ id }) => id)], [SECOND, [idOf(30)]]);
        assert.match(
          ranAtText(ran, 'Asia/Manila', source),
          /\n!\s+2026-01-01 08:01 a deployment of 33333333 failed \(exit code 4\): nobody can say what it left\n/,
        );
      });

      it('is what a failed deployment left running, as far as that is known', async () => {
        const ran = await at(end(55));
        assert.deepEqual(
          [ran.sha, ran.deployment?.result, ran.promotion?.id, time(ran.until)],
          [THIRD, 'failed', idOf(40), end(60).getTime()],
        );
        assert.match(ranAtText(ran, 'Asia/Manila', source), /and failed: exit code 4/);
      });

      it('is what went back, promoted long before, and runs still', async () => {
        const ran = await at(end(1000));
        assert.deepEqual([ran.sha, ran.promotion?.id, ran.until, ran.tried], [SECOND, idOf(10), null, []]);
        assert.match(ranAtText(ran, 'Asia/Manila', source), /nothing has replaced it yet/);
      });

      it('counts from the second in which it ended', async () => {
        assert.equal((await at(end(20))).deployment?.id, idOf(20));
        assert.equal((await at(new Date(end(20).getTime() - 1))).deployment, null);
      });

      it('is not known before the first record, or of an environment without any', async () => {
        for (const ran of [await at(new Date('2025-12-31T00:00:00Z')), await at(end(1000), 'pr-12')]) {
          assert.deepEqual([ran.basis, ran.sha, ran.since, ran.until, ran.promotion, ran.deployment], [null, null, null, null, null, null]);
          assert.match(ranAtText(ran, 'Asia/Manila', source), /^No record says what ran in (production|pr-12) at /);
        }
      });
    });
  }

  it('is shown in one page', async () => {
    const { answer } = await ranAt(sources['control-plane'], 'production', end(25));
    assert.equal(
      ranAtText(answer, 'Asia/Manila', 'control-plane'),
      `production, 2026-01-01 08:00 (Asia/Manila)

commit    ${SECOND}
ran       since 2026-01-01 08:00, until 2026-01-01 08:01
deployed  2026-01-01 08:00 by Ana
          ✓ database  ✓ http  ✓ login
          record 00000000, web/docs/evidence/20260101-0800+0800/act-20
promoted  2026-01-01 08:00 by Ana, from main (22222222) to production
          record 00000000, web/docs/evidence/20260101-0800+0800/act-10
gates
  ✓ linear-history  0.0 s  exit code 0
  ✓ tests           0.0 s  exit code 0`,
    );
  });
});
