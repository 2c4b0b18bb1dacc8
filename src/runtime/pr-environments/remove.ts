import { toOpsError } from '../../core/errors.ts';
import type { ThingNote } from '../../core/pr-environments/plan.ts';
import { THING_KINDS, type Keeper, type Thing } from '../../core/pr-environments/thing.ts';
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

/**
 * Takes things away, kind after kind: what leads to a thing goes before it. One that fails does not keep the others.
 * @param onEach is told of each thing that went
 */
export async function removeThings(
  things: readonly (Kept & { reason: string })[],
  signal: AbortSignal,
  onEach: (note: ThingNote) => void = () => undefined,
): Promise<Removal> {
  const removal: Removal = { removed: [], kept: [], failed: [] };
  for (const kind of THING_KINDS) {
    await Promise.all(
      things
        .filter(({ thing }) => thing.kind === kind)
        .map(async ({ thing, keeper, reason }) => {
          const note = { kind: thing.kind, part: thing.part, name: thing.name };
          try {
            if (await keeper.remove(thing, signal)) {
              removal.removed.push({ ...note, reason });
              onEach({ ...note, reason });
            } else removal.kept.push({ ...note, reason: 'It is not as it was listed any more.' });
          } catch (error) {
            signal.throwIfAborted();
            removal.failed.push({ ...note, reason: toOpsError(error).message });
          }
        }),
    );
  }
  return removal;
}
