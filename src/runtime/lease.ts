import { readRecords } from '../adapters/files/evidence-store.ts';
import { gitIn } from '../adapters/git/git.ts';
import { acquireLease, releaseLease, type HeldLease } from '../adapters/git/lease.ts';
import { toOpsError } from '../core/errors.ts';
import { isSealed } from '../core/evidence/record.ts';
import type { Session } from './evidence/session.ts';
import { say, type Workspace } from './workspace.ts';

export interface LockRequest {
  remote: string;
  /** The branch, or whatever else one act at a time may change. */
  name: string;
  title: string;
  milliseconds: number;
  doing?: string;
}

/** Runs an act's steps under a lock on the remote, which is given back whatever happens. @throws OpsError `locked` */
export async function withLease<T>(
  workspace: Workspace,
  session: Session,
  { remote, name, title, ...request }: LockRequest,
  run: (lease: HeldLease) => Promise<T>,
): Promise<T> {
  const ended = await endedActs(workspace);
  let held: HeldLease | undefined;
  try {
    const lease = await session.step('lease', title, async () => {
      held = await acquireLease(workspace.git, remote, name, {
        ...request,
        owner: session.record.actor,
        act: session.record.id,
        ended: (act) => ended.has(act),
      });
      return held;
    });
    return await run(lease);
  } finally {
    if (held) await release(workspace, remote, name, held);
  }
}

/** Acts whose records are sealed: a lock that one of them left behind, because its process was killed, holds nobody. */
async function endedActs(workspace: Workspace): Promise<Set<string>> {
  const { records } = await readRecords(workspace.evidenceRoot);
  return new Set(records.filter(({ record }) => isSealed(record)).map(({ record }) => record.id));
}

async function release(workspace: Workspace, remote: string, name: string, lease: HeldLease): Promise<void> {
  try {
    // Also after a cancel: a signal of its own.
    await releaseLease(gitIn(workspace.root, AbortSignal.timeout(30_000)), remote, name, lease);
  } catch (error) {
    say(
      workspace.context,
      `The lock could not be given back: ${toOpsError(error).message} It ends by itself at ${lease.lease.expires_at}.`,
      'warning',
    );
  }
}
