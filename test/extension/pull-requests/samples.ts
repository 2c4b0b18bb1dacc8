import type { OpenPullRequest, Overview, PullRequestStatus } from '../../../src/core/environments/overview.ts';
import type { PrEnvironment } from '../../../src/core/pr-environments/environment.ts';
import type { Row } from '../../../src/extension/pull-requests/rows.ts';

export const NOW = new Date('2026-03-05T12:00:00Z');
const sha = (digit: number): string => String(digit % 10).repeat(40);

export const branch = (name: string, number: number): PullRequestStatus => ({
  branch: name,
  tip: { sha: sha(number), subject: `Work on ${name}`, author: 'Ana', committed_at: '2026-03-05T11:00:00Z' } as PullRequestStatus['tip'],
  pullRequest: null,
});

export const pull = (number: number, more: Partial<OpenPullRequest> = {}): OpenPullRequest => ({
  number,
  title: `Title ${number}`,
  url: `https://github.com/acme/odoo/pull/${number}`,
  state: 'open',
  draft: false,
  branch: `feature/${number}`,
  base: 'main',
  head: sha(number),
  author: 'ana',
  fork: false,
  checks: 'none',
  host: `pr-${number}.example.com`,
  ...more,
});

/** Branches with pull requests of these numbers, forks, and branches without one. */
export function overviewOf(
  pulls: readonly OpenPullRequest[],
  { branches = [], gitHub = 'reachable' }: { branches?: string[]; gitHub?: Overview['gitHub'] } = {},
): Overview {
  return {
    root: '/team',
    remote: 'origin',
    environments: [],
    pullRequests: [
      ...pulls.filter(({ fork }) => !fork).map((one) => ({ ...branch(one.branch, one.number), pullRequest: one })),
      ...branches.map((name, index) => branch(name, index)),
    ],
    forks: pulls.filter(({ fork }) => fork),
    gitHub,
    controlPlane: 'none',
    notices: [],
    waiting: 0,
    ciDelivers: false,
    setAside: [],
  };
}

export const environment = (number: number, more: Partial<PrEnvironment> = {}): PrEnvironment => ({
  number,
  title: `feature/${number}`,
  branch: `feature/${number}`,
  host: `pr-${number}.example.com`,
  url: `https://pr-${number}.example.com`,
  sha: sha(number),
  state: 'running',
  verdict: 'green',
  lines: [],
  created_at: '2026-03-05T11:57:00Z',
  expires_at: null,
  engine: 'docker',
  lacks: [],
  evidence: null,
  ...more,
});

export const row = (number: number, more: Partial<Row> = {}): Row => ({
  key: `pr:${number}`,
  number,
  title: `Title ${number}`,
  branch: `feature/${number}`,
  tip: branch(`feature/${number}`, number).tip,
  pull: pull(number),
  environment: environment(number),
  doing: null,
  ...more,
});
