import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { groupLives, signalGroup } from '../../../src/adapters/odoo/process-group.ts';
import { eventually } from '../../fixtures/odoo/fake.ts';

const host = fileURLToPath(new URL('../../fixtures/odoo/host.ts', import.meta.url));

describe('process group of a server', function () {
  this.timeout(30_000);

  const cases: [mode: string, signal: NodeJS.Signals][] = [
    ['stubborn', 'SIGTERM'],
    ['stubborn', 'SIGINT'],
    ['silent', 'SIGKILL'],
  ];
  for (const [mode, signal] of cases) {
    it(`does not outlive its host that gets ${signal} (${mode} server)`, async function () {
      if (signal === 'SIGKILL' && process.platform !== 'linux') return this.skip(); // only Linux tells a child that its parent died
      const child = spawn(process.execPath, ['--import=tsx', host, mode], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
      const group = Number(chunk.toString());
      assert.ok(groupLives(group), 'the server runs');
      child.kill(signal);
      const [, endedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      assert.equal(endedBy, signal, 'the host dies of its signal, as if we had not listened to it');
      await eventually('the group is gone', () => !groupLives(group));
    });
  }

  it('may be gone already when it is signalled', () => {
    assert.doesNotThrow(() => signalGroup(2 ** 22 + 1, 'SIGTERM')); // above Linux's highest pid
  });
});
