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
}

/** True where the remote took the push; false where its ref no longer had the expected value. */
export async function push(git: Git, { remote, ref, sha, expected, hooks }: Push): Promise<boolean> {
  // The lease makes it a compare-and-swap. It never rewinds a branch: callers push descendants of `expected` only.
  const lease = `--force-with-lease=${ref}:${expected ?? ''}`;
  const options = ['--porcelain', '--no-recurse-submodules', ...(hooks ? [] : ['--no-verify'])];
  try {
    await git.run(['push', ...options, lease, remote, `${sha ?? ''}:${ref}`], { timeout: 300_000 });
    return true;
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    const output = error.stdout + error.stderr;
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
