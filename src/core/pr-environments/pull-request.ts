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
  /** At most 140 characters; what is longer is cut. */
  description: string;
  url: string | null;
}

/** How a pull request is to be merged. */
export interface MergeRequest {
  /** What its head must be. */
  head: Sha;
  method: 'merge' | 'rebase' | 'squash';
  /** Of the merge commit. */
  title: string;
  message: string;
}

/** Where the pull requests are. @throws OpsError `unreachable` (away, or its limit is reached), `rejected` (with its words) */
export interface Forge {
  /** Null where there is none of this number. */
  pullRequest: (number: number, signal: AbortSignal) => Promise<PullRequest | null>;
  openPullRequests: (signal: AbortSignal) => Promise<PullRequest[]>;
  /** One comment a pull request: found by the marker that it begins with, made or edited. The marker is put in front of the body. */
  comment: (number: number, marker: string, body: string, signal: AbortSignal) => Promise<void>;
  status: (commit: Sha, context: string, status: CommitStatus, signal: AbortSignal) => Promise<void>;
  /**
   * Merges exactly this head, by the forge's rules. @returns the commit that the base holds then
   * @throws OpsError `refused` or `moved` with the words of the forge: nothing was merged; `unreachable`: nobody knows whether it was
   */
  merge: (number: number, request: MergeRequest, signal: AbortSignal) => Promise<Sha>;
}
