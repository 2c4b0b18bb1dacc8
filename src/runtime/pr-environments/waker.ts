import { setTimeout as sleep } from 'node:timers/promises';
import { isOpsError, toOpsError } from '../../core/errors.ts';
import { say, type Workspace } from '../workspace.ts';
import { findEnvironments } from './find.ts';
import { openPlatform, type Platform } from './platform.ts';
import { wake } from './sleep.ts';

/** Milliseconds before the log of the proxy is read again, where it could not be. */
const PAUSE = 30_000;

/**
 * Wakes environments that somebody visits while they sleep, until the signal: it follows the proxy's log, so nothing listens anywhere and
 * nobody but who has the password wakes anything. Whatever goes wrong is said, and tried again.
 */
export async function wakeVisited(workspace: Workspace): Promise<void> {
  const { context } = workspace;
  const { signal } = context;
  const quiet = { ...workspace, context: { ...context, report: () => undefined } };
  const isOver = () => signal.aborted;
  while (!isOver()) {
    try {
      const platform = await openPlatform(quiet, { gitHubToken: null });
      if (!platform.watchVisits) return;
      const waking = new Set<string>();
      const onVisit = ({ host, unserved }: { host: string; unserved: boolean }): void => {
        if (!unserved || waking.has(host)) return;
        waking.add(host);
        void wakeHost(workspace, platform, host)
          .then((number) => number !== null && say(context, `Environment ${number} was visited, and is awake.`))
          .catch((error: unknown) => {
            if (!signal.aborted) say(context, `${host} could not be woken: ${toOpsError(error).message}`, 'warning');
          })
          .finally(() => waking.delete(host));
      };
      await platform.watchVisits(onVisit, signal);
    } catch (error) {
      if (isOver()) return;
      // No database server is named here: this worker has other work.
      if (isOpsError(error, 'usage')) return;
      say(context, `Visits cannot be seen: ${toOpsError(error).message}`, 'warning');
    }
    await sleep(PAUSE, undefined, { signal }).catch(() => undefined);
  }
}

/** @returns the number of what was woken; null where nothing of this host sleeps */
async function wakeHost(workspace: Workspace, platform: Platform, host: string): Promise<number | null> {
  const { signal } = workspace.context;
  const found = (await findEnvironments(platform, signal)).find(({ identity, thing }) => identity.host === host && thing.running === false);
  if (!found) return null;
  await wake(workspace, platform, found.identity.number);
  return found.identity.number;
}
