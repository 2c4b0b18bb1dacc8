import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { everything } from '../../src/runtime/pr-environments/remove.ts';
import { sweep } from '../../src/runtime/pr-environments/sweep.ts';
import { startCli } from '../support/cli.ts';
import { startPrHost, type PrHost } from '../support/docker/pr-host.ts';
import { needsDocker } from '../support/docker/skip.ts';
import { until } from '../support/until.ts';

const { signal } = new AbortController();
const TOKEN = { gitHubToken: null };

/** Every step of a build. In CI a part of them: each takes its time. */
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
/** What befalls a build at the begin of a step, and at which steps in CI. */
const FAULTS = {
  'is killed': ['database', 'modules', 'ready'],
  'loses Docker': ['place', 'ready'],
  'loses PostgreSQL': ['modules'],
} as const;
type Fault = keyof typeof FAULTS;
const stepsOf = (fault: Fault): readonly string[] => (process.env['FAULTS'] === 'all' ? ALL : FAULTS[fault]);

const foreignThings = (): string =>
  [
    execFileSync('docker', ['volume', 'ls', '--quiet', '--filter', 'name=foreign-to-odoo-ops']),
    execFileSync('docker', ['network', 'ls', '--quiet', '--filter', 'name=foreign-to-odoo-ops']),
  ].join('\n');

/** A way to the engine's socket that can be cut, as where the engine is stopped. */
async function wayToDocker(path: string) {
  const sockets = new Set<Socket>();
  const way = { isCut: false };
  const server = createServer((client) => {
    const engine = connect('/var/run/docker.sock');
    for (const one of [client, engine]) {
      sockets.add(one);
      one.on('error', () => undefined).on('close', () => sockets.delete(one));
    }
    if (way.isCut) client.destroy();
    client.pipe(engine).pipe(client);
    client.on('close', () => engine.destroy());
    engine.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    cut: (isCut: boolean) => {
      way.isCut = isCut;
      if (isCut) for (const socket of sockets) socket.destroy();
    },
    close: () => server.close(),
  };
}

describe('a build', function () {
  this.timeout(180_000);
  needsDocker();
  let folder: string;
  let host: PrHost;
  let way: Awaited<ReturnType<typeof wayToDocker>>;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'odoo-ops-faults-'));
    host = await startPrHost(folder);
    way = await wayToDocker(join(folder, 'docker.sock'));
    execFileSync('docker', ['volume', 'create', 'foreign-to-odoo-ops-pr-1']);
    execFileSync('docker', ['network', 'create', '--internal', 'foreign-to-odoo-ops-pr-1']);
    await host.postgres.query('create database foreign_odoo_ops_pr_1');
    await host.postgres.query('revoke connect on database foreign_odoo_ops_pr_1 from public');
  });
  after(async () => {
    execFileSync('docker', ['volume', 'rm', 'foreign-to-odoo-ops-pr-1']);
    execFileSync('docker', ['network', 'rm', 'foreign-to-odoo-ops-pr-1']);
    way.close();
    await host.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const strike: Record<Fault, (pid: number) => void> = {
    'is killed': (pid) => process.kill(-pid, 'SIGKILL'),
    'loses Docker': () => way.cut(true),
    'loses PostgreSQL': () => execFileSync('docker', ['kill', host.postgres.container]),
  };
  const mend: Record<Fault, () => Promise<void>> = {
    'is killed': () => Promise.resolve(),
    'loses Docker': () => {
      way.cut(false);
      return Promise.resolve();
    },
    'loses PostgreSQL': async () => {
      execFileSync('docker', ['start', host.postgres.container]);
      await until('PostgreSQL again', async () => (await host.postgres.query('select 1').catch(() => null)) !== null, 60_000);
    },
  };

  for (const fault of Object.keys(FAULTS) as Fault[])
    for (const step of stepsOf(fault))
      it(`that ${fault} at the begin of ${step} leaves nothing after a sweep, and nothing foreign is touched`, async function () {
        const before = foreignThings();
        const { number } = host.github.state.openPull({ branch: 'feature/loyalty-points' });
        const env = { ...host.environment, DOCKER_HOST: `unix://${join(folder, 'docker.sock')}` };
        const running = startCli(host.root, ['pr', 'up', String(number), '--yes', '--json'], { env });
        const seen = { struck: false };
        running.child.stderr!.on('data', (chunk: Buffer) => {
          if (seen.struck || !chunk.toString().includes(`"type":"start","step":"${step}"`)) return;
          seen.struck = true;
          strike[fault](running.pid);
        });
        const { code } = await running.ended;
        if (seen.struck) await mend[fault]();
        // A fresh database is made once: afterwards there is no such step.
        if (!seen.struck && step === 'fresh') {
          await host.down(number);
          return this.skip();
        }
        assert.equal(seen.struck, true, `it came to its end (${code ?? ''}) without the step ${step}`);
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
});
