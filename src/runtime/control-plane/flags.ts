import { randomUUID } from 'node:crypto';
import { setFeatureFlag } from '../../core/control-plane/calls.ts';
import { currentFlags, flagChanges, type FeatureFlag, type FlagRow } from '../../core/control-plane/flags.ts';
import { actorName } from '../evidence/actor.ts';
import type { Workspace } from '../workspace.ts';
import { requireControlPlane } from './open.ts';
import { requireSoundSchema } from './sound.ts';

const PAGE = 500;

/** The feature flags as they are now. @throws OpsError `usage` without a control plane, `unreachable` */
export async function readFlags(workspace: Workspace): Promise<FeatureFlag[]> {
  const plane = await requireControlPlane(workspace);
  const changes: FlagRow[] = [];
  for (;;) {
    const page = await plane.select(flagChanges(PAGE, changes.at(-1)));
    changes.push(...page);
    if (page.length < PAGE) return currentFlags(changes);
  }
}

/** Switches a flag; each change stays on record with who and why. @throws OpsError `rejected` for a name that is none */
export async function switchFlag(
  workspace: Workspace,
  flag: Pick<FeatureFlag, 'name' | 'environment' | 'enabled' | 'reason'>,
): Promise<void> {
  const plane = await requireControlPlane(workspace);
  await requireSoundSchema(plane);
  await plane.call(setFeatureFlag(plane.clientId, randomUUID(), { ...flag, actor: await actorName(workspace) }));
}
