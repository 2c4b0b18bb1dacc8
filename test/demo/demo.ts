import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { DemoFailure, run, type Outcome, type Program } from './commands.ts';
import { controlPlaneHolds } from './control-plane.ts';
import { serveOdoo } from './odoo.ts';
import { heading, paint, remark, say } from './screen.ts';
import { makeSample } from './sample.ts';
import { tellStory } from './story.ts';
import { showPullRequest } from './pull-request.ts';
import { printFacts, printTable } from './table.ts';

const PACKAGE = join(import.meta.dirname, '..', '..');
const CLI = join(PACKAGE, 'dist', 'cli.cjs');

/** The first Ctrl-C ends the demo in order; while it puts things away, more of them change nothing. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => controller.abort(new Error(`Stopped by ${name}.`)));
  return controller.signal;
}

async function putAway(root: string): Promise<void> {
  // A signal of its own: this also happens after Ctrl-C.
  const program: Program = { cli: CLI, root, signal: new AbortController().signal };
  try {
    if (existsSync(join(root, '.git'))) await run(program, { args: ['control-plane', 'stop', '--remove'] });
  } finally {
    rmSync(dirname(root), { recursive: true, force: true });
  }
  say(paint('gray', `   Removed ${dirname(root)}.`));
}

function printEnd(root: string, keep: boolean): void {
  const open = `code --extensionDevelopmentPath=${PACKAGE} ${root}`;
  if (!keep) {
    say('To go on from here, in VS Code and on the command line, keep the workspace:');
    say(`  ${paint('cyan', 'npm run demo -- --keep')}`);
    say();
    return;
  }
  say('The workspace and its control plane stay. Open them in VS Code:');
  say(`  ${paint('cyan', open)}`);
  say('Go on from the command line:');
  say(`  ${paint('cyan', `cd ${root}`)}`);
  say(`  ${paint('cyan', `alias odoo-ops='node ${CLI}'`)}`);
  say('When you are done, there:');
  say(`  ${paint('cyan', `odoo-ops control-plane stop --remove && rm -r ${dirname(root)}`)}`);
}

async function demo(program: Program, keep: boolean): Promise<void> {
  const begin = performance.now();
  const outcomes: Outcome[] = [];
  let parts = await tellStory(program, outcomes);
  const notShown: [what: string, why: string][] = [];
  for (const [what, show] of [
    ['Odoo', serveOdoo],
    ['PR environment', showPullRequest],
  ] as const) {
    const shown = await show(program, parts + 1);
    if (typeof shown === 'string') {
      notShown.push([what, `not shown. ${shown}`]);
      continue;
    }
    outcomes.push(...shown);
    parts++;
  }
  heading(parts + 1, 'What happened');
  printTable(outcomes);
  printFacts([
    ['Time', `${((performance.now() - begin) / 1000).toFixed(0)} s`],
    ['Evidence', join(program.root, 'web', 'docs', 'evidence')],
    ['Its copy', 'branch odoo-ops/evidence of origin'],
    ['Control plane', await controlPlaneHolds(program.root)],
    ...notShown,
  ]);
  say();
  printEnd(program.root, keep);
}

async function main(): Promise<number> {
  const words = process.argv.slice(2);
  if (words.some((word) => word !== '--keep')) {
    process.stderr.write('Usage: npm run demo [-- --keep]\n');
    return 2;
  }
  if (!existsSync(CLI)) throw new DemoFailure('dist/cli.cjs is missing: run `npm run build` first.');
  const signal = interruption();
  await setImmediate(); // a Ctrl-C that came while the program was loaded
  const stopped = () => signal.aborted;
  if (stopped()) return 130;
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-ops-demo-')));
  let kept = false;
  const root = join(folder, 'odoo-team');
  say(paint('bold', 'Odoo Ops: from a branch to production, with evidence'));
  remark('A sample repository with a bare origin, and the real command line on it.');
  remark(folder);
  try {
    await makeSample(folder);
    await demo({ cli: CLI, root, signal }, words.includes('--keep'));
    kept = words.includes('--keep');
    return 0;
  } catch (error) {
    say();
    say(
      paint(
        'red',
        stopped()
          ? 'The demo was stopped.'
          : `The demo failed: ${error instanceof DemoFailure ? error.message : String((error as Error).stack)}`,
      ),
    );
    return stopped() ? 130 : 1;
  } finally {
    if (!kept) await putAway(root);
  }
}

process.exitCode = await main();
