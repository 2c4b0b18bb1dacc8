import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepTemplate } from '../../../src/runtime/pr-environments/template.ts';
import { cloneOf, pushBranch } from '../../support/sample.ts';
import { git } from '../../fixtures/sample-repository.ts';
import { startPrHost, type PrHost } from '../../support/docker/pr-host.ts';
import { inTurn, median, medianRatio, timed, timeProcess, type Report } from '../measure.ts';
import { writeAddons } from '../repository.ts';

const ROUNDS = 3;
const BRANCH = 'feature/bench';
const PLAIN_IMAGE = 'odoo-ops-bench-plain';
/** What has to be done to a copy and its code whoever made them. */
const SAME_FOR_BOTH = ['modules', 'neutralise', 'start', 'ready'];

/** 250 MB of addons beside the sample's, as a team has them. */
function fill(root: string): void {
  writeAddons(root, { files: 6500, bytes: 18_000, large: 25 }, 'oca');
  writeAddons(root, { files: 2000, bytes: 20_000, large: 8 }, 'ipai');
}

/** A staging of some size on the server, and the template that is kept of it. @returns megabytes that it really has */
async function makeStaging({ postgres, open }: PrHost, megabytes: number): Promise<number> {
  await postgres.query('drop database if exists staging with (force)');
  const [fresh] = await postgres.query("select datname from pg_database where datname like 'odoo_ops_%fresh%'");
  await postgres.query(`create database staging template "${String(fresh?.['datname'])}"`);
  await postgres.query('alter database staging allow_connections true connection limit -1');
  await postgres.query('revoke connect on database staging from public');
  await postgres.query('create table ballast (id serial primary key, filler text)', 'staging');
  await postgres.query('alter table ballast alter filler set storage external', 'staging');
  await postgres.query(
    `insert into ballast (filler) select repeat(md5(n::text), 256)
     from generate_series(1, greatest(0, ${megabytes} - (pg_database_size('staging') / 1048576)::int) * 110) n`,
    'staging',
  );
  const [size] = await postgres.query("select pg_database_size('staging') / 1000000 as megabytes");
  await keepTemplate(await open(), { filestore: null, gitHubToken: null });
  return Number(size?.['megabytes']);
}

/** What a team has without this: `docker build` of the check-out after the same push, and a dump of staging that is restored. */
async function plainly({ postgres }: PrHost, checkout: string): Promise<{ build: number; restore: number }> {
  await postgres.query('drop database if exists plain_copy with (force)');
  await postgres.query('create database plain_copy');
  const build = timeProcess('docker', ['build', '--quiet', '--tag', PLAIN_IMAGE, checkout], {
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
  });
  const copy =
    'set -e; export PGHOST=/tmp PGUSER=postgres PATH=/opt/pg/bin:$PATH; pg_dump -Fc staging | pg_restore --no-owner -d plain_copy';
  const restore = timeProcess('docker', ['exec', postgres.container, 'sh', '-c', copy]);
  await postgres.query('drop database plain_copy with (force)');
  return { build, restore };
}

/**
 * From a push to an environment that is ready, and `down`, from templates of some sizes in megabytes; beside `docker build` and a dump that
 * is restored, after the same push, in turn. A build by hand has the rest of the steps before it as well.
 */
export async function benchUp(report: Report, sizes: readonly number[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'odoo-ops-bench-pr-'));
  const host = await startPrHost(folder, { programs: true, fill });
  try {
    let edits = 0;
    const push = (from: string) => pushBranch(host.root, BRANCH, from, { 'addons/ipai/ipai_loyalty/bench.py': `N = ${++edits}\n` });
    push('main');
    const checkout = cloneOf(host.origin, join(folder, 'plain'), 'Bench');
    git(checkout, ['switch', '--quiet', BRANCH]);
    const { number } = host.github.state.openPull({ branch: BRANCH });
    await host.up(number); // makes the fresh database that staging is made of, and has the engine know the base image
    for (const size of sizes) {
      const megabytes = await makeStaging(host, size);
      const steps = new Map<string, number[]>();
      const downs: number[] = [];
      const took = (names: readonly string[]) => names.reduce((sum, name) => sum + median(steps.get(name) ?? [0]), 0);
      const plain: { build: number; restore: number }[] = [];
      const [ours = [], theirs = []] = await inTurn(
        ROUNDS,
        async () => {
          downs.push(await timed(() => host.down(number)));
          push(`origin/${BRANCH}`);
          return timed(async () => {
            const { record } = await host.up(number);
            for (const step of record.steps) steps.set(step.name, [...(steps.get(step.name) ?? []), step.duration_ms ?? 0]);
          });
        },
        async () => {
          git(checkout, ['pull', '--quiet']);
          writeFileSync(join(checkout, 'Dockerfile'), `FROM ${host.image.image}\nCOPY addons /workspaces/odoo/addons\n`);
          writeFileSync(join(checkout, '.dockerignore'), '.git\n');
          const one = await plainly(host, checkout);
          plain.push(one);
          return one.build + one.restore;
        },
      );
      const odoo = host.image.real ? 'real Odoo 19' : 'stand-in for Odoo';
      const [build, restore] = [median(plain.map((one) => one.build)), median(plain.map((one) => one.restore))];
      const by = `docker build ${build.toFixed(0)} ms, pg_dump | pg_restore ${restore.toFixed(0)} ms`;
      const same = took(SAME_FOR_BOTH);
      console.error(`steps from ${megabytes} MB, ms: ${[...steps].map(([name]) => `${name} ${took([name]).toFixed(0)}`).join(', ')}`);
      report({
        figure: `from the push to ready, template of ${megabytes} MB, ${odoo}`,
        value: median(ours),
        unit: 'ms',
        target: size < 500 ? 20_000 : null,
        ratio: medianRatio(
          ours,
          theirs.map((ms) => ms + same),
        ),
        compared_with: `${by}, and the ${same.toFixed(0)} ms of ${SAME_FOR_BOTH.join(', ')}`,
      });
      report({
        figure: `of it code and database, template of ${megabytes} MB`,
        value: took(['code', 'database']),
        unit: 'ms',
        target: (build + restore) / 3,
        ratio: took(['code', 'database']) / (build + restore),
        compared_with: by,
      });
      report({ figure: `down, ${megabytes} MB`, value: median(downs), unit: 'ms', target: 5000 });
    }
  } finally {
    await host.stop();
    timeProcess('docker', ['image', 'rm', '--force', PLAIN_IMAGE]);
    rmSync(folder, { recursive: true, force: true });
  }
}
