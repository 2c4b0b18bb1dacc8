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
import { undisturbed } from './claim.ts';
import { identityOf, openPlatform, type Platform, type PlatformOptions } from './platform.ts';
import { requireForge } from './pull-request.ts';
import { everything, removeThings, type Kept, type Removal } from './remove.ts';
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
  return platform.server.claimed(
    numbers.map((number) => identityOf(platform, { number, branch: '' })),
    signal,
  );
}

interface Surroundings {
  open: number[];
  reclaim: Reclaim[];
}

/** What could go, by all who know. @throws OpsError `unreachable` where one of them does not answer: then everything stays */
async function lookAround(platform: Platform, signal: AbortSignal): Promise<Surroundings> {
  const [pulls, all] = await Promise.all([requireForge(platform.forge).openPullRequests(signal), everything(platform, signal)]);
  const reclaim = judge(platform, all, pulls, await claimedNumbers(platform, all, signal));
  return { open: pulls.map(({ number }) => number).sort((a, b) => a - b), reclaim };
}

function judge(
  { project, description }: Platform,
  all: readonly Kept[],
  openPullRequests: readonly PullRequest[],
  buildingNow: ReadonlySet<number>,
): Reclaim[] {
  const keepers = new Map(all.map((kept) => [kept.thing, kept]));
  return planSweep({
    things: [...keepers.keys()],
    openPullRequests,
    now: new Date(),
    project,
    engine: description.id,
    buildingNow,
  }).flatMap(({ thing, reason }) => {
    const kept = keepers.get(thing);
    return kept ? [{ ...kept, reason }] : [];
  });
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
  const { open, reclaim } = await lookAround(platform, signal);
  const plan: SweepPlan = { act: 'sweep', project: platform.project, open, reclaim: reclaim.map(noteOf) };
  if (options.dryRun) return { plan, act: null };
  const act =
    reclaim.length === 0
      ? null
      : await runAct(workspace, SWEEP_TOPIC, plan, async (session) => {
          const outcome = await session.step('sweep', `Take ${count(reclaim.length, 'thing')} away`, () =>
            takeAway(platform, session, reclaim, signal),
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

async function takeAway(platform: Platform, session: Session, reclaim: readonly Reclaim[], signal: AbortSignal): Promise<SweepOutcome> {
  const outcome: SweepOutcome = { act: 'sweep', removed: [], kept: [], gone: [] };
  const take = async (number: number | null): Promise<void> => {
    const things = reclaim.filter(({ thing }) => thing.stamp.number === number);
    try {
      const { removed, kept, gone } =
        number === null ? { ...(await removeThings(things, signal)), gone: false } : await removeOf(platform, number, signal);
      outcome.removed.push(...removed);
      outcome.kept.push(...kept);
      if (number !== null && gone) outcome.gone.push(number);
      for (const { kind, name, reason } of removed) say(session.context, `Reclaimed ${kind} ${name}: ${reason}`, 'warning');
    } catch (error) {
      signal.throwIfAborted();
      const { message } = toOpsError(error);
      outcome.kept.push(...things.map((thing) => ({ ...noteOf(thing), reason: message })));
    }
  };
  const numbers = [...new Set(reclaim.map(({ thing }) => thing.stamp.number))];
  const own = numbers.filter((number) => number !== null);
  for (let start = 0; start < own.length; start += TOGETHER) await Promise.all(own.slice(start, start + TOGETHER).map(take));
  // What environments share goes after them: an image is let go when no container holds it.
  if (numbers.includes(null)) await take(null);
  return outcome;
}

/**
 * What was listed is a while ago: while nobody else may build, the pull request is asked for and the environment is looked at once more.
 */
function removeOf(platform: Platform, number: number, signal: AbortSignal): Promise<Removal & { gone: boolean }> {
  return undisturbed(platform, identityOf(platform, { number, branch: '' }), signal, async (held) => {
    const [pull, all] = await Promise.all([requireForge(platform.forge).pullRequest(number, held), everything(platform, held)]);
    const isOwn = ({ thing }: Kept): boolean => thing.stamp.number === number;
    const still = judge(platform, all, pull?.state === 'open' ? [pull] : [], new Set()).filter(isOwn);
    const removal = await removeThings(still, held);
    return { ...removal, gone: removal.removed.length === all.filter(isOwn).length };
  });
}
