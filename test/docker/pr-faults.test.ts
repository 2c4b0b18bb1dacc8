import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { everything } from '../../src/runtime/pr-environments/remove.ts';
import { sweep } from '../../src/runtime/pr-environments/sweep.ts';
import { startCli } from '../support/cli.ts';
import { startPrHost, type PrHost } from '../support/docker/pr-host.ts';
import { needsDocker } from '../support/docker/skip.ts';

const { signal } = new AbortController();
const TOKEN = { gitHubToken: null };

/** Every step at whose begin a build may die. In CI a part of them: each takes its time. */
const ALL = [
  'pull-request',
  'code',
  'replace',
  'database',
  'place',
  'filestore',
  'fresh',
  'modules',
  'neutralise',
  'verify',
  'start',
  'ready',
  'still-open',
  'route',
];
const SOME = ['database', 'modules', 'ready'];
const STEPS = process.env['FAULTS'] === 'all' ? ALL : SOME;

const foreignThings = (): string =>
  [
    execFileSync('docker', ['volume', 'ls', '--quiet', '--filter', 'name=foreign-to-odoo-ops']),
    execFileSync('docker', ['network', 'ls', '--quiet', '--filter', 'name=foreign-to-odoo-ops']),
  ].join('\n');

describe('a build that is killed', function () {
  this.timeout(180_000);
  needsDocker();
  let folder: string;
  let host: PrHost;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'odoo-ops-faults-'));
    host = await startPrHost(folder);
    execFileSync('docker', ['volume', 'create', 'foreign-to-odoo-ops-pr-1']);
    execFileSync('docker', ['network', 'create', '--internal', 'foreign-to-odoo-ops-pr-1']);
    await host.postgres.query('create database foreign_odoo_ops_pr_1');
    await host.postgres.query('revoke connect on database foreign_odoo_ops_pr_1 from public');
  });
  after(async () => {
    execFileSync('docker', ['volume', 'rm', 'foreign-to-odoo-ops-pr-1']);
    execFileSync('docker', ['network', 'rm', 'foreign-to-odoo-ops-pr-1']);
    await host.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const step of STEPS) {
    it(`at the begin of ${step} leaves nothing after a sweep, and nothing foreign is touched`, async function () {
      const before = foreignThings();
      const { number } = host.github.state.openPull({ branch: 'feature/loyalty-points' });
      const running = startCli(host.root, ['pr', 'up', String(number), '--yes', '--json'], { env: host.environment });
      const seen = { killed: false };
      running.child.stderr!.on('data', (chunk: Buffer) => {
        if (seen.killed || !chunk.toString().includes(`"type":"start","step":"${step}"`)) return;
        seen.killed = true;
        process.kill(-running.pid, 'SIGKILL');
      });
      const { code } = await running.ended;
      // A fresh database is made once: afterwards there is no such step.
      if (!seen.killed && step === 'fresh') return this.skip();
      assert.equal(seen.killed, true, `it came to its end (${code ?? ''}) without the step ${step}`);
      host.github.state.closePull(number);
      await sweep(await host.open(), { dryRun: false, ...TOKEN });
      const left = (await everything(await host.platform(), signal)).filter(({ thing }) => thing.stamp.number !== null);
      assert.deepEqual(
        left.map(({ thing }) => `${thing.kind} ${thing.name}`),
        [],
      );
      assert.equal(foreignThings(), before);
      assert.equal((await host.postgres.query("select from pg_database where datname = 'foreign_odoo_ops_pr_1'")).length, 1);
    });
  }
});
