import type { EnvironmentName } from '../branches.ts';
import type { Config, Stage } from '../config/schema.ts';
import type { PullRequest } from '../pr-environments/pull-request.ts';
import type { Commit } from '../repository/commit.ts';
import { count } from '../text.ts';

/** The last act that moved an environment's branch. */
export interface LastPromotion {
  id: string;
  environment: string;
  sha: string;
  from: string;
  actor: string;
  finished_at: string;
}

export type Health = 'healthy' | 'unhealthy' | 'unknown';

/** One of the three environments, as the trees and `odoo-ops status` show it. */
export interface EnvironmentStatus {
  name: EnvironmentName;
  stage: Stage;
  /** Branch of the remote; for dev the one that is checked out; null where there is none yet. */
  branch: string | null;
  tip: Commit | null;
  /** Commits that the next environment up has, and lacks: dev against staging, staging against production. */
  ahead: number;
  behind: number;
  last: LastPromotion | null;
  url: string | null;
  health: Health;
}

export type CheckState = 'success' | 'failure' | 'pending' | 'none';

/** An open pull request, with what people want to see of it at once. */
export interface OpenPullRequest extends PullRequest {
  checks: CheckState;
  /** Of its environment. */
  host: string;
}

/** A branch that may become part of staging. */
export interface PullRequestStatus {
  branch: string;
  tip: Commit;
  /** From GitHub; null without it. */
  pullRequest: OpenPullRequest | null;
}

export interface Overview {
  root: string;
  remote: string | null;
  environments: EnvironmentStatus[];
  pullRequests: PullRequestStatus[];
  /** Those whose branch lies in another repository. */
  forks: OpenPullRequest[];
  /** `none` where nobody may ask it; while it does not answer, nothing is known of pull requests. */
  gitHub: 'none' | 'reachable' | 'unreachable';
  /** Without it, or while it does not answer, the last promotions are read from the evidence folders. */
  controlPlane: 'none' | 'reachable' | 'unreachable' | 'signed-out';
  /** What could not be asked, for people: "GitHub does not answer". */
  notices: string[];
  /** Records that wait for the control plane. */
  waiting: number;
  /** True for a person's session, which reads, and for nobody's: what waits is delivered by CI. */
  ciDelivers: boolean;
  /** Those that it does not take, and why. */
  setAside: { id: string; reason: string }[];
}

/** The branch that an environment follows on the remote; dev follows what is checked out. */
export function branchOf(environment: EnvironmentName, config: Config, checkedOut: string | null): string | null {
  if (environment === 'dev') return checkedOut;
  return config.branches[environment];
}

/** `3 records wait for the control plane. 1 record was set aside: …`; empty where neither is true. */
export function waitingText({
  controlPlane,
  waiting,
  ciDelivers,
  setAside,
}: Pick<Overview, 'controlPlane' | 'waiting' | 'ciDelivers' | 'setAside'>): string {
  if (controlPlane === 'none') return '';
  const wait =
    waiting === 0
      ? []
      : [
          `${count(waiting, 'record')} ${waiting === 1 ? 'waits' : 'wait'} for ${ciDelivers ? 'CI, which delivers to the control plane' : 'the control plane'}.`,
        ];
  const [first] = setAside;
  const aside = first ? [`${count(setAside.length, 'record')} ${setAside.length === 1 ? 'was' : 'were'} set aside: ${first.reason}`] : [];
  return [...wait, ...aside].join(' ');
}
