import { OpsError } from '../../core/errors.ts';
import type { Commit } from '../../core/repository/commit.ts';
import { branchNameSchema, revisionSchema, shaSchema, type Sha } from '../../core/repository/names.ts';
import { GitFailure, type Git } from './git.ts';
import { parseCommit } from './history.ts';

/** Names that git knows of its remotes. */
export async function remotes(git: Git): Promise<string[]> {
  return (await git.run(['remote'])).split('\n').filter((name) => name !== '');
}

/** URL of a remote without user name and password; null where there is no such remote. */
export async function remoteUrl(git: Git, remote: string): Promise<string | null> {
  const url = (await git.run(['remote', 'get-url', remote]).catch(() => '')).trim();
  return url === '' ? null : url.replace(/^([a-z+]+:\/\/)[^/@]*@/, '$1');
}

// A look that nobody asked for must not open a dialog for a password.
const QUIET = { GCM_INTERACTIVE: 'never', SSH_ASKPASS_REQUIRE: 'never' };

/**
 * Brings all branches of the remote, and forgets those that are gone.
 * @param quiet fails where a person would have to sign in
 * @throws OpsError `unreachable`
 */
export async function fetchRemote(git: Git, remote: string, { quiet = false } = {}): Promise<void> {
  const branches = `+refs/heads/*:refs/remotes/${remote}/*`;
  const options = ['--prune', '--no-tags', '--no-recurse-submodules', '--quiet'];
  await git.run(['fetch', ...options, remote, branches], { timeout: 300_000, env: quiet ? QUIET : {} });
}

/**
 * Brings the head of a pull request, which GitHub keeps as `refs/pull/<number>/head` also where its branch lies in a fork.
 * @param branch of this remote, for remotes that keep no such ref; null for a fork's
 * @throws OpsError `unreachable`
 */
export async function fetchPullRequest(git: Git, remote: string, number: number, branch: string | null): Promise<void> {
  const fetch = (ref: string) =>
    git.run(['fetch', '--no-tags', '--no-recurse-submodules', '--quiet', remote, `+${ref}:refs/odoo-ops/pull/${number}`], {
      timeout: 300_000,
      env: QUIET,
    });
  try {
    await fetch(`refs/pull/${number}/head`);
  } catch (error) {
    const word = branchNameSchema.safeParse(branch);
    if (!word.success || !(error instanceof GitFailure)) throw error;
    await fetch(`refs/heads/${word.data}`);
  }
}

// The for-each-ref spelling of the fields that `parseCommit` takes.
const REF_FORMAT = [
  '%(objectname)',
  '%(parent)',
  '%(authorname)',
  '%(authoremail:trim)',
  '%(authordate:iso-strict)',
  '%(committerdate:iso-strict)',
  '%(contents:subject)',
].join('%00');

/** Branches of the remote as this clone last saw them, with their tips. */
export async function remoteBranches(git: Git, remote: string): Promise<Map<string, Commit>> {
  const prefix = `refs/remotes/${remote}/`;
  const output = await git.run(['for-each-ref', `--format=%(refname)%00${REF_FORMAT}%00`, prefix]);
  const branches = new Map<string, Commit>();
  for (const line of output.split('\0\n')) {
    const [ref = '', ...commit] = line.split('\0');
    const name = branchNameSchema.safeParse(ref.slice(prefix.length)); // HEAD is none
    if (name.success) branches.set(name.data, parseCommit(commit));
  }
  return branches;
}

/** Branches of the remote that a set of branches does not hold yet: those that may become a pull request. */
export async function unmergedBranches(git: Git, remote: string, into: Sha): Promise<Set<string>> {
  const prefix = `refs/remotes/${remote}/`;
  const output = await git.run(['for-each-ref', `--no-merged=${into}`, '--format=%(refname)', prefix]);
  return new Set(output.split('\n').map((ref) => ref.slice(prefix.length)));
}

/** Branches of the remote that hold a commit. */
export async function branchesHolding(git: Git, remote: string, sha: Sha): Promise<string[]> {
  const prefix = `refs/remotes/${remote}/`;
  const output = await git.run(['for-each-ref', `--contains=${sha}`, '--format=%(refname)', prefix]);
  return output
    .split('\n')
    .filter((ref) => ref !== '')
    .map((ref) => ref.slice(prefix.length));
}

/** What a branch of the remote is right now, asked of the remote itself; null where it does not exist. */
export async function readRemoteBranch(git: Git, remote: string, branch: string): Promise<Sha | null> {
  const output = await git.run(['ls-remote', '--heads', remote, `refs/heads/${branch}`]);
  const line = output.split('\n').find((text) => text.endsWith(`\trefs/heads/${branch}`));
  return line === undefined ? null : shaSchema.parse(line.split('\t')[0]);
}

/**
 * The commit that a person's word names.
 * @throws OpsError `usage` for a word that is no revision, `repository` for one that names nothing
 */
export async function resolveRevision(git: Git, revision: string, remote: string): Promise<Sha> {
  const word = revisionSchema.safeParse(revision);
  if (!word.success)
    throw new OpsError('usage', word.error.issues[0]?.message ?? 'Not a revision.', { hint: 'Name a branch, a tag or a SHA.' });
  for (const candidate of [word.data, `refs/remotes/${remote}/${word.data}`]) {
    try {
      const sha = await git.run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${candidate}^{commit}`]);
      return shaSchema.parse(sha.trim());
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error;
    }
  }
  throw new OpsError('repository', `${JSON.stringify(revision)} names no commit in this repository.`, {
    hint: 'Run `git fetch`, and check the spelling with `git branch --all`.',
    details: { revision },
  });
}
