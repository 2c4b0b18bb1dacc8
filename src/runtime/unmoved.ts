import { fetchRemote, remoteBranches } from '../adapters/git/refs.ts';
import { OpsError } from '../core/errors.ts';
import type { Sha } from '../core/repository/names.ts';
import { shortSha } from '../core/repository/short-sha.ts';
import type { Workspace } from './workspace.ts';

export function movedError(branch: string, expected: Sha, actual: Sha | null): OpsError {
  return new OpsError(
    'moved',
    `${branch} is at ${actual === null ? 'nothing: it was deleted' : shortSha(actual)}, not at ${shortSha(expected)} any more.`,
    {
      hint: 'Somebody else pushed. Make the plan again and look at what is new.',
      details: { branch, expected, actual },
    },
  );
}

/** Looks again, under the lock, whether the remote is as a plan says. @throws OpsError `moved` */
export async function requireUnmoved(workspace: Workspace, remote: string, expected: Readonly<Record<string, Sha>>): Promise<void> {
  await fetchRemote(workspace.git, remote);
  const branches = await remoteBranches(workspace.git, remote);
  for (const [branch, sha] of Object.entries(expected)) {
    const now = branches.get(branch)?.sha ?? null;
    if (now !== sha) throw movedError(branch, sha, now);
  }
}
