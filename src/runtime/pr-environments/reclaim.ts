import { isOpsError, toOpsError } from '../../core/errors.ts';
import type { SweepOutcome, ThingNote } from '../../core/pr-environments/plan.ts';
import type { PullRequest } from '../../core/pr-environments/pull-request.ts';
import { planSweep } from '../../core/pr-environments/sweep.ts';
import type { Session } from '../evidence/session.ts';
import { say } from '../workspace.ts';
import { undisturbed } from './claim.ts';
import { identityOf, type Platform } from './platform.ts';
import { requireForge } from './pull-request.ts';
import { everything, removeThings, type Kept, type Removal } from './remove.ts';
import { tellGone } from './report.ts';

/** Something that goes, why, and who takes it away. */
export type Reclaim = Kept & { reason: string };

export const noteOf = ({ thing: { kind, part, name }, reason }: Reclaim): ThingNote => ({ kind, part, name, reason });

/** What of all that there is goes. */
export function judge(
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

type SweptAway = SweepOutcome & { failed: ThingNote[] };

/** How many environments are taken away at a time. */
const TOGETHER = 8;

/** Takes away what was judged to go; what environments share last. */
export async function takeAway(platform: Platform, session: Session, reclaim: readonly Reclaim[], signal: AbortSignal): Promise<SweptAway> {
  const outcome: SweptAway = { act: 'sweep', removed: [], kept: [], failed: [], gone: [] };
  const take = async (number: number | null): Promise<void> => {
    const things = reclaim.filter(({ thing }) => thing.stamp.number === number);
    try {
      const { removed, kept, failed, gone } =
        number === null ? { ...(await removeThings(things, signal)), gone: false } : await removeOf(platform, number, signal);
      outcome.removed.push(...removed);
      outcome.kept.push(...kept);
      outcome.failed.push(...failed);
      if (number !== null && gone) {
        outcome.gone.push(number);
        const [{ thing }] = things as [Reclaim];
        await tellGone(platform, session.context, number, thing);
      }
      for (const { kind, name, reason } of removed) say(session.context, `Reclaimed ${kind} ${name}: ${reason}`, 'warning');
    } catch (error) {
      signal.throwIfAborted();
      const { message } = toOpsError(error);
      const where = isOpsError(error, 'locked') || isOpsError(error, 'unreachable') ? outcome.kept : outcome.failed;
      where.push(...things.map((thing) => ({ ...noteOf(thing), reason: message })));
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
