import type { Comment, GitHubState, Pull, Status, User } from './state.ts';

/** The fields of GitHub's answers that anybody here reads, and a few beside them. */
export const userShape = (user: User | null) => user && { login: user.login, id: user.id, type: user.type, site_admin: false };

const REPOSITORY_ID = 1296269;

export function pullShape(state: GitHubState, server: string, fullName: string, pull: Pull) {
  const [owner = ''] = fullName.split('/');
  const base = { id: REPOSITORY_ID, full_name: fullName, fork: false };
  const forked =
    pull.fork === null ? base : pull.fork === 'gone' ? null : { id: REPOSITORY_ID + 1, full_name: `${pull.fork}/odoo`, fork: true };
  return {
    id: 100_000 + pull.number,
    number: pull.number,
    html_url: `${server}/${fullName}/pull/${pull.number}`,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: userShape(pull.author),
    body: null,
    draft: pull.draft,
    created_at: pull.created_at,
    merged_at: pull.merged?.at ?? null,
    merge_commit_sha: pull.merged?.sha ?? null,
    head: {
      label: `${forked === null ? 'unknown' : (pull.fork ?? owner)}:${pull.branch}`,
      ref: pull.branch,
      sha: state.headOf(pull),
      repo: forked,
    },
    base: { label: `${owner}:${pull.base}`, ref: pull.base, repo: base },
  };
}

export const commentShape = (server: string, fullName: string, { id, pull, user, body }: Comment) => ({
  id,
  html_url: `${server}/${fullName}/pull/${pull}#issuecomment-${id}`,
  user: userShape(user),
  body,
  author_association: user.type === 'Bot' ? 'NONE' : 'CONTRIBUTOR',
});

export const statusShape = (by: User, { context, state, description, target_url }: Status) => ({
  state,
  context,
  description,
  target_url,
  creator: userShape(by),
});
