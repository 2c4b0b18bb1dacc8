import { isAbsolute, join } from 'node:path';
import { realpath, stat } from 'node:fs/promises';
import { OpsError } from '../../core/errors.ts';
import { GitFailure, gitIn, type Git } from './git.ts';

export interface RepositoryState {
  /** Checked-out branch; null with a detached HEAD. */
  branch: string | null;
  /** SHA of HEAD; null before the first commit. */
  head: string | null;
  shallow: boolean;
  /** Folder for what belongs to the clone and never to its content: shared by linked work trees. */
  commonDirectory: string;
}

/**
 * The repository that holds a folder.
 * @throws OpsError `repository` where there is none, or git is missing
 */
export async function openRepository(folder: string, signal: AbortSignal): Promise<Git> {
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new OpsError('repository', `${folder} is not a folder.`, { hint: 'Name a folder with --repository.' });
  }
  try {
    const root = (await gitIn(folder, signal).run(['rev-parse', '--show-toplevel'])).trim();
    return gitIn(await realpath(root), signal);
  } catch (error) {
    if (!(error instanceof GitFailure)) throw gitMissing(error);
    if (!error.stderr.includes('not a git repository')) throw error;
    throw new OpsError('repository', `${folder} is not in a git repository.`, {
      hint: 'Open the folder of your Odoo repository, or make one with `git init`.',
      details: { reason: 'no-repository' },
      cause: error,
    });
  }
}

function gitMissing(error: unknown): unknown {
  if (!(error instanceof Error && error.message.includes('ENOENT'))) return error;
  return new OpsError('unreachable', 'git was not found.', { hint: 'Install git 2.38 or newer.', cause: error });
}

export async function repositoryState(git: Git): Promise<RepositoryState> {
  const [branch, head, facts] = await Promise.all([
    git.run(['symbolic-ref', '--quiet', '--short', 'HEAD']).catch(nothing),
    git.run(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']).catch(nothing),
    git.run(['rev-parse', '--is-shallow-repository', '--git-common-dir']),
  ]);
  const [shallow, common = ''] = facts.trimEnd().split('\n');
  return {
    branch: branch.trim() || null,
    head: head.trim() || null,
    shallow: shallow === 'true',
    commonDirectory: isAbsolute(common) ? common : join(git.root, common),
  };
}

function nothing(error: unknown): string {
  if (error instanceof GitFailure) return '';
  throw error;
}

/**
 * History questions need the whole history.
 * @throws OpsError `repository` for a shallow clone or one without a commit
 */
export function requireHistory(state: RepositoryState): void {
  if (state.head === null) {
    throw new OpsError('repository', 'The repository has no commit yet.', { hint: 'Commit something first.' });
  }
  if (state.shallow) {
    throw new OpsError('repository', 'This is a shallow clone: its history is cut off.', {
      hint: 'Run `git fetch --unshallow`; in GitHub Actions set `fetch-depth: 0` for actions/checkout.',
    });
  }
}
