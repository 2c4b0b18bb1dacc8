import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { environmentPaths } from '../../../../src/adapters/odoo/engine/layout.ts';
import { processEngine } from '../../../../src/adapters/odoo/engine/process-engine.ts';
import { stampedProcesses } from '../../../../src/adapters/odoo/engine/processes.ts';
import { startSupervised } from '../../../../src/adapters/odoo/engine/supervisor.ts';
import { resolveRunAs } from '../../../../src/adapters/odoo/run-as.ts';
import { OpsError } from '../../../../src/core/errors.ts';
import { rejectsWith } from '../../../support/rejects.ts';
import { temporaryFolders } from '../../../support/temp.ts';
import { until } from '../../../support/until.ts';
import { byKind, harness, PROJECT, signal } from './harness.ts';

const host = fileURLToPath(new URL('host.ts', import.meta.url));

describe('an environment of processes whose builder dies', function () {
  this.timeout(120_000);
  const folder = temporaryFolders();

  it('leaves nothing that is not found by its stamp, whenever that was', async function () {
    if (process.platform !== 'linux') return this.skip(); // only Linux tells a child that its parent died
    for (let time = 0; time < 12; time++) {
      const base = folder();
      const child = spawn(process.execPath, ['--import=tsx', host, base], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      await delay(time * 37); // the moment is what is tried here
      child.kill('SIGKILL');
      await once(child, 'exit');
      const engine = processEngine({
        folder: join(base, 'environments'),
        odoo: { home: base, program: '', python: '' },
        runAs: await resolveRunAs({ ODOO_OPS_RUN_AS: 'nobody' }),
        mail: { host: '127.0.0.1', port: 1 },
        environment: {},
      });
      const notes = await engine.notes(signal);
      assert.ok(!notes.some(({ message }) => message.includes('no stamp')), JSON.stringify(notes));
      const things = await engine.things(PROJECT, signal);
      for (const kind of ['process', 'work-tree', 'folder'] as const) {
        for (const thing of byKind(things, kind)) assert.equal(await engine.remove(thing, signal), true);
      }
      const { folder: place } = environmentPaths(join(base, 'environments'), { project: PROJECT, number: 1 });
      await until(`no process is left (${time})`, async () => (await stampedProcesses(place)).length === 0);
      // The first of all writes may have been cut off: that goes when it is looked at a minute later.
      const left = existsSync(dirname(place)) ? readdirSync(dirname(place)).filter((name) => !name.endsWith('.partial')) : [];
      assert.deepEqual(left, [], `files are left (${time})`);
    }
  });

  it('runs no Odoo whose number nobody could write down', async () => {
    const { options, attempt, ground } = await harness(folder());
    const one = attempt(1);
    await ground(one);
    const paths = environmentPaths(options.folder, one.identity);
    const what = {
      python: options.odoo.python,
      arguments: [options.odoo.program, '-c', paths.configuration],
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '', ODOO_OPS_ENVIRONMENT: paths.folder },
      runAs: options.runAs,
      database: 'db',
      configuration: paths.configuration,
      log: paths.log,
      append: false,
      logLimit: 1_000_000,
      ended: paths.ended,
    };
    await rejectsWith(
      startSupervised(what, () => Promise.reject(new OpsError('failed', 'The disk is full.'))),
      'failed',
      'The disk is full',
    );
    await until('nothing runs', async () => (await stampedProcesses(paths.folder)).length === 0);
    assert.equal(readFileSync(paths.log, 'utf8'), '');
  });
});
