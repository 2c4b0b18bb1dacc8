import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { everything } from '../../../src/runtime/pr-environments/remove.ts';
import { sweep } from '../../../src/runtime/pr-environments/sweep.ts';
import { keepTemplate } from '../../../src/runtime/pr-environments/template.ts';
import { git } from '../../fixtures/sample-repository.ts';
import { startPrHost, type PrHost } from '../../support/docker/pr-host.ts';
import { pushBranch } from '../../support/sample.ts';
import { median, type Report } from '../measure.ts';

const { signal } = new AbortController();
const TOKEN = { gitHubToken: null };
const ROUNDS = 3;
const MANY = Number(process.env['MANY'] ?? 10);

const timed = async <T>(run: () => Promise<T>): Promise<{ ms: number; value: T }> => {
  const begin = performance.now();
  const value = await run();
  return { ms: performance.now() - begin, value };
};

/** A staging of some size on the server, and the template that is kept of it. */
async function makeStaging(host: PrHost, megabytes: number): Promise<void> {
  await host.postgres.query('drop database if exists staging with (force)');
  const [fresh] = await host.postgres.query("select datname from pg_database where datname like 'odoo_ops_%fresh%'");
  await host.postgres.query(`create database staging template "${String(fresh?.['datname'])}"`);
  await host.postgres.query('alter database staging allow_connections true connection limit -1');
  await host.postgres.query('revoke connect on database staging from public');
  await host.postgres.query(
    'create table if not exists ballast (filler text); alter table ballast alter filler set storage external',
    'staging',
  );
  await host.postgres.query(
    `insert into ballast select repeat(md5(n::text), 256) from generate_series(1, greatest(0, ${megabytes} - (pg_database_size('staging') / 1048576)::int) * 120) n`,
    'staging',
  );
  await keepTemplate(await host.open(), { filestore: null, ...TOKEN });
}

/** What a team has without this: `docker build` of the repository, and a dump that is restored. */
async function plainly(host: PrHost, folder: string): Promise<number> {
  const checkout = mkdtempSync(join(folder, 'plain-'));
  git(folder, ['clone', '--quiet', host.origin, checkout]);
  execFileSync('sh', ['-c', `printf 'FROM ${host.image.image}\\nCOPY addons /workspaces/odoo/addons\\n' > ${checkout}/Dockerfile`]);
  await host.postgres.query('drop database if exists plain_copy with (force)');
  const { ms } = await timed(async () => {
    execFileSync('docker', ['build', '--quiet', '--no-cache', '--tag', 'odoo-ops-bench-plain', checkout]);
    await host.postgres.query('create database plain_copy');
    const url = (name: string) => host.postgres.url.replace(/\/postgres$/, `/${name}`);
    try {
      execFileSync(
        'sh',
        [
          '-c',
          `set -e; pg_dump -Fc '${url('staging')}' > ${checkout}/dump; pg_restore --no-owner --dbname '${url('plain_copy')}' ${checkout}/dump`,
        ],
        { stdio: 'pipe' },
      );
    } catch {
      console.error('pg_dump here is older than the server: what is compared with is docker build alone.');
    }
  });
  await host.postgres.query('drop database plain_copy with (force)');
  execFileSync('docker', ['rmi', '--force', 'odoo-ops-bench-plain']);
  return ms;
}

/** `pr up` from a template of some sizes, many of them on one host, `down`, and a sweep, beside the same by hand in the same run. */
export async function benchUp(report: Report, sizes: readonly number[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'odoo-ops-bench-pr-'));
  const host = await startPrHost(folder, [`running: ${MANY + 5}`]);
  const odoo = host.image.real ? 'real Odoo 19' : 'stand-in for Odoo';
  try {
    const first = host.github.state.openPull({ branch: 'feature/loyalty-points' });
    await host.up(first.number);
    for (const size of sizes) {
      await makeStaging(host, size);
      const ours: number[] = [];
      const steps = new Map<string, number[]>();
      const downs: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        downs.push((await timed(() => host.down(first.number))).ms);
        const { ms, value } = await timed(() => host.up(first.number));
        ours.push(ms);
        for (const { name, duration_ms: took } of value.record.steps) steps.set(name, [...(steps.get(name) ?? []), took ?? 0]);
      }
      const plain = await plainly(host, folder);
      const each = [...steps].map(([name, times]) => `${name} ${median(times).toFixed(0)}`).join(', ');
      console.error(`steps from ${size} MB, ms: ${each}`);
      report({
        figure: `up, template of ${size} MB, ${odoo}`,
        value: median(ours),
        unit: 'ms',
        target: 20_000,
        compared_with: `docker build + pg_dump | pg_restore alone: ${plain.toFixed(0)} ms`,
      });
      const copies = median(steps.get('database') ?? []) + median(steps.get('code') ?? []);
      report({
        figure: `code and database, template of ${size} MB`,
        value: copies,
        unit: 'ms',
        target: plain / 3,
        ratio: copies / plain,
        compared_with: `docker build + pg_dump | pg_restore: ${plain.toFixed(0)} ms`,
      });
      report({ figure: `down, ${size} MB`, value: median(downs), unit: 'ms', target: 5000 });
    }
    const begin = performance.now();
    for (let one = 0; one < MANY; one++) {
      const branch = `feature/bench-${one}`;
      pushBranch(host.root, branch, 'main', { [`addons/ipai/ipai_loyalty/bench_${one}.py`]: `N = ${one}\n` });
      await host.up(host.github.state.openPull({ branch }).number);
    }
    report({ figure: `${MANY} environments, one after another`, value: performance.now() - begin, unit: 'ms', target: null });
    for (const { number } of host.github.state.pulls) host.github.state.closePull(number);
    const things = (await everything(await host.platform(), signal)).filter(({ thing }) => thing.stamp.number !== null).length;
    const { ms } = await timed(async () => sweep(await host.open(), { dryRun: false, ...TOKEN }));
    report({ figure: `sweep of ${MANY + 1} environments, ${things} things`, value: ms, unit: 'ms', target: null });
  } finally {
    await host.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
