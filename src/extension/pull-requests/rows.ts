import type { OpenPullRequest, Overview } from '../../core/environments/overview.ts';
import type { PrEnvironment } from '../../core/pr-environments/environment.ts';
import type { Commit } from '../../core/repository/commit.ts';

/** What this window does to an environment right now. */
export interface Doing {
  what: 'building' | 'removing' | 'waking' | 'stopping';
  /** The step that runs, for people. */
  step: string | null;
}

/** A line of the PR Builds view: a pull request with what is known of its environment, or a branch without one. */
export interface Row {
  /** `pr:12`, `branch:feature/loyalty`: holds no time and no state. */
  key: string;
  /** Null for a branch without a pull request. */
  number: number | null;
  title: string;
  branch: string;
  /** Of the branch on the remote; null where it is not there (a fork's, or one that was deleted). */
  tip: Commit | null;
  /** Null where GitHub does not name it among the open ones. */
  pull: OpenPullRequest | null;
  /** Null where environments were not asked for, or have none of this number. */
  environment: PrEnvironment | null;
  doing: Doing | null;
}

/** What GitHub said last. It is kept while GitHub does not answer: then the overview names no pull request at all. */
export interface LastPulls {
  pulls: readonly OpenPullRequest[];
  /** When GitHub did not answer any more; null while it does. */
  since: Date | null;
}

const pullsOf = ({ pullRequests, forks }: Overview): OpenPullRequest[] => [
  ...pullRequests.flatMap(({ pullRequest }) => pullRequest ?? []),
  ...forks,
];

/** What GitHub says in this overview; where it does not answer, what it said before. */
export function latestPulls(overview: Overview, before: LastPulls, now: Date): LastPulls {
  if (overview.gitHub !== 'unreachable') return { pulls: pullsOf(overview), since: null };
  return { pulls: before.pulls, since: before.since ?? now };
}

/** Pull requests newest first, then environments that are left of closed ones, then branches without a pull request. */
export function rowsOf(
  overview: Overview,
  pulls: readonly OpenPullRequest[],
  environments: readonly PrEnvironment[],
  doing: ReadonlyMap<number, Doing>,
): Row[] {
  const ofNumber = new Map(environments.map((environment) => [environment.number, environment]));
  const tips = new Map(overview.pullRequests.map(({ branch, tip }) => [branch, tip]));
  const open = pulls.map((pull): Row => {
    const { number, title, branch, fork } = pull;
    const tip = fork ? null : (tips.get(branch) ?? null);
    return {
      key: `pr:${number}`,
      number,
      title,
      branch,
      tip,
      pull,
      environment: ofNumber.get(number) ?? null,
      doing: doing.get(number) ?? null,
    };
  });
  const shown = new Set(pulls.map(({ number }) => number));
  const others = environments
    .filter(({ number, state }) => !shown.has(number) && (state !== 'absent' || doing.has(number)))
    .map((environment): Row => {
      const { number, title, branch } = environment;
      return {
        key: `pr:${number}`,
        number,
        title,
        branch,
        tip: tips.get(branch) ?? null,
        pull: null,
        environment,
        doing: doing.get(number) ?? null,
      };
    });
  const taken = new Set([...open.filter(({ pull }) => pull?.fork === false), ...others].map(({ branch }) => branch));
  const branches = overview.pullRequests
    .filter(({ branch }) => !taken.has(branch))
    .map(({ branch, tip }): Row => ({
      key: `branch:${branch}`,
      number: null,
      title: branch,
      branch,
      tip,
      pull: null,
      environment: null,
      doing: null,
    }));
  const newestFirst = (a: Row, b: Row) => (b.number ?? 0) - (a.number ?? 0);
  return [...open.sort(newestFirst), ...others.sort(newestFirst), ...branches];
}
