import * as z from 'zod';
import { commitSchema, fileChangeSchema, type Commit, type FileChange } from '../../core/repository/commit.ts';
import type { Sha } from '../../core/repository/names.ts';
import { GitFailure, type Git } from './git.ts';

const FIELD = '\u001f';
/** `git log` format of one commit; with `-z` between commits. */
export const COMMIT_FORMAT = ['%H', '%P', '%an', '%ae', '%aI', '%cI', '%s'].join('%x1f');

export function parseCommit(text: string): Commit {
  const [sha, parents, author, email, authored_at, committed_at, subject] = text.replace(/^\n/, '').split(FIELD);
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
  const output = await git.run(['log', '-z', `--format=${COMMIT_FORMAT}`, ...range, '--']);
  return output.split('\0').filter((text) => text.trim() !== '').map(parseCommit);
}

/** The commit, with its whole message. */
export async function commitWithMessage(git: Git, sha: Sha): Promise<Commit & { message: string }> {
  const output = await git.run(['log', '-1', `--format=${COMMIT_FORMAT}%x1f%B`, sha, '--']);
  return { ...parseCommit(output), message: output.split(FIELD).slice(7).join(FIELD).trimEnd() };
}

const aheadBehindSchema = z.tuple([z.coerce.number().int(), z.coerce.number().int()]);

/** How many commits `a` has that `b` lacks, and the other way round. */
export async function aheadBehind(git: Git, a: Sha, b: Sha): Promise<{ ahead: number; behind: number }> {
  const output = await git.run(['rev-list', '--left-right', '--count', `${a}...${b}`, '--']);
  const [ahead, behind] = aheadBehindSchema.parse(output.trim().split(/\s+/));
  return { ahead, behind };
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

export async function isAncestor(git: Git, ancestor: Sha, descendant: Sha): Promise<boolean> {
  return answers(git, ['merge-base', '--is-ancestor', ancestor, descendant]);
}

export async function haveCommonAncestor(git: Git, a: Sha, b: Sha): Promise<boolean> {
  return answers(git, ['merge-base', a, b]);
}

/** True where `sha` once was the tip: it stands on the line of first parents. */
export async function onFirstParentLine(git: Git, sha: Sha, tip: Sha): Promise<boolean> {
  const newer = await git.run(['rev-list', '--first-parent', '--boundary', `${sha}..${tip}`, '--']);
  if (newer === '') return sha === tip;
  const oldest = newer.split('\n').filter((line) => line !== '' && !line.startsWith('-')).at(-1);
  if (oldest === undefined) return false;
  const parent = (await git.run(['rev-parse', '--verify', '--quiet', `${oldest}^1`]).catch(() => '')).trim();
  return parent === sha;
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
  return numbers.split('\0').filter((line) => line !== '').map((line) => {
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
