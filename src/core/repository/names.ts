import * as z from 'zod';

/** A full object id: SHA-1 (40) or SHA-256 (64) repositories. */
export const shaSchema = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'Expected a full commit SHA.');
export type Sha = z.infer<typeof shaSchema>;

// Characters that git forbids in a ref (git-check-ref-format(1)), and those that hide or reorder text on a screen.
const FORBIDDEN = /[\u0000-\u0020\u007f~^:?*[\\\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

function refNameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.length > 200) return 'is longer than 200 characters';
  if (name.startsWith('-')) return 'starts with "-", which git would take for an option';
  if (FORBIDDEN.test(name)) return 'holds a character that git does not allow in a branch name, or an invisible one';
  if (name.includes('..') || name.includes('@{') || name.includes('//')) return 'holds "..", "@{" or "//"';
  if (name.startsWith('/') || name.endsWith('/') || name.endsWith('.') || name === '@') return 'is not a branch name';
  if (name.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock'))) {
    return 'has a part that starts with "." or ends with ".lock"';
  }
  return undefined;
}

/** A branch name that git accepts and that no program can take for an option. Shell characters are harmless: no shell is used. */
export const branchNameSchema = z.string().superRefine((name, context) => {
  const problem = name === 'HEAD' ? 'is what git calls the commit that is checked out' : refNameProblem(name);
  if (problem) context.addIssue({ code: 'custom', message: `Branch name ${JSON.stringify(name)} ${problem}.` });
});

/** A branch, tag or SHA that a person typed to name a commit: the same rules, plus `HEAD`, `~` and `^` steps. */
export const revisionSchema = z.string().superRefine((revision, context) => {
  const problem = refNameProblem(revision.replace(/[~^][0-9]*/gu, ''));
  if (problem) context.addIssue({ code: 'custom', message: `Revision ${JSON.stringify(revision)} ${problem}.` });
});
