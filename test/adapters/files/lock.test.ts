import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { withFileLock } from '../../../src/adapters/files/lock.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { temporaryFolders } from '../../support/temp.ts';

describe('a lock of the clone', () => {
  const folder = temporaryFolders();
  const lockIn = () => join(folder(), 'state', 'prune.lock');
  const left = async (holder: object | string, hours = 0) => {
    const path = lockIn();
    await withFileLock(path, 'It', () => Promise.resolve());
    writeFileSync(path, typeof holder === 'string' ? holder : JSON.stringify(holder));
    const time = new Date(Date.now() - hours * 3_600_000);
    utimesSync(path, time, time);
    return path;
  };
  /** The id of a process that has ended. */
  const deadProcess = () => spawnSync(process.execPath, ['--version']).pid;
  const runs = (path: string) => withFileLock(path, 'Another prune', () => Promise.resolve('ran'));

  it('keeps others away while it is held, and is gone afterwards, also after an error', async () => {
    const path = lockIn();
    await withFileLock(path, 'Another prune', async () => {
      assert.equal((JSON.parse(readFileSync(path, 'utf8')) as { pid: number }).pid, process.pid);
      await rejectsWith(runs(path), 'locked', 'Another prune is running already');
    });
    await assert.rejects(
      withFileLock(path, 'x', () => Promise.reject(new Error('broke'))),
      /broke/,
    );
    assert.equal(existsSync(path), false);
    assert.equal(await runs(path), 'ran');
  });

  it('of a killed process holds nobody', async () => assert.equal(await runs(await left({ host: hostname(), pid: deadProcess() })), 'ran'));

  it('of another host holds for an hour', async () => {
    await rejectsWith(runs(await left({ host: 'elsewhere', pid: 1 }, 0.9)), 'locked');
    assert.equal(await runs(await left({ host: 'elsewhere', pid: 1 }, 1.1)), 'ran');
  });

  it('that says nothing was left by a process that was killed at once, unless it was made just now', async () => {
    await rejectsWith(runs(await left('')), 'locked');
    assert.equal(await runs(await left('', 1)), 'ran');
  });

  it('of a killed process is taken over by one of many, never by two', async () => {
    for (let round = 0; round < 20; round++) {
      const path = await left({ host: hostname(), pid: deadProcess() });
      let inside = 0;
      let ran = 0;
      const work = () =>
        withFileLock(path, 'Another', async () => {
          assert.equal(++inside, 1);
          await new Promise((resolve) => setImmediate(resolve));
          inside--;
          ran++;
        }).catch((error: unknown) => rejectsWith(Promise.reject(error as Error), 'locked'));
      await Promise.all(Array.from({ length: 8 }, work));
      assert.ok(ran > 0);
      assert.deepEqual(readdirSync(dirname(path)), []);
    }
  });
});
