import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shaSchema } from '../../../src/core/repository/names.ts';
import { commitSecrets } from '../../../src/runtime/policy/commit-secrets.ts';
import { openPolicy } from '../../../src/runtime/policy/session.ts';
import { openWorkspace } from '../../../src/runtime/workspace.ts';
import { git } from '../../fixtures/sample-repository.ts';
import { CLI, environment, inTurn, median, medianRatio, peakMemory, reporter, timed, timeProcess } from '../measure.ts';
import { makeHistory } from './history.ts';
import { makePolicyRepository } from './repository.ts';

/** `npm run bench:policy`: what all eleven rules cost in a repository of 10,000 files and 300 addons. */
const ROUNDS = 5;
const COMMITS = 1000;
const CHANGED = 'addons/oca/addon_1/models/model_0.py';

const report = reporter('policy');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-ops-bench-policy-')));

async function benchCheck(): Promise<void> {
  const root = makePolicyRepository(join(folder, 'addons'));
  const forget = () => rmSync(join(root, '.git', 'odoo-ops'), { recursive: true, force: true });
  const cli = () => timeProcess(process.execPath, [CLI, 'check'], { cwd: root });
  let edits = 0;
  const [cold, warm, changed, status] = (await inTurn(
    ROUNDS,
    () => {
      forget();
      return cli();
    },
    cli,
    () => {
      writeFileSync(join(root, CHANGED), `VALUES = [${++edits}]\n`);
      return cli();
    },
    () => timeProcess('git', ['status', '--porcelain'], { cwd: root }),
  )) as [number[], number[], number[], number[]];
  const beside = `git status: ${median(status).toFixed(0)} ms`;
  report({ figure: 'cold', value: median(cold), unit: 'ms', target: 3000, ratio: medianRatio(cold, status), compared_with: beside });
  report({ figure: 'warm', value: median(warm), unit: 'ms', target: 500, ratio: medianRatio(warm, status), compared_with: beside });
  report({
    figure: 'one file changed',
    value: median(changed),
    unit: 'ms',
    target: 300,
    ratio: medianRatio(changed, status),
    compared_with: beside,
  });

  const context = { signal: new AbortController().signal, report: () => undefined };
  const session = await openPolicy(await openWorkspace(root, context, environment()));
  await session.check();
  const typed = () => timed(() => session.check({ changed: [], overlay: new Map([[CHANGED, `VALUES = [${++edits}]\n`]]) }));
  const [keystroke] = (await inTurn(ROUNDS * 4, typed)) as [number[]];
  report({ figure: 'one file changed, in the editor', value: median(keystroke), unit: 'ms', target: 300 });
  forget();
  report({ figure: 'peak memory, cold', value: peakMemory([CLI, 'check'], folder, root), unit: 'MB', target: 300 });
}

/** The commits that staging has and production lacks, none of them seen before. */
async function benchCommits(): Promise<void> {
  const root = makeHistory(join(folder, 'history'), COMMITS);
  const signal = new AbortController().signal;
  const workspace = await openWorkspace(root, { signal, report: () => undefined }, environment());
  const [first, last] = [git(root, ['rev-list', '--max-parents=0', 'main']), git(root, ['rev-parse', 'main'])].map((sha) =>
    shaSchema.parse(sha),
  );
  const values: number[] = [];
  for (let round = 0; round < ROUNDS; round++) values.push(await timed(() => commitSecrets(workspace, first!, last!)));
  const log = median(Array.from({ length: ROUNDS }, () => timeProcess('git', ['log', '-p', '--format='], { cwd: root })));
  report({
    figure: 'secrets of 1,000 commits',
    value: median(values),
    unit: 'ms',
    target: 5000,
    compared_with: `git log -p: ${log.toFixed(0)} ms`,
  });
}

await benchCheck();
await benchCommits();
rmSync(folder, { recursive: true, force: true });
