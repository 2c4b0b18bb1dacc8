import { join } from 'node:path';
import { check } from '../../src/runtime/check.ts';
import { openWorkspace } from '../../src/runtime/workspace.ts';
import { CLI, environment, inTurn, median, medianRatio, timed, timeProcess, type Report } from './measure.ts';
import { makeRepository } from './repository.ts';

const ROUNDS = 5;

/** `check`: under 1 s for 10,000 files, and it grows no faster than the repository. */
export async function benchCheck(folder: string, report: Report): Promise<void> {
  const context = { signal: new AbortController().signal, report: () => undefined };
  const sizes = [10_000, 20_000].map((files) => ({
    files,
    root: makeRepository(join(folder, String(files)), { files, bytes: 2_000, large: 0 }),
  }));
  const cli = (root: string) => () => timeProcess(process.execPath, [CLI, 'check'], { cwd: root });
  const inProcess = (root: string) => () => timed(async () => check(await openWorkspace(root, context, environment())));
  const [small, large] = [sizes[0]!.root, sizes[1]!.root];
  const gitAlone = () => timeProcess('git', ['status', '--porcelain'], { cwd: small });
  const [cliSmall, cliLarge, hereSmall, hereLarge, gitSmall] = (await inTurn(
    ROUNDS,
    cli(small),
    cli(large),
    inProcess(small),
    inProcess(large),
    gitAlone,
  )) as [number[], number[], number[], number[], number[]];
  report({
    figure: 'cli, 10,000 files',
    value: median(cliSmall),
    unit: 'ms',
    target: 1000,
    ratio: medianRatio(cliSmall, gitSmall),
    compared_with: `git status: ${median(gitSmall).toFixed(0)} ms`,
  });
  report({
    figure: 'cli, 20,000 files by 10,000 files',
    value: medianRatio(cliLarge, cliSmall),
    unit: 'x',
    target: 2,
    compared_with: `${median(cliLarge).toFixed(0)} ms by ${median(cliSmall).toFixed(0)} ms`,
  });
  report({ figure: 'in process, 10,000 files', value: median(hereSmall), unit: 'ms', target: 1000 });
  report({
    figure: 'in process, 20,000 files by 10,000 files',
    value: medianRatio(hereLarge, hereSmall),
    unit: 'x',
    target: 2,
    compared_with: `${median(hereLarge).toFixed(0)} ms by ${median(hereSmall).toFixed(0)} ms`,
  });
}
