import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { recordRows, setPullRequestEnvironment } from '../../../src/core/control-plane/calls.ts';
import { environmentCourse, type EnvironmentChange } from '../../../src/core/control-plane/environment-changes.ts';
import { environmentLives, environmentOfAct, environmentsAlive } from '../../../src/core/control-plane/environment-questions.ts';
import type { ControlPlane } from '../../../src/core/control-plane/port.ts';
import { rowsOf, type Delivery } from '../../../src/core/control-plane/rows.ts';
import { SHA } from '../../support/deliveries.ts';
import { environmentDown, environmentPlan, environmentUp, EXPIRES, swept } from '../../support/environment-deliveries.ts';
import { rejectsWith } from '../../support/rejects.ts';
import type { Site } from './contract.ts';

const deliver = async (plane: ControlPlane, ...all: Delivery[]) => {
  for (const one of all) await plane.call(recordRows(rowsOf(one, plane.clientId, sha256)));
};
const OTHER = 'd'.repeat(40);

/** The life of PR environments, over every way to the control plane. The rule in depth: `postgres/environment-lives.test.ts`. */
export function environmentsContract(site: () => Site): void {
  describe('a pull request’s environment', () => {
    let count = 0;
    const client = () => `pr-acme-${++count}`;
    const stateOf = async (plane: ControlPlane, number = 12) =>
      (await plane.select(environmentLives(number, 10))).map(({ state, sha }) => `${state} ${sha?.slice(0, 4) ?? '-'}`);
    const building = ({ record }: Delivery, clientId: string): EnvironmentChange =>
      environmentCourse(record, environmentPlan(12, { sha: OTHER }), clientId);

    it('is what its records say, whole', async () => {
      const plane = site().plane(client(), 'ci');
      const up = environmentUp(1, 12, { outcome: { verdict: 'yellow', lines: ['WARNING x: deprecated', 'é 🎉 \\ " \''] } });
      await deliver(plane, up);
      const [{ created_at, updated_at, expires_at, ...row } = assert.fail('no row'), ...more] = await plane.select(environmentsAlive(10));
      assert.equal(more.length, 0);
      assert.deepEqual(row, {
        id: up.record.id,
        number: 12,
        title: 'Loyalty points',
        branch: 'feature/points',
        host: 'pr-12-points.dev.example.com',
        url: 'https://pr-12-points.dev.example.com',
        engine: 'docker',
        sha: SHA,
        state: 'running',
        verdict: 'yellow',
        lines: ['WARNING x: deprecated', 'é 🎉 \\ " \''],
        message: 'WARNING x: deprecated',
        evidence_id: up.record.id,
        removed_at: null,
      });
      assert.deepEqual([created_at, updated_at].map(Date.parse), Array(2).fill(Date.parse(up.record.finished_at ?? '')));
      assert.equal(Date.parse(expires_at ?? ''), Date.parse(EXPIRES));
      assert.deepEqual((await plane.select(environmentOfAct(up.record.id))).length, 1);
      await deliver(plane, up);
      assert.deepEqual(await stateOf(plane), ['running 0123']);
    });

    it('shows what runs meanwhile, and the record of the act has the last word', async () => {
      const acme = client();
      const plane = site().plane(acme, 'ci');
      const [first, second] = [environmentUp(1, 12), environmentUp(2, 12, { plan: { sha: OTHER } })];
      await deliver(plane, first);
      assert.equal(await plane.call(setPullRequestEnvironment(building(second, acme))), true);
      assert.deepEqual(await stateOf(plane), ['building dddd']);
      const [row] = await plane.select(environmentLives(12));
      assert.deepEqual([row?.verdict, row?.id], ['green', first.record.id]); // of what runs still
      await deliver(plane, second);
      assert.deepEqual(await stateOf(plane), ['running dddd']);
      // The word that was slower than the act.
      assert.equal(await plane.call(setPullRequestEnvironment(building(second, acme))), false);
      assert.deepEqual(await stateOf(plane), ['running dddd']);
    });

    it('that was removed is never there again by what is told late, and another life of it is another row', async () => {
      const plane = site().plane(client(), 'ci');
      await deliver(plane, environmentDown(2, 12), environmentUp(1, 12));
      assert.deepEqual(await stateOf(plane), ['removed -']);
      assert.deepEqual(await plane.select(environmentsAlive(10)), []);
      await deliver(plane, environmentUp(3, 12));
      assert.deepEqual((await stateOf(plane)).sort(), ['removed -', 'running 0123']);
      await deliver(plane, swept(4, { gone: [12, 13] }), environmentUp(3, 12));
      assert.deepEqual((await stateOf(plane)).sort(), ['removed -', 'removed 0123']);
      assert.deepEqual(await stateOf(plane, 13), ['removed -']);
    });

    it('is told of by CI alone, each client of its own', async () => {
      const [acme, globex] = [client(), client()];
      const up = environmentUp(1, 12);
      for (const role of ['viewer', 'operator'] as const)
        await rejectsWith(
          site()
            .plane(acme, role)
            .call(setPullRequestEnvironment(building(up, acme))),
          'unreachable',
        );
      await rejectsWith(
        site()
          .plane(globex, 'ci')
          .call(setPullRequestEnvironment(building(up, acme))),
        'unreachable',
        'row-level security',
      );
      await deliver(site().plane(acme, 'ci'), up);
      for (const role of ['viewer', 'operator'] as const) {
        assert.deepEqual(await stateOf(site().plane(acme, role)), ['running 0123']);
        const later = { ...building(up, acme), updated_at: '2027-01-01T00:00:00Z' };
        await rejectsWith(site().plane(acme, role).call(setPullRequestEnvironment(later)), 'unreachable', 'telling of a pull request');
      }
      assert.deepEqual(await stateOf(site().plane(globex, 'ci')), []);
      await deliver(site().plane(globex, 'ci'), environmentUp(1, 12));
      assert.deepEqual(await stateOf(site().plane(globex, 'viewer')), ['running 0123']);
    });

    it('is refused with what it has no place for, and nothing of that parcel is written', async () => {
      const acme = client();
      const plane = site().plane(acme, 'ci');
      const told = building(environmentUp(1, 12), acme);
      await rejectsWith(plane.call(setPullRequestEnvironment({ ...told, colour: 'red' } as never)), 'unreachable', 'colour');
      await rejectsWith(plane.call(setPullRequestEnvironment({ ...told, state: 'asleep' as 'sleeping' })), 'rejected', 'state');
      await rejectsWith(plane.call(setPullRequestEnvironment({ ...told, number: 0 })), 'rejected', 'number');
      await rejectsWith(plane.call(setPullRequestEnvironment({ ...told, updated_at: 'infinity' })), 'rejected');
      const rows = rowsOf(environmentUp(1, 12), acme, sha256);
      const [change] = rows.pull_request_environments ?? [];
      await rejectsWith(
        plane.call(recordRows({ ...rows, pull_request_environments: [change!, { ...change!, id: randomUUID(), number: -1 }] })),
        'rejected',
      );
      assert.deepEqual(await stateOf(plane), []);
    });

    it('is one row, however many tell of it at once', async () => {
      const acme = client();
      const all = Array.from({ length: 8 }, (_, index) => environmentUp(index, 12));
      await Promise.all(all.map((one) => deliver(site().plane(acme, 'ci'), one)));
      const found = await site().plane(acme, 'viewer').select(environmentLives(12, 20));
      assert.deepEqual(
        found.map(({ evidence_id }) => evidence_id),
        [all.at(-1)?.record.id],
      );
    });
  });
}
