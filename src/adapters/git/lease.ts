import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { OpsError } from '../../core/errors.ts';
import { shaSchema, type Sha } from '../../core/repository/names.ts';
import { GitFailure, gitIn, OWN_IDENTITY, type Git } from './git.ts';
import { push } from './push.ts';

/** Who holds a lock on the remote, and until when. */
export const leaseSchema = z.object({
  owner: z.string(),
  host: z.string(),
  pid: z.int(),
  act: z.string(),
  /** ISO 8601. */
  expires_at: z.iso.datetime(),
  nonce: z.uuid(),
});
export type Lease = z.infer<typeof leaseSchema>;

/** A lease and the commit on the remote that states it: only who knows the commit can give it back. */
export interface HeldLease {
  lease: Lease;
  sha: Sha;
}

/** The lock is a ref of the remote: the one place that everybody who promotes must reach, and whose updates are atomic. */
export const leaseRef = (branch: string): string => `refs/odoo-ops/leases/${branch}`;

/** The lease on a branch, as the remote has it now. */
export async function readLease(git: Git, remote: string, branch: string): Promise<{ sha: Sha; lease: Lease | null } | null> {
  const ref = leaseRef(branch);
  for (let attempt = 1; ; attempt++) {
    const line = (await git.run(['ls-remote', remote, ref])).split('\n').find((text) => text.endsWith(`\t${ref}`));
    if (line === undefined) return null;
    const sha = shaSchema.parse(line.split('\t')[0]);
    try {
      await git.run(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', remote, ref]);
      return { sha, lease: parseLease(await git.run(['cat-file', 'commit', sha])) };
    } catch (error) {
      // Between the two questions it may have been given back, or taken by another.
      if (!(error instanceof GitFailure) || error.code !== 'repository' || attempt === 5) throw error;
    }
  }
}

/** Null for one that is not ours to understand; `unlock` can still remove it. */
function parseLease(commit: string): Lease | null {
  try {
    return leaseSchema.parse(JSON.parse(commit.slice(commit.indexOf('\n\n'))));
  } catch {
    return null;
  }
}

export interface LeaseRequest {
  owner: string;
  act: string;
  milliseconds: number;
  /** Tells of an act's id whether its record is sealed: a killed process gives its lock back that way. */
  ended: (act: string) => boolean;
  /** What the holder is doing, for whoever comes second: `production is being deployed`. */
  doing?: string;
}

/**
 * Takes the lock on a branch, or takes over one that has expired or whose act has ended.
 * @throws OpsError `locked`, naming the holder and the expiry
 */
export async function acquireLease(git: Git, remote: string, branch: string, request: LeaseRequest): Promise<HeldLease> {
  const lease: Lease = {
    owner: request.owner,
    host: hostname(),
    pid: process.pid,
    act: request.act,
    expires_at: new Date(Date.now() + request.milliseconds).toISOString(),
    nonce: randomUUID(),
  };
  const tree = (await git.run(['hash-object', '-t', 'tree', '-w', '/dev/null'])).trim();
  const sha = shaSchema.parse((await git.run(['commit-tree', '-m', JSON.stringify(lease), tree], { env: OWN_IDENTITY })).trim());
  const held = await readLease(git, remote, branch);
  const free = held === null || (held.lease !== null && (Date.parse(held.lease.expires_at) < Date.now() || request.ended(held.lease.act)));
  // Not cut off by a cancel: the lock would be taken, and nobody would know that it is ours to give back.
  const taken =
    free &&
    (await push(gitIn(git.root, AbortSignal.timeout(60_000)), {
      remote,
      ref: leaseRef(branch),
      sha,
      expected: held?.sha ?? null,
      hooks: false,
    }));
  if (!taken) throw lockedError(branch, (held ?? (await readLease(git, remote, branch)))?.lease ?? null, request.doing);
  return { lease, sha };
}

/** Gives a lease back; does nothing where it is no longer ours. */
export async function releaseLease(git: Git, remote: string, branch: string, { sha }: HeldLease): Promise<void> {
  if ((await readLease(git, remote, branch))?.sha === sha)
    await push(git, { remote, ref: leaseRef(branch), sha: null, expected: sha, hooks: false });
}

/** Removes the lease of one act, for when its process is gone: what that process may still be pushing is refused then. */
export async function revokeLease(git: Git, remote: string, branch: string, act: string): Promise<void> {
  const held = await readLease(git, remote, branch);
  if (held?.lease?.act === act) await push(git, { remote, ref: leaseRef(branch), sha: null, expected: held.sha, hooks: false });
}

/** Removes a lease by hand. @returns the lease that was there, or null */
export async function removeLease(git: Git, remote: string, branch: string): Promise<Lease | null> {
  const held = await readLease(git, remote, branch);
  if (held === null) return null;
  await push(git, { remote, ref: leaseRef(branch), sha: null, expected: held.sha, hooks: false });
  return held.lease;
}

function lockedError(branch: string, lease: Lease | null, doing = `${branch} is being promoted`): OpsError {
  const holder = lease === null ? 'somebody' : `${lease.owner} on ${lease.host}`;
  const until = lease === null ? '' : ` until ${lease.expires_at}`;
  return new OpsError('locked', `${doing} by ${holder}${until}.`, {
    hint: `Wait for it. If that process is gone, \`odoo-ops unlock ${branch}\` removes the lock.`,
    details: { branch, lease },
  });
}
