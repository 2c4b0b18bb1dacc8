import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { cancelTask, requestTask, tasks } from '../../../src/core/tasks/task.ts';
import { rejectsWith } from '../../support/rejects.ts';
import type { Site } from './contract.ts';

/** Asking for work, over every way to the control plane. The rules in depth are tried on the database: `postgres/tasks.test.ts`. */
export function tasksContract(site: () => Site): void {
  describe('asking for work', () => {
    const build = { kind: 'build', payload: { revision: 'main', verify: true } } as const;

    it('is for operators and CI, once a key, and can be cancelled', async () => {
      const plane = site().plane('tasks-acme', 'operator');
      const id = await plane.call(requestTask('tasks-acme', build, 'nightly', randomUUID()));
      assert.equal(
        await site()
          .plane('tasks-acme', 'ci')
          .call(requestTask('tasks-acme', build, 'nightly', randomUUID())),
        id,
      );
      const other = await plane.call(requestTask('tasks-acme', { kind: 'check', payload: {} }, null, randomUUID()));
      const found = await site()
        .plane('tasks-acme', 'viewer')
        .select(tasks({ state: 'requested' }, 10));
      assert.deepEqual(
        found.map(({ id: found, kind, key, payload }) => ({ id: found, kind, key, payload })),
        [
          { id: other, kind: 'check', key: null, payload: {} },
          { id, kind: 'build', key: 'nightly', payload: build.payload },
        ],
      );
      assert.deepEqual(await plane.select(tasks({}, 1, found[0])), found.slice(1));
      assert.equal(await plane.call(cancelTask('tasks-acme', id)), id);
      await rejectsWith(plane.call(cancelTask('tasks-acme', id)), 'rejected', 'is cancelled');
    });

    it('is refused to viewers, for other clients, and with what the kind does not take', async () => {
      const plane = site().plane('tasks-globex', 'operator');
      await rejectsWith(
        site()
          .plane('tasks-globex', 'viewer')
          .call(requestTask('tasks-globex', build, null, randomUUID())),
        'unreachable',
        'asking for work',
      );
      await rejectsWith(plane.call(requestTask('tasks-acme', build, null, randomUUID())), 'unreachable', 'this client');
      await rejectsWith(
        plane.call(requestTask('tasks-globex', { kind: 'build', payload: {} } as never, null, randomUUID())),
        'rejected',
        'needs the field "revision"',
      );
      assert.deepEqual(await plane.select(tasks({}, 10)), []);
    });
  });
}
