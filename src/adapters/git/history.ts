import * as z from 'zod';
import { commitSchema, fileChangeSchema, type Commit, type FileChange } from '../../core/repository/commit.ts';
import { shaSchema, type Sha } from '../../core/repository/names.ts';
import { GitFailure, type Git } from './git.ts';

const FIELDS = ['%H', '%P', '%an', '%ae', '%aI', '%cI', '%s'];

// NUL is the one character that no name or message can hold. The person's own settings for `git log` do not count.
const LOG = ['log', '-z', '--encoding=UTF-8', '--no-show-signature', '--no-color'];
const COMMIT_FORMAT = `--format=${FIELDS.join('%x00')}`;

/** A commit from its fields, in the order of `FIELDS`. */
export function parseCommit([sha, parents, author, email, authored_at, committed_at, subject]: readonly string[]): Commit {
  return commitSchema.parse({
    sha,
    parents: parents === '' ? [] : parents?.split(' '),
    author,
    email,
    authored_at,
    committed_at,
    subject: subject?.trimEnd(),
  });
}

/** Commits of a range such as `a..b`, newest first. */
export async function commitsOf(git: Git, range: readonly string[]): Promise<Commit[]> {
  const fields = (await git.run([...LOG, COMMIT_FORMAT, ...range, '--'])).split('\0');
  const commits: Commit[] = [];
  for (let start = 0; start + FIELDS.length <= fields.length; start += FIELDS.length)
    commits.push(parseCommit(fields.slice(start, start + FIELDS.length)));
  return commits;
}

/** The commit, with its whole message. */
export async function commitWithMessage(git: Git, sha: Sha): Promise<Commit & { message: string }> {
  const fields = (await git.run([...LOG, '-1', `${COMMIT_FORMAT}%x00%B`, sha, '--'])).split('\0');
  return { ...parseCommit(fields), message: (fields[FIELDS.length] ?? '').trimEnd() };
}

const aheadBehindSchema = z.tuple([z.coerce.number().int(), z.coerce.number().int()]);

/** How many commits `a` has that `b` lacks, and the other way round. */
export async function aheadBehind(git: Git, a: Sha, b: Sha): Promise<{ ahead: number; behind: number }> {
  const output = await git.run(['rev-list', '--left-right', '--count', `${a}...${b}`, '--']);
  const [ahead, behind] = aheadBehindSchema.parse(output.trim().split(/\s+/));
  return { ahead, behind };
}

/** How many commits of a range `tip` holds too. */
export async function commonCommits(git: Git, range: readonly string[], tip: Sha): Promise<number> {
  const number = async (args: readonly string[]) => Number((await git.run(['rev-list', '--count', ...args, '--'])).trim());
  return (await number(range)) - (await number([...range, `^${tip}`]));
}

/** True where git ends with 0, false where it ends with 1: how git answers a yes-or-no question. */
async function answers(git: Git, args: string[]): Promise<boolean> {
  try {
    await git.run(args);
    return true;
  } catch (error) {
    if (error instanceof GitFailure && error.exitCode === 1) return false;
    throw error;
  }
}

/** True where this clone holds the commit. */
export async function hasCommit(git: Git, sha: Sha): Promise<boolean> {
  return answers(git, ['cat-file', '-e', sha]);
}

export async function isAncestor(git: Git, ancestor: Sha, descendant: Sha): Promise<boolean> {
  return answers(git, ['merge-base', '--is-ancestor', ancestor, descendant]);
}

/** Where two histories parted; null where they have nothing in common. */
export async function mergeBase(git: Git, a: Sha, b: Sha): Promise<Sha | null> {
  try {
    return shaSchema.parse((await git.run(['merge-base', a, b])).trim());
  } catch (error) {
    if (error instanceof GitFailure && error.exitCode === 1) return null;
    throw error;
  }
}

export async function haveCommonAncestor(git: Git, a: Sha, b: Sha): Promise<boolean> {
  return answers(git, ['merge-base', a, b]);
}

/** True where `sha` once was the tip: it stands on the line of first parents. */
export async function onFirstParentLine(git: Git, sha: Sha, tip: Sha): Promise<boolean> {
  const newer = await git.run(['rev-list', '--first-parent', '--boundary', `${sha}..${tip}`, '--']);
  if (newer === '') return sha === tip;
  const oldest = newer
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('-'))
    .at(-1);
  if (oldest === undefined) return false;
  const parent = (await git.run(['rev-parse', '--verify', '--quiet', `${oldest}^1`]).catch(() => '')).trim();
  return parent === sha;
}

/** Paths of the files that differ between two commits, related or not. */
export async function differingFiles(git: Git, a: Sha, b: Sha): Promise<string[]> {
  const names = await git.run(['diff', '-z', '--no-renames', '--no-ext-diff', '--name-only', a, b, '--']);
  return names.split('\0').filter((path) => path !== '');
}

/** Files that changed on the way from the common ancestor of both to `to`. */
export async function changesBetween(git: Git, from: Sha, to: Sha): Promise<FileChange[]> {
  const range = `${from}...${to}`;
  const [numbers, names] = await Promise.all([
    git.run(['diff', '-z', '--no-renames', '--no-ext-diff', '--numstat', range, '--']),
    git.run(['diff', '-z', '--no-renames', '--no-ext-diff', '--name-status', range, '--']),
  ]);
  const statuses = new Map<string, string>();
  const parts = names.split('\0');
  for (let index = 0; index + 1 < parts.length; index += 2) statuses.set(parts[index + 1] ?? '', parts[index] ?? '');
  return numbers
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [added, removed, ...path] = line.split('\t');
      const name = path.join('\t');
      return fileChangeSchema.parse({
        status: { A: 'added', D: 'deleted' }[statuses.get(name) ?? ''] ?? 'changed',
        path: name,
        added: added === '-' ? null : Number(added),
        removed: removed === '-' ? null : Number(removed),
      });
    });
}
