import type { Sha } from '../repository/names.ts';

/** A pull request as its forge tells it. Title and branch are words of a stranger. */
export interface PullRequest {
  number: number;
  title: string;
  /** `https://…/pull/12` */
  url: string;
  state: 'open' | 'closed' | 'merged';
  draft: boolean;
  branch: string;
  base: string;
  head: Sha;
  author: string;
  /** From another repository: its code runs only after somebody approved that commit. */
  fork: boolean;
}

/** What a pull request is told of its environment. */
export interface CommitStatus {
  state: 'pending' | 'success' | 'failure' | 'error';
  /** At most 140 characters. */
  description: string;
  url: string | null;
}

/** Where the pull requests are. @throws OpsError `unreachable` (away, or its limit is reached), `rejected` (with its words) */
export interface Forge {
  /** Null where there is none of this number. */
  pullRequest: (number: number, signal: AbortSignal) => Promise<PullRequest | null>;
  openPullRequests: (signal: AbortSignal) => Promise<PullRequest[]>;
  /** One comment a pull request: found by its marker, made or edited. */
  comment: (number: number, marker: string, body: string, signal: AbortSignal) => Promise<void>;
  status: (commit: Sha, context: string, status: CommitStatus, signal: AbortSignal) => Promise<void>;
  /** Merges exactly this head, by its rules. @throws OpsError `refused` with the words of the forge */
  merge: (number: number, head: Sha, method: 'merge' | 'rebase' | 'squash', signal: AbortSignal) => Promise<Sha>;
}
