import { OpsError } from '../../core/errors.ts';
import { tellState } from '../control-plane/environments.ts';
import type { Workspace } from '../workspace.ts';
import { undisturbed } from './claim.ts';
import { requireEnvironment, type FoundEnvironment } from './find.ts';
import { openPlatform, type Platform, type PlatformOptions } from './platform.ts';
import { awaitReady } from './ready.ts';
import { makeRoom } from './room.ts';
import { leadTo } from './route.ts';

/** Stops an environment's Odoo and puts the page in front that wakes it. Nothing is lost. */
export async function putToSleep(platform: Platform, found: FoundEnvironment, signal: AbortSignal): Promise<void> {
  await leadTo(platform, { identity: found.identity, stamp: found.thing.stamp }, 'asleep', signal);
  await platform.engine.stop(found.identity, signal);
}

/** @throws OpsError `usage` where there is none, `locked` while it is built */
export async function stopEnvironment(workspace: Workspace, number: number, options: PlatformOptions): Promise<void> {
  const { signal } = workspace.context;
  const platform = await openPlatform(workspace, options);
  const found = await requireEnvironment(platform, number, signal);
  await undisturbed(platform, found.identity, signal, (held) => putToSleep(platform, found, held));
  await tellState(workspace, number, 'sleeping');
}

/**
 * Wakes an environment, and puts the longest idle one to sleep where too many would run.
 * @throws OpsError `usage` where there is none, `locked` while it is built or where no other one may be stopped, `failed`, `timeout`
 */
export async function wakeEnvironment(workspace: Workspace, number: number, options: PlatformOptions): Promise<void> {
  const { signal } = workspace.context;
  const platform = await openPlatform(workspace, options);
  await wake(platform, number, signal);
  await tellState(workspace, number, 'running');
}

/** The same on a platform that is open. */
export async function wake(platform: Platform, number: number, signal: AbortSignal): Promise<void> {
  const found = await requireEnvironment(platform, number, signal);
  const { identity, thing } = found;
  await undisturbed(platform, identity, signal, async (held) => {
    if (!(await makeRoom(platform, number, held))) {
      throw new OpsError('locked', `${platform.config.pull_requests.running} environments run, and somebody uses each of them.`, {
        hint: 'Stop one with `odoo-ops pr stop`, or raise pull_requests.running.',
      });
    }
    await platform.engine.wake(identity, held);
    await awaitReady(platform.engine, identity, held);
    await leadTo(platform, { identity, stamp: thing.stamp }, 'awake', held);
  });
}
