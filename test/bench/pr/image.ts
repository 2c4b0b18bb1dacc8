import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Code } from '../../../src/core/pr-environments/engine.ts';
import { commit, git } from '../../fixtures/sample-repository.ts';
import { imageTest, sourceOf } from '../../support/docker/code-image.ts';
import { testImage } from '../../support/docker/base-image.ts';
import { inTurn, median, medianRatio, reporter, timed, timeProcess, type Report } from '../measure.ts';
import { writeAddons } from '../repository.ts';

/** How many times each: a plain build takes long. */
const ROUNDS = 3;
/** Times faster than a plain build. */
const TARGET = 10;
const CHANGED = 'addons/ipai/bench_module_0007/models/model_3.py';
const PLAIN = 'odoo-ops-bench.plain';

/** 250 MB of addons, as a team has them: a mirror of OCA, its own modules, and some that bundle others. @returns the root */
function makeTeam(folder: string, base: string): string {
  const root = join(folder, 'team');
  mkdirSync(root);
  git(root, ['init', '--quiet', '--initial-branch=main']);
  for (const [name, value] of Object.entries({ 'user.name': 'Bench', 'user.email': 'bench@example.com', 'gc.auto': '0' })) {
    git(root, ['config', name, value]);
  }
  writeAddons(root, { files: 60, bytes: 5000, large: 0 }, 'odoo');
  writeAddons(root, { files: 6500, bytes: 18_000, large: 25 }, 'oca');
  writeAddons(root, { files: 2000, bytes: 20_000, large: 8 }, 'ipai');
  writeAddons(root, { files: 300, bytes: 18_000, large: 2 }, 'ipai_meta');
  writeFileSync(join(root, 'Dockerfile'), `FROM ${base}\nCOPY addons /workspaces/odoo/addons\n`);
  writeFileSync(join(root, '.dockerignore'), '.git\n');
  commit(root, 'Addons');
  git(root, ['repack', '-adq', '--depth=10', '--window=5']);
  return root;
}

/**
 * From a commit to an image that can be run, one file of it changed, beside what `docker build` with `COPY addons` takes for the same, in turn.
 * @param report gets ours, and how many times faster it is
 */
export async function benchImage(report: Report): Promise<void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-ops-bench-image-')));
  const { image: base } = await testImage();
  const test = imageTest('bench-image', base);
  try {
    const root = makeTeam(folder, base);
    let edits = 0;
    const edit = () => {
      writeFileSync(join(root, CHANGED), `VALUES = [${++edits}]\n`);
      commit(root, `Edit ${edits}`);
    };
    // What the one left for the disk is not for the other to wait for.
    const settle = () => timeProcess('sync', []);
    let last: Code | undefined;
    const build = () => timed(async () => (last = await test.build(await sourceOf(root))));
    const plainly = () =>
      timeProcess('docker', ['build', '--quiet', '--label', PLAIN, root], { env: { ...process.env, DOCKER_BUILDKIT: '0' } });

    settle();
    const cold = await build();
    const [plain, ours, again] = (await inTurn(
      ROUNDS,
      () => {
        edit();
        settle();
        return plainly();
      },
      () => {
        settle();
        return build();
      },
      build,
    )) as [number[], number[], number[]];
    const megabytes = (last?.layers ?? []).map(({ name, bytes }) => `${name} ${(bytes / 1e6).toFixed(0)} MB`).join(', ');
    const beside = `docker build, COPY addons: ${median(plain).toFixed(0)} ms`;
    report({ figure: `image, all of it new (${megabytes})`, value: cold, unit: 'ms', target: null });
    report({
      figure: 'image, one file of ipai changed',
      value: median(ours),
      unit: 'ms',
      target: median(plain) / TARGET,
      ratio: medianRatio(ours, plain),
      compared_with: beside,
    });
    report({
      figure: 'image, the same commit again',
      value: median(again),
      unit: 'ms',
      target: 500,
      ratio: medianRatio(again, plain),
      compared_with: beside,
    });
  } finally {
    await test.clean();
    for (const { Id } of await test.docker.listImages({ filters: JSON.stringify({ label: [PLAIN] }) })) {
      await test.docker.getImage(Id).remove({ force: true });
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchImage(reporter('pr'));
