import { OpsError } from '../../core/errors.ts';
import { isEnvironment } from '../../core/pr-environments/thing.ts';
import { tellState } from '../control-plane/environments.ts';
import type { Workspace } from '../workspace.ts';
import { undisturbed } from './claim.ts';
import { drift } from './drift.ts';
import { requireEnvironment, type FoundEnvironment } from './find.ts';
import { openPlatform, type Platform, type PlatformOptions } from './platform.ts';
import { awaitReady } from './ready.ts';
import { tellStopped, tellTurn } from './report.ts';
import { makeRoom } from './room.ts';
import { leadTo } from './route.ts';

/**
 * Stops an environment's Odoo and puts the page in front that wakes it. Nothing is lost. One that was replaced since it was found is left alone.
 * @param then what is done while it is still held
 * @returns false where it was replaced or is gone
 * @throws OpsError `locked` while it is built, changed or removed
 */
export function putToSleep(
  platform: Platform,
  { identity, thing }: FoundEnvironment,
  signal: AbortSignal,
  then: (signal: AbortSignal) => Promise<void> = () => Promise.resolve(),
): Promise<boolean> {
  return undisturbed(platform, identity, signal, async (held) => {
    const now = (await platform.engine.things(platform.project, held)).find((one) => isEnvironment(one, identity.number));
    if (now?.stamp.attempt !== thing.stamp.attempt) return false;
    await leadTo(platform, { identity, stamp: thing.stamp }, 'asleep', held);
    await platform.engine.stop(identity, held);
    await then(held);
    return true;
  });
}

/** @throws OpsError `usage` where there is none, `locked` while it is built, `moved` where it was replaced in that moment */
export async function stopEnvironment(workspace: Workspace, number: number, options: PlatformOptions): Promise<void> {
  const { signal } = workspace.context;
  const platform = await openPlatform(workspace, options);
  const found = await requireEnvironment(platform, number, signal);
  // Who stops one that waits for its turn does not want it to have one.
  const isDone = await putToSleep(platform, found, signal, (held) => platform.server.setWaiting(found.identity, false, held));
  if (!isDone)
    throw new OpsError('moved', `Environment ${number} was built anew or taken down just now.`, {
      hint: 'Look again: `odoo-ops pr list`.',
    });
  await tellState(workspace, number, 'sleeping');
}

/**
 * Wakes an environment, and puts the longest idle one to sleep where too many would run.
 * @throws OpsError `usage` where there is none, `locked` while it is built or where no other one may be stopped, `refused` where it is not
 * harmless any more, `failed`, `timeout`
 */
export async function wakeEnvironment(workspace: Workspace, number: number, options: PlatformOptions): Promise<void> {
  const platform = await openPlatform(workspace, options);
  await wake(workspace, platform, number);
  await tellState(workspace, number, 'running');
}

/** The same on a platform that is open. */
export async function wake(workspace: Workspace, platform: Platform, number: number): Promise<void> {
  const { signal } = workspace.context;
  const found = await requireEnvironment(platform, number, signal);
  const { identity, thing } = found;
  const waited = (await platform.server.waiting(platform.project, signal)).has(number);
  await undisturbed(platform, identity, signal, async (held) => {
    const problems = await drift(platform, found, held);
    if (problems.length > 0) {
      if (waited) {
        // It would hold up those behind it.
        await platform.server.setWaiting(identity, false, held);
        await tellStopped(workspace, platform, found, problems.join(' '));
      }
      throw new OpsError('refused', `Environment ${number} stays asleep: it is not harmless any more. ${problems.join(' ')}`, {
        hint: `Build it anew: \`odoo-ops pr rebuild ${number}\`.`,
      });
    }
    if (!(await makeRoom(platform, number, held))) {
      throw new OpsError('locked', `${platform.config.pull_requests.running} environments run, and somebody uses each of them.`, {
        hint: 'Stop one with `odoo-ops pr stop`, or raise pull_requests.running.',
      });
    }
    await platform.engine.wake(identity, held);
    await awaitReady(platform.engine, identity, held);
    await leadTo(platform, { identity, stamp: thing.stamp }, 'awake', held);
    await platform.server.setWaiting(identity, false, held);
  });
  if (waited) await tellTurn(workspace, platform, found);
}
