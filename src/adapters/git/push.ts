import { OpsError } from '../../core/errors.ts';
import type { Sha } from '../../core/repository/names.ts';
import { GitFailure, type Git } from './git.ts';

export interface Push {
  remote: string;
  /** Full name of the ref: `refs/heads/main`. */
  ref: string;
  /** The new value; null deletes the ref. */
  sha: Sha | null;
  /** The value that the remote must still have; null where the ref must not exist. */
  expected: Sha | null;
  /** The person's pre-push hook is for code, not for leases and evidence. */
  hooks: boolean;
  /** A lease that must still hold and ends with this push, both at once: who lost it can no longer move the branch. */
  fence?: { ref: string; sha: Sha };
}

const PUSH_TIMEOUT = 300_000;

/** True where the remote took the push; false where its ref no longer had the expected value. */
export async function push(git: Git, request: Push): Promise<boolean> {
  const { remote, ref, sha, expected, hooks, fence } = request;
  // The lease makes it a compare-and-swap. It never rewinds a branch: callers push descendants of `expected` only.
  const leases = [
    `--force-with-lease=${ref}:${expected ?? ''}`,
    ...(fence ? ['--atomic', `--force-with-lease=${fence.ref}:${fence.sha}`] : []),
  ];
  const options = ['--porcelain', '--no-recurse-submodules', '--no-follow-tags', ...(hooks ? [] : ['--no-verify'])];
  try {
    await git.run(['push', ...options, ...leases, remote, `${sha ?? ''}:${ref}`, ...(fence ? [`:${fence.ref}`] : [])], {
      timeout: PUSH_TIMEOUT,
    });
    return true;
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    const output = error.stdout + error.stderr;
    if (fence && /does not support --atomic|deletion prohibited|denying ref deletion/.test(output)) {
      return push(git, { remote, ref, sha, expected, hooks }); // an old or strict host: the branch's own compare-and-swap is what is left
    }
    if (/stale info|fetch first|non-fast-forward|reference already exists|cannot lock ref|failed to update ref/.test(output)) return false;
    if (/protected branch|pre-receive hook declined|remote rejected|hook declined/.test(output)) {
      throw new OpsError('refused', `The remote refuses the push to ${ref.replace('refs/heads/', '')}: ${rejection(output)}`, {
        hint: 'The branch may be protected: let your account (or the CI token) push to it, or promote from CI.',
        cause: error,
      });
    }
    throw error;
  }
}

const rejection = (output: string): string =>
  (output.split('\n').find((line) => /^(?:!|remote: (?:error|fatal)?)/.test(line)) ?? 'no reason given').slice(0, 300).trim();
