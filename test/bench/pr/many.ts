import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { everything } from '../../../src/runtime/pr-environments/remove.ts';
import { sweep } from '../../../src/runtime/pr-environments/sweep.ts';
import { startPrHost } from '../../support/docker/pr-host.ts';
import { pushBranch } from '../../support/sample.ts';
import { timed, type Report } from '../measure.ts';

/** Many environments on one host, one after another, and the sweep that takes all of them away after their pull requests were closed. */
export async function benchMany(report: Report, many: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'odoo-ops-bench-pr-'));
  const host = await startPrHost(folder, { settings: [`running: ${many}`] });
  const look = async () => sweep(await host.open(), { dryRun: false, gitHubToken: null });
  try {
    const ms = await timed(async () => {
      for (let one = 0; one < many; one++) {
        const branch = `feature/bench-${one}`;
        pushBranch(host.root, branch, 'main', { [`addons/ipai/ipai_loyalty/bench_${one}.py`]: `N = ${one}\n` });
        await host.up(host.github.state.openPull({ branch }).number);
      }
    });
    report({ figure: `${many} environments, one after another, the first with a fresh database`, value: ms, unit: 'ms', target: null });
    const things = (await everything(await host.platform(), new AbortController().signal)).filter(
      ({ thing }) => thing.stamp.number !== null,
    );
    report({ figure: `sweep that finds ${things.length} things needed`, value: await timed(look), unit: 'ms', target: 3000 });
    for (const { number } of host.github.state.pulls) host.github.state.closePull(number);
    // Without the comments, of which GitHub takes one a second.
    const { act } = await look();
    const [step] = act?.record.steps ?? [];
    report({
      figure: `sweep that takes ${things.length} things of ${many} environments away`,
      value: step?.duration_ms ?? Number.NaN,
      unit: 'ms',
      target: 3000,
    });
  } finally {
    await host.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
