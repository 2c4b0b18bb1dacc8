import { toOpsError } from '../../core/errors.ts';
import type { ThingNote } from '../../core/pr-environments/plan.ts';
import { REMOVED_TOGETHER, THING_KINDS, type Keeper, type Thing, type ThingKind } from '../../core/pr-environments/thing.ts';
import type { Platform } from './platform.ts';

/** Something that exists, and who can take it away. */
export interface Kept {
  thing: Thing;
  keeper: Keeper;
}

/** All that bears our stamp here. @throws OpsError `unreachable` where one of those who know does not answer: then nobody may conclude anything */
export async function everything({ keepers, project }: Platform, signal: AbortSignal): Promise<Kept[]> {
  const lists = await Promise.all(
    keepers.map(async (keeper) => (await keeper.things(project, signal)).map((thing) => ({ thing, keeper }))),
  );
  return lists.flat().sort((a, b) => THING_KINDS.indexOf(a.thing.kind) - THING_KINDS.indexOf(b.thing.kind));
}

/** True for what belongs to an environment at another engine: what else there is of it cannot be seen from here. */
export const isElsewhere = ({ description }: Platform, { thing: { stamp } }: Kept): boolean =>
  stamp.number !== null && stamp.engine !== description.id;

export interface Removal {
  removed: ThingNote[];
  /** What is not as it was listed any more. */
  kept: ThingNote[];
  /** What could not be taken away. */
  failed: ThingNote[];
}

/** A thing as records tell of it, and what became of it or why. */
export const noteOf = ({ thing: { kind, part, name } }: Kept, reason: string): ThingNote => ({ kind, part, name, reason });

const OVER = 'A build of it began.';

/** Something to take away. */
export interface Taken extends Kept {
  reason: string;
  /** Fires where it may not be touched any more; without one that of all counts. */
  signal?: AbortSignal;
}

/**
 * Takes things away, group after group: what leads to a thing goes before it. One that fails does not keep the others.
 * @param onEach is told of each thing that went
 */
export async function removeThings(
  things: readonly Taken[],
  signal: AbortSignal,
  onEach: (note: ThingNote) => void = () => undefined,
): Promise<Removal> {
  const removal: Removal = { removed: [], kept: [], failed: [] };
  const settle = (taken: Taken, isGone: boolean): void => {
    const note = noteOf(taken, isGone ? taken.reason : 'It is not as it was listed any more.');
    (isGone ? removal.removed : removal.kept).push(note);
    if (isGone) onEach(note);
  };
  const fail = (taken: Taken, error: unknown): void => {
    signal.throwIfAborted();
    const isOver = taken.signal?.aborted === true;
    (isOver ? removal.kept : removal.failed).push(noteOf(taken, isOver ? OVER : toOpsError(error).message));
  };
  for (const group of REMOVED_TOGETHER) {
    const kinds: readonly ThingKind[] = group;
    const ofKinds = things.filter(({ thing }) => kinds.includes(thing.kind));
    const mine = ofKinds.filter((one) => one.signal?.aborted !== true);
    for (const one of ofKinds) if (one.signal?.aborted === true) removal.kept.push(noteOf(one, OVER));
    const byKeeper = new Map(mine.map(({ keeper }) => [keeper, mine.filter((one) => one.keeper === keeper)]));
    await Promise.all(
      [...byKeeper].map(async ([{ remove, removeAll }, taken]) => {
        if (removeAll && taken.length > 1) {
          const all = await removeAll(
            taken.map(({ thing }) => thing),
            signal,
          ).catch((error: unknown) => taken.forEach((one) => fail(one, error)));
          taken.forEach((one, index) => all && settle(one, all[index] === true));
          return;
        }
        await Promise.all(
          taken.map((one) =>
            remove(one.thing, one.signal ?? signal).then(
              (isGone) => settle(one, isGone),
              (error: unknown) => fail(one, error),
            ),
          ),
        );
      }),
    );
  }
  return removal;
}
