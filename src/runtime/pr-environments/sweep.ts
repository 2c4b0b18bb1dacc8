import type { HostFacts } from '../../core/control-plane/environment-changes.ts';
import { SWEEP_TOPIC } from '../../core/evidence/folder.ts';
import type { SweepOutcome, SweepPlan } from '../../core/pr-environments/plan.ts';
import { isEnvironment } from '../../core/pr-environments/thing.ts';
import { count, sentence } from '../../core/text.ts';
import { tellHost } from '../control-plane/environments.ts';
import { runAct, type ActResult } from '../evidence/act.ts';
import type { Workspace } from '../workspace.ts';
import { identityOf, openPlatform, type Platform, type PlatformOptions } from './platform.ts';
import { requireForge } from './pull-request.ts';
import { judge, takeAway } from './reclaim.ts';
import { everything, noteOf, type Kept, type Taken } from './remove.ts';
import { tellGone } from './report.ts';
import { tend, type Stopped } from './tend.ts';

export interface SweepOptions extends PlatformOptions {
  /** Says what would go, and takes nothing away. */
  dryRun: boolean;
}

export interface Swept {
  plan: SweepPlan;
  /** Null where there was nothing to take away, and with `dryRun`. */
  act: ActResult | null;
  /** Environments that are not harmless any more, and were stopped. */
  stopped: Stopped[];
}

/** Numbers whose environment somebody builds, changes or removes right now. */
async function claimedNumbers(platform: Platform, things: readonly Kept[], signal: AbortSignal): Promise<Set<number>> {
  const numbers = [...new Set(things.map(({ thing }) => thing.stamp.number).filter((number) => number !== null))];
  return platform.server.claimed(
    numbers.map((number) => identityOf(platform, { number, branch: '' })),
    signal,
  );
}

interface Surroundings {
  open: number[];
  reclaim: Taken[];
}

/** What could go, by all who know. @throws OpsError `unreachable` where one of them does not answer: then everything stays */
async function lookAround(platform: Platform, signal: AbortSignal): Promise<Surroundings> {
  const [pulls, all] = await Promise.all([requireForge(platform.forge).openPullRequests(signal), everything(platform, signal)]);
  const reclaim = judge(platform, all, pulls, await claimedNumbers(platform, all, signal));
  return { open: pulls.map(({ number }) => number).sort((a, b) => a - b), reclaim };
}

/**
 * Compares what there is with what there should be, and takes the rest away (§4.3: within one hour of closing nothing is left). Before
 * anything goes, its pull request is asked for once more, under the claim of its environment. Also looks whether the others are still
 * harmless, and puts idle ones to sleep.
 * @throws OpsError `unreachable` where GitHub, the engine or the database server does not answer: nothing was taken away then
 */
export async function sweep(workspace: Workspace, options: SweepOptions): Promise<Swept> {
  const { signal } = workspace.context;
  const platform = await openPlatform(workspace, options);
  const { open, reclaim } = await lookAround(platform, signal).catch(async (error: unknown) => {
    // Nobody may conclude that something is gone; whether what runs is harmless can be asked all the same.
    if (!options.dryRun) await tend(workspace, platform).catch(() => undefined);
    throw error;
  });
  const plan: SweepPlan = { act: 'sweep', project: platform.project, open, reclaim: reclaim.map((one) => noteOf(one, one.reason)) };
  if (options.dryRun) return { plan, act: null, stopped: [] };
  const act =
    reclaim.length === 0
      ? null
      : await runAct(workspace, SWEEP_TOPIC, plan, async (session) => {
          const outcome = await session.step('sweep', `Take ${count(reclaim.length, 'thing')} away`, () =>
            takeAway(platform, session, reclaim, signal),
          );
          return { result: outcome.failed.length === 0 ? 'passed' : 'failed', message: sweepMessage(outcome), outcome };
        });
  const stopped = await tend(workspace, platform);
  await tellAllGone(workspace, platform, reclaim, act);
  await tellHost(workspace, () => hostFacts(platform, open, signal));
  return { plan, act, stopped };
}

/** Last, and one after another: GitHub takes no more than one comment a second. */
async function tellAllGone({ context }: Workspace, platform: Platform, reclaim: readonly Taken[], act: ActResult | null): Promise<void> {
  const outcome = act?.record.outcome;
  if (outcome?.act !== 'sweep') return;
  for (const number of outcome.gone) {
    const found = reclaim.find(({ thing }) => thing.stamp.number === number);
    if (found) await tellGone(platform, context, number, found.thing);
  }
}

function sweepMessage({ removed, kept, failed = [] }: SweepOutcome): string {
  const [first] = failed;
  const others = `${kept.length === 0 ? '' : `, ${kept.length} left alone`}${first ? `, ${failed.length} could not be: ${first.name}: ${first.reason}` : ''}`;
  return sentence(`${count(removed.length, 'thing')} removed${others}`);
}

async function hostFacts(platform: Platform, open: readonly number[], signal: AbortSignal): Promise<HostFacts> {
  const at = new Date().toISOString();
  const here = new Map<number, 'running' | 'sleeping' | 'parts'>();
  for (const { thing } of await everything(platform, signal)) {
    const { number } = thing.stamp;
    if (number === null) continue;
    if (isEnvironment(thing)) here.set(number, thing.running === true ? 'running' : 'sleeping');
    else if (!here.has(number)) here.set(number, 'parts');
  }
  return { here, open: new Set(open), at };
}
