import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { migrate } from '../../src/adapters/postgres/migrate.ts';
import type { ActivityFilter, Cursor } from '../../src/core/control-plane/questions.ts';
import { detailsText } from '../../src/core/control-plane/act-details.ts';
import { actDetails } from '../../src/runtime/act-details.ts';
import { readActivity, readHistory, runningActs } from '../../src/runtime/activity.ts';
import { deliverOutbox } from '../../src/runtime/control-plane/deliver.ts';
import { migrationsFolder } from '../../src/runtime/control-plane/open.ts';
import { pruneEvidence } from '../../src/runtime/evidence/prune.ts';
import { ranAt } from '../../src/runtime/ran-at.ts';
import { daysAgo } from '../support/clock.ts';
import { connection, strangeServer, testDatabase, type TestDatabase } from '../support/database.ts';
import { delivery, deployment, promotion } from '../support/deliveries.ts';
import { sampleRecord } from '../support/records.ts';
import { rejectsWith } from '../support/rejects.ts';
import { pushBranch, sampleIn } from '../support/sample.ts';
import { stored } from '../support/stored.ts';
import { temporaryFolders } from '../support/temp.ts';
import { opened, promoted, type Opened } from '../support/workspace.ts';

describe('what happened', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();
  let database: TestDatabase;
  let withPlane: Opened;
  let alone: Opened;

  /** The same records in the evidence of a clone, and in a control plane. */
  before(async () => {
    database = await testDatabase();
    const url = await database.create();
    await migrate(connection(url), migrationsFolder());
    const { root } = sampleIn(folder());
    withPlane = await opened(root, { DATABASE_URL: url });
    alone = await opened(root);
    for (let number = 0; number < 40; number += 4) {
      await stored(alone, delivery(number));
      await stored(alone, promotion(number + 1, 'staging', { result: number % 8 === 0 ? 'refused' : 'passed' }));
      await stored(alone, deployment(number + 2, 'staging', { result: number % 12 === 0 ? 'failed' : 'passed' }));
      // Two that end at the same second, written in another zone.
      const { started_at, finished_at } = delivery(number + 2).record;
      const zoned = (time: string | null) => new Date(Date.parse(time ?? '') + 8 * 3_600_000).toISOString().replace('.000Z', '+08:00');
      await stored(alone, promotion(number + 3, 'production', { started_at: zoned(started_at), finished_at: zoned(finished_at) }));
    }
    assert.equal((await deliverOutbox(withPlane)).delivered, 40);
  });
  after(() => database.stop());

  const filters = fc.record<ActivityFilter>(
    {
      environment: fc.constantFrom('staging', 'production', 'pr-1'),
      module: fc.constantFrom('ipai_loyalty', 'ipai'),
      act: fc.constantFrom('build', 'promotion', 'deployment'),
      result: fc.constantFrom('passed', 'failed', 'refused'),
      since: fc.integer({ min: 0, max: 40 }).map((number) => delivery(number).record.finished_at ?? ''),
      until: fc.integer({ min: 0, max: 40 }).map((number) => delivery(number).record.finished_at ?? ''),
    },
    { requiredKeys: [] },
  );

  /** Page after page, as ids. */
  async function pages(workspace: Opened, filter: ActivityFilter, limit: number): Promise<string[][]> {
    const found: string[][] = [];
    let after: Cursor | undefined;
    do {
      const { items, next } = await readActivity(workspace, filter, { limit, after });
      found.push(items.map(({ id }) => id));
      after = next ?? undefined;
    } while (after);
    return found;
  }

  it('is the same, page by page, from the control plane and from the evidence folders', async () => {
    await fc.assert(
      fc.asyncProperty(filters, fc.integer({ min: 1, max: 15 }), async (filter, limit) => {
        const expected = await pages(withPlane, filter, limit);
        assert.deepEqual(await pages(alone, filter, limit), expected);
        const all = expected.flat();
        assert.equal(new Set(all).size, all.length);
        assert.ok(expected.slice(0, -1).every((page) => page.length === limit));
      }),
      { numRuns: 60 },
    );
    assert.equal((await pages(withPlane, {}, 7)).flat().length, 40);
  });

  it('says the same of each act', async () => {
    const plain = async (workspace: Opened) =>
      (await readHistory(workspace, {}, Infinity)).items.map((item) => ({
        ...item,
        started_at: Date.parse(item.started_at),
        finished_at: Date.parse(item.finished_at),
      }));
    assert.deepEqual(await plain(alone), await plain(withPlane));
    assert.deepEqual(
      [(await readHistory(withPlane, {}, 3)).source, (await readHistory(alone, {}, 3)).source],
      ['control-plane', 'evidence'],
    );
  });

  it('says the same of each act in detail, also where its folder lies in another clone', async () => {
    const elsewhere = await opened(sampleIn(folder()).root, withPlane.environment);
    const { items } = await readHistory(withPlane, {}, 8);
    const texts = async (workspace: Opened) =>
      Promise.all(items.map(async (act) => detailsText(await actDetails(workspace, act), 'Asia/Manila')));
    const expected = await texts(alone);
    assert.deepEqual(await texts(elsewhere), expected);
    const [promoted_, deployed, , built] = expected;
    assert.match(promoted_ ?? '', /- production moved from ffffffff to 01234567\n\n## Gates\n- ✓ linear-history: exit code 0 \(0\.0 s\)\n/);
    assert.match(
      deployed ?? '',
      /- staging ran 01234567 then\n- the way back: ffffffff\n\n## Health\n- ✓ database: .*\n[\s\S]*## Migrations\n- ipai_loyalty: /,
    );
    assert.match(built ?? '', /^# Build main: passed\n\n- commit [0-9a-f]{40}/);
    // A folder that leads out of the evidence is not opened.
    const strange = { ...items[0]!, folder: 'web/docs/evidence/../../..' };
    assert.equal((await actDetails(alone, strange)).promotion, null);
  });

  it('comes from the evidence folders, with the reason, where the control plane does not answer', async () => {
    const closed = await strangeServer(() => undefined);
    closed.close();
    const away = await opened(alone.root, { DATABASE_URL: closed.url });
    const { source, notice, items, next } = await readActivity(away, {}, { limit: 5 });
    assert.deepEqual([source, items.length, next?.id], ['evidence', 5, items[4]?.id]);
    assert.match(notice ?? '', /control plane does not answer/);
    assert.doesNotMatch(notice ?? '', /very-secret-pw/);
    const stopped = new AbortController();
    stopped.abort();
    await rejectsWith(
      opened(alone.root, { DATABASE_URL: closed.url }).then((workspace) =>
        readActivity({ ...workspace, context: { ...workspace.context, signal: stopped.signal } }, {}, { limit: 5 }),
      ),
      'cancelled',
    );
  });

  it('does not hold what runs now: that is told apart', async () => {
    const { root } = sampleIn(folder());
    const workspace = await opened(root);
    const write = (number: number, minutesAgo: number) => {
      const at = new Date(Date.now() - minutesAgo * 60_000).toISOString();
      const path = join(workspace.evidenceRoot, `20260101-080${number}+0800`, 'build-main');
      mkdirSync(path, { recursive: true });
      const own = { ...sampleRecord().process, host: 'elsewhere' };
      const record = sampleRecord(number, { result: 'interrupted', started_at: at, finished_at: null, process: own });
      writeFileSync(join(path, 'record.json'), `${JSON.stringify(record, null, 2)}\n`);
      return record.id;
    };
    // Of another host, within the time of its lock, and long after it.
    const [runs, dead] = [write(1, 1), write(2, 300)];
    assert.deepEqual(
      (await runningActs(workspace)).map(({ id }) => id),
      [runs],
    );
    const { items } = await readActivity(workspace, {}, { limit: 5 });
    assert.deepEqual(
      items.map(({ id, result }) => [id, result]),
      [[dead, 'interrupted']],
    );
  });

  it('is remembered after evidence was removed by age: the remote keeps a copy', async () => {
    const { root } = sampleIn(folder());
    const acts: string[] = [];
    for (const [index, days] of [120, 110].entries()) {
      pushBranch(root, `fix/old-${index}`, 'main', { [`docs/old-${index}.md`]: 'old\n' });
      const { record } = await daysAgo(days, () => promoted(root, `fix/old-${index}`, 'main'));
      acts.unshift(record.id);
    }
    const { act } = await pruneEvidence(await opened(root));
    assert.deepEqual(act?.record.plan.act === 'prune' && act.record.plan.remove.map(({ id }) => id), [acts[1]]);
    const workspace = await opened(root);
    const { items } = await readActivity(workspace, { act: 'promotion' }, { limit: 5 });
    assert.deepEqual(
      items.map(({ id }) => id),
      acts,
    );
    const { answer } = await ranAt(workspace, 'staging', new Date(Date.now() - 115 * 86_400_000));
    assert.deepEqual([answer.promotion?.id, answer.basis, answer.promotion?.gates.length], [acts[1], 'promotion', 6]);
  });
});
