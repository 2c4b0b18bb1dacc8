import { aheadBehind, commitsOf } from '../adapters/git/history.ts';
import { fetchRemote, remoteBranches, unmergedBranches } from '../adapters/git/refs.ts';
import { askHealth } from '../adapters/odoo/health.ts';
import { branchRole, ENVIRONMENTS, pullRequestHost, STAGE_OF, type EnvironmentName } from '../core/branches.ts';
import {
  branchOf,
  type EnvironmentStatus,
  type LastPromotion,
  type OpenPullRequest,
  type Overview,
  type PullRequestStatus,
} from '../core/environments/overview.ts';
import { toOpsError } from '../core/errors.ts';
import type { Commit } from '../core/repository/commit.ts';
import { readOutbox, readSetAside } from '../adapters/files/outbox.ts';
import { lastPromotions as lastPromotionsOfControlPlane } from './control-plane/last-promotions.ts';
import { deliversAs, openControlPlane } from './control-plane/open.ts';
import { lastPromotions as lastPromotionsOfEvidence } from './evidence/list.ts';
import { refreshEvidence } from './evidence/refresh.ts';
import { outboxFolder } from './evidence/seal.ts';
import { openForge } from './forge.ts';
import type { Workspace } from './workspace.ts';

export interface OverviewOptions {
  /** Ask the remote first; else what this clone last saw. */
  fetch: boolean;
  /** Of the person who is signed in to GitHub; null: that of the environment, and without one pull requests are left out. */
  gitHubToken: string | null;
}

/** Runs one question; what cannot be asked becomes a notice, and the rest is still shown. */
async function orNotice<T>(notices: string[], fallback: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const known = toOpsError(error);
    if (known.code === 'cancelled') throw error;
    notices.push(known.message);
    return fallback;
  }
}

interface LastPromotions {
  last: LastPromotion[];
  controlPlane: Overview['controlPlane'];
  ciDelivers: boolean;
}

async function lastPromotions(workspace: Workspace, notices: string[]): Promise<LastPromotions> {
  const plane = await openControlPlane(workspace);
  const asked =
    plane &&
    (await orNotice(notices, null, async () => {
      const as = await deliversAs(workspace);
      // Nobody has asked for a sign-in: that is no trouble to tell of.
      return { as, last: as === 'nobody' ? null : await lastPromotionsOfControlPlane(plane) };
    }));
  const ciDelivers = asked ? asked.as !== 'ci' : false;
  if (asked?.last) return { last: asked.last, controlPlane: 'reachable', ciDelivers };
  const controlPlane = plane ? (asked ? 'signed-out' : 'unreachable') : 'none';
  return { last: await lastPromotionsOfEvidence(workspace), controlPlane, ciDelivers };
}

async function environmentStatus(
  workspace: Workspace,
  name: EnvironmentName,
  branches: ReadonlyMap<string, Commit>,
  last: readonly LastPromotion[],
): Promise<EnvironmentStatus> {
  const { git, config, state } = workspace;
  const branch = branchOf(name, config, state.branch);
  const tip =
    name === 'dev'
      ? state.head === null
        ? null
        : ((await commitsOf(git, ['-1', state.head]))[0] ?? null)
      : ((branch === null ? undefined : branches.get(branch)) ?? null);
  const above =
    name === 'dev' ? branches.get(config.branches.staging) : name === 'staging' ? branches.get(config.branches.production) : undefined;
  const [distance, health] = await Promise.all([
    tip && above ? aheadBehind(git, tip.sha, above.sha) : { ahead: 0, behind: 0 },
    config.environments[name].url === undefined ? ('unknown' as const) : askHealth(config.environments[name].url, git.signal),
  ]);
  return {
    name,
    stage: STAGE_OF[name],
    branch,
    tip,
    ...distance,
    last: last.find(({ environment }) => environment === name) ?? null,
    url: config.environments[name].url ?? null,
    health,
  };
}

interface PullRequests {
  open: OpenPullRequest[];
  gitHub: Overview['gitHub'];
}

async function pullRequests(workspace: Workspace, token: string | null, notices: string[]): Promise<PullRequests> {
  const { pull_requests: ours } = workspace.config;
  return orNotice<PullRequests>(notices, { open: [], gitHub: 'unreachable' }, async () => {
    const forge = await openForge(workspace, token);
    if (!forge) return { open: [], gitHub: 'none' };
    const found = await forge.pullRequestsWithChecks(workspace.context.signal);
    const open = found.map((pull) => ({ ...pull, host: pullRequestHost(ours.host, pull.number, pull.branch) }));
    return { open, gitHub: 'reachable' };
  });
}

/** Environments and pull-request branches as they are: for the trees, and for `odoo-ops status`. */
export async function overview(workspace: Workspace, { fetch, gitHubToken }: OverviewOptions): Promise<Overview> {
  const { git, config, remote } = workspace;
  const notices: string[] = [];
  if (fetch && remote !== null) {
    await orNotice(notices, undefined, async () => {
      await fetchRemote(git, remote, { quiet: true });
      await refreshEvidence(workspace);
    });
  }
  const branches = remote === null ? new Map<string, Commit>() : await remoteBranches(git, remote);
  const staging = branches.get(config.branches.staging);
  const [{ last, controlPlane, ciDelivers }, { open, gitHub }, unmerged, waiting, setAside] = await Promise.all([
    lastPromotions(workspace, notices),
    pullRequests(workspace, gitHubToken, notices),
    remote !== null && staging ? unmergedBranches(git, remote, staging.sha) : null,
    readOutbox(outboxFolder(workspace)),
    readSetAside(outboxFolder(workspace)),
  ]);
  const environments = await Promise.all(ENVIRONMENTS.map((name) => environmentStatus(workspace, name, branches, last)));
  const candidates: PullRequestStatus[] = [];
  for (const [branch, tip] of branches) {
    // Of several pull requests of one branch, the one that leads to staging is meant.
    const own = open.filter((pull) => pull.branch === branch && !pull.fork);
    const found = own.find(({ base }) => base === config.branches.staging) ?? own[0] ?? null;
    const isCandidate = branchRole(branch, config.branches) === 'pull-request' && (unmerged?.has(branch) ?? true);
    if (found || isCandidate) candidates.push({ branch, tip, pullRequest: found });
  }
  candidates.sort((a, b) => Date.parse(b.tip.committed_at) - Date.parse(a.tip.committed_at));
  return {
    root: workspace.root,
    remote,
    environments,
    pullRequests: candidates,
    forks: open.filter(({ fork }) => fork),
    gitHub,
    controlPlane,
    notices,
    waiting: waiting.length,
    ciDelivers,
    setAside: setAside.map(({ id, reason }) => ({ id, reason })),
  };
}
