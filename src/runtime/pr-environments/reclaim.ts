import { isOpsError, toOpsError } from '../../core/errors.ts';
import type { SweepOutcome, ThingNote } from '../../core/pr-environments/plan.ts';
import type { PullRequest } from '../../core/pr-environments/pull-request.ts';
import { planSweep } from '../../core/pr-environments/sweep.ts';
import type { Session } from '../evidence/session.ts';
import { say } from '../workspace.ts';
import { undisturbedOnes } from './claim.ts';
import { identityOf, type Platform } from './platform.ts';
import { requireForge } from './pull-request.ts';
import { everything, noteOf, removeThings, type Kept, type Removal, type Taken } from './remove.ts';

/** What of all that there is goes. */
export function judge(
  { project, description }: Platform,
  all: readonly Kept[],
  openPullRequests: readonly PullRequest[],
  buildingNow: ReadonlySet<number>,
): Taken[] {
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

/** How many environments are taken away at a time: each is held by a connection to the database server. */
const TOGETHER = 16;

/** Takes away what was judged to go; what environments share last. */
export async function takeAway(platform: Platform, session: Session, reclaim: readonly Taken[], signal: AbortSignal): Promise<SweptAway> {
  const outcome: SweptAway = { act: 'sweep', removed: [], kept: [], failed: [], gone: [] };
  const take = async (things: readonly Taken[], remove: () => Promise<Removal>): Promise<void> => {
    try {
      const { removed, kept, failed } = await remove();
      outcome.removed.push(...removed);
      outcome.kept.push(...kept);
      outcome.failed.push(...failed);
      for (const { kind, name, reason } of removed) say(session.context, `Reclaimed ${kind} ${name}: ${reason}`, 'warning');
    } catch (error) {
      signal.throwIfAborted();
      const { message } = toOpsError(error);
      const where = isOpsError(error, 'unreachable') ? outcome.kept : outcome.failed;
      where.push(...things.map((one) => noteOf(one, message)));
    }
  };
  const ofNumbers = (numbers: readonly (number | null)[]) => reclaim.filter(({ thing }) => numbers.includes(thing.stamp.number));
  const numbers = [...new Set(reclaim.map(({ thing }) => thing.stamp.number))].filter((number) => number !== null);
  for (let start = 0; start < numbers.length; start += TOGETHER) {
    const some = numbers.slice(start, start + TOGETHER);
    await take(ofNumbers(some), async () => {
      const { gone, ...removal } = await removeOf(platform, some, signal);
      outcome.gone.push(...gone);
      return removal;
    });
  }
  // What environments share goes after them: an image is let go when no container holds it.
  const shared = ofNumbers([null]);
  if (shared.length > 0) await take(shared, () => removeThings(shared, signal));
  return outcome;
}

/**
 * What was listed is a while ago: while nobody else may build, the pull requests are asked for and the environments are looked at once more.
 */
async function removeOf(platform: Platform, numbers: readonly number[], signal: AbortSignal): Promise<Removal & { gone: number[] }> {
  const identities = numbers.map((number) => identityOf(platform, { number, branch: '' }));
  return undisturbedOnes(platform, identities, signal, async (held) => {
    const forge = requireForge(platform.forge);
    const [pulls, all] = await Promise.all([
      Promise.all([...held.keys()].map((number) => forge.pullRequest(number, signal))),
      everything(platform, signal),
    ]);
    const open = pulls.flatMap((pull) => (pull?.state === 'open' ? [pull] : []));
    const others = new Set(numbers.filter((number) => !held.has(number)));
    const still = judge(platform, all, open, others).flatMap((one) => {
      const own = held.get(one.thing.stamp.number ?? 0);
      return own ? [{ ...one, signal: own }] : [];
    });
    const removal = await removeThings(still, signal);
    const gone = [...held.keys()].filter((number) => {
      const names = new Set(all.filter(({ thing }) => thing.stamp.number === number).map(({ thing }) => `${thing.kind} ${thing.name}`));
      for (const { kind, name } of removal.removed) names.delete(`${kind} ${name}`);
      return names.size === 0;
    });
    const busy = all.filter(({ thing }) => others.has(thing.stamp.number ?? 0));
    const kept = busy.map((one) => noteOf(one, 'It is being built or changed.'));
    return { ...removal, kept: [...removal.kept, ...kept], gone };
  });
}
