import type { HostFacts } from '../../core/control-plane/environment-changes.ts';
import { toOpsError } from '../../core/errors.ts';
import { SWEEP_TOPIC } from '../../core/evidence/folder.ts';
import type { SweepOutcome, SweepPlan, ThingNote } from '../../core/pr-environments/plan.ts';
import type { PullRequest } from '../../core/pr-environments/pull-request.ts';
import { planSweep } from '../../core/pr-environments/sweep.ts';
import { isEnvironment } from '../../core/pr-environments/thing.ts';
import { count } from '../../core/text.ts';
import { tellHost } from '../control-plane/environments.ts';
import { runAct, type ActResult } from '../evidence/act.ts';
import type { Session } from '../evidence/session.ts';
import { say, type Workspace } from '../workspace.ts';
import { isClaimed } from './list.ts';
import { identityOf, openPlatform, type Platform, type PlatformOptions } from './platform.ts';
import { requireForge } from './pull-request.ts';
import { everything, removeThings, type Kept } from './remove.ts';

import { tend } from './tend.ts';

export interface SweepOptions extends PlatformOptions {
  /** Says what would go, and takes nothing away. */
  dryRun: boolean;
}

type Reclaim = Kept & { reason: string };

export interface Swept {
  plan: SweepPlan;
  /** Null where there was nothing to take away, and with `dryRun`. */
  act: ActResult | null;
}

const noteOf = ({ thing: { kind, part, name }, reason }: Reclaim): ThingNote => ({ kind, part, name, reason });

/** Numbers whose environment somebody builds, changes or removes right now. */
async function claimedNumbers(platform: Platform, things: readonly Kept[], signal: AbortSignal): Promise<Set<number>> {
  const numbers = [...new Set(things.map(({ thing }) => thing.stamp.number).filter((number) => number !== null))];
  const claimed = new Set<number>();
  for (const number of numbers) if (await isClaimed(platform, identityOf(platform, { number, branch: '' }), signal)) claimed.add(number);
  return claimed;
}

interface Surroundings {
  open: number[];
  all: Kept[];
  reclaim: Reclaim[];
}

/** What could go, by all who know. @throws OpsError `unreachable` where one of them does not answer: then everything stays */
async function lookAround(platform: Platform, signal: AbortSignal): Promise<Surroundings> {
  const [pulls, all] = await Promise.all([requireForge(platform.forge).openPullRequests(signal), everything(platform, signal)]);
  const reclaim = judge(platform, all, pulls, await claimedNumbers(platform, all, signal));
  return { open: pulls.map(({ number }) => number).sort((a, b) => a - b), all, reclaim };
}

function judge(
  { project }: Platform,
  all: readonly Kept[],
  openPullRequests: readonly PullRequest[],
  buildingNow: ReadonlySet<number>,
): Reclaim[] {
  const keepers = new Map(all.map((kept) => [kept.thing, kept]));
  return planSweep({ things: [...keepers.keys()], openPullRequests, now: new Date(), project, buildingNow }).flatMap(
    ({ thing, reason }) => {
      const kept = keepers.get(thing);
      return kept ? [{ ...kept, reason }] : [];
    },
  );
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
  const surroundings = await lookAround(platform, signal);
  const { open, reclaim } = surroundings;
  const plan: SweepPlan = { act: 'sweep', project: platform.project, open, reclaim: reclaim.map(noteOf) };
  if (options.dryRun) return { plan, act: null };
  const act =
    reclaim.length === 0
      ? null
      : await runAct(workspace, SWEEP_TOPIC, plan, async (session) => {
          const outcome = await session.step('sweep', `Take ${count(reclaim.length, 'thing')} away`, () =>
            takeAway(platform, session, surroundings, signal),
          );
          const message = `${count(outcome.removed.length, 'thing')} removed${outcome.kept.length === 0 ? '' : `, ${outcome.kept.length} left alone`}.`;
          return { result: 'passed', message, outcome };
        });
  await tend(workspace, platform);
  await tellHost(workspace, () => hostFacts(platform, open, signal));
  return { plan, act };
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

/** How many environments are taken away at a time. */
const TOGETHER = 8;

async function takeAway(platform: Platform, session: Session, { all, reclaim }: Surroundings, signal: AbortSignal): Promise<SweepOutcome> {
  const outcome: SweepOutcome = { act: 'sweep', removed: [], kept: [], gone: [] };
  const numbers = [...new Set(reclaim.map(({ thing }) => thing.stamp.number))];
  const one = async (number: number | null) => {
    const things = reclaim.filter(({ thing }) => thing.stamp.number === number);
    try {
      const its = all.filter(({ thing }) => thing.stamp.number === number);
      const { removed, kept } =
        number === null ? await removeThings(things, signal) : await removeOf(platform, number, things, its, signal);
      outcome.removed.push(...removed);
      outcome.kept.push(...kept);
      if (number !== null && removed.length === its.length) outcome.gone.push(number);
      for (const { kind, name, reason } of removed) say(session.context, `Reclaimed ${kind} ${name}: ${reason}`, 'warning');
    } catch (error) {
      signal.throwIfAborted();
      const { message } = toOpsError(error);
      outcome.kept.push(...things.map((thing) => ({ ...noteOf(thing), reason: message })));
    }
  };
  for (let start = 0; start < numbers.length; start += TOGETHER) await Promise.all(numbers.slice(start, start + TOGETHER).map(one));
  return outcome;
}

/** What was listed is a while ago: the pull request is asked for once more, while nobody else may build. */
async function removeOf(
  platform: Platform,
  number: number,
  things: readonly Reclaim[],
  all: readonly Kept[],
  signal: AbortSignal,
): ReturnType<typeof removeThings> {
  const claim = await platform.server.claim(identityOf(platform, { number, branch: '' }), { wait: false }, signal);
  if (!claim) return { removed: [], kept: things.map((one) => ({ ...noteOf(one), reason: 'It is being built.' })) };
  try {
    const held = AbortSignal.any([signal, claim.signal]);
    const pull = await requireForge(platform.forge).pullRequest(number, held);
    return await removeThings(judge(platform, all, pull?.state === 'open' ? [pull] : [], new Set()), held);
  } finally {
    await claim.release();
  }
}
