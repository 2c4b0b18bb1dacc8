import type { IncomingMessage } from 'node:http';
import { gitIn, tryGit } from './git.ts';

export interface User {
  login: string;
  id: number;
  type: 'User' | 'Bot';
}

export interface Pull {
  number: number;
  title: string;
  branch: string;
  base: string;
  author: User | null;
  draft: boolean;
  state: 'open' | 'closed';
  merged: { at: string; sha: string } | null;
  /** Null: of this repository; `gone` where the fork was deleted. */
  fork: string | null;
  /** Of a fork's branch, which is not in this repository. */
  forkHead: string | null;
  approvals: number;
  created_at: string;
}

export interface Comment {
  id: number;
  pull: number;
  user: User;
  body: string;
}

export interface Status {
  sha: string;
  context: string;
  state: string;
  description: string | null;
  target_url: string | null;
}

/** What the server answers instead; `drop` ends the connection without an answer, `hang` leaves it open. */
export type Interference = 'drop' | 'hang' | { status: number; body: unknown; headers?: Record<string, string> };

export interface SeenRequest {
  method: string;
  /** With its query: `/repos/acme/odoo/pulls?state=open`. */
  path: string;
  headers: IncomingMessage['headers'];
  body: unknown;
  status: number;
}

/** What tests set and look at. All of it may be changed at any time; what it says of commits is asked of the real repository. */
export interface GitHubState {
  /** Tokens that are accepted, and whose they are. */
  tokens: Map<string, User>;
  pulls: Pull[];
  comments: Comment[];
  statuses: Status[];
  /** GraphQL's rollup of the checks of a commit; without one the statuses decide. */
  rollups: Map<string, string>;
  /** Of the base branch. */
  protection: { reviews: number; checks: string[] };
  mergeMethods: Set<string>;
  limit: { limit: number; used: number; resetAt: Date };
  /** False: a token that may not see the repository is told that there is none. */
  visible: boolean;
  /** Asked before a request is looked at. */
  interfere: (method: string, path: string) => Interference | undefined;
  /** Asked after it was done: true ends the connection, so that the answer is lost. */
  loseAnswer: (method: string, path: string) => boolean;
  /** Runs before GitHub looks at the branches, and before it moves the one. */
  beforeMerge: () => void;
  duringMerge: () => void;
  openPull: (wanted: { branch: string } & Partial<Omit<Pull, 'number' | 'branch'>>) => Pull;
  closePull: (number: number) => void;
  headOf: (pull: Pull) => string;
  comment: (pull: number, user: User, body: string) => Comment;
}

export const PERSON: User = { login: 'ana', id: 101, type: 'User' };
export const STRANGER: User = { login: 'mallory', id: 666, type: 'User' };
export const APP: User = { login: 'odoo-ops[bot]', id: 41, type: 'Bot' };

/** @param repository path of the bare repository */
export function createState(repository: string, token: string): GitHubState {
  let lastNumber = 0;
  let lastId = 9000;
  // What GitHub keeps: pull requests of one's own branches follow them until they are closed.
  const closedHeads = new Map<number, string>();
  const state: GitHubState = {
    tokens: new Map([[token, APP]]),
    pulls: [],
    comments: [],
    statuses: [],
    rollups: new Map(),
    protection: { reviews: 0, checks: [] },
    mergeMethods: new Set(['merge', 'squash']),
    limit: { limit: 5000, used: 0, resetAt: new Date(Date.now() + 3600_000) },
    visible: true,
    interfere: () => undefined,
    loseAnswer: () => false,
    beforeMerge: () => undefined,
    duringMerge: () => undefined,
    openPull: (wanted) => {
      const pull: Pull = {
        number: ++lastNumber,
        title: `Work on ${wanted.branch}`,
        base: 'main',
        author: PERSON,
        draft: false,
        state: 'open',
        merged: null,
        fork: null,
        forkHead: null,
        approvals: 0,
        created_at: new Date(Date.now() + lastNumber).toISOString(),
        ...wanted,
      };
      state.pulls.push(pull);
      gitIn(repository, ['update-ref', `refs/pull/${pull.number}/head`, state.headOf(pull)]);
      return pull;
    },
    closePull: (number) => {
      const pull = state.pulls.find((one) => one.number === number);
      if (!pull) throw new Error(`There is no pull request ${number}.`);
      closedHeads.set(number, state.headOf(pull));
      pull.state = 'closed';
    },
    headOf: ({ number, branch, forkHead }) => {
      const kept = closedHeads.get(number) ?? forkHead;
      if (kept !== null) return kept;
      const head = tryGit(repository, ['rev-parse', '--verify', `refs/heads/${branch}`]);
      if (head !== null) return head;
      return gitIn(repository, ['rev-parse', `refs/pull/${number}/head`]); // the branch was deleted
    },
    comment: (pull, user, body) => {
      const made: Comment = { id: ++lastId, pull, user, body };
      state.comments.push(made);
      return made;
    },
  };
  return state;
}
