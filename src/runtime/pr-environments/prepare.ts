import { differingFiles, hasCommit, mergeBase } from '../../adapters/git/history.ts';
import { addonsFolders } from '../../core/config/schema.ts';
import { OpsError } from '../../core/errors.ts';
import { environmentIdentity } from '../../core/pr-environments/names.ts';
import type { EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import type { PullRequest } from '../../core/pr-environments/pull-request.ts';
import { isEnvironment } from '../../core/pr-environments/thing.ts';
import type { Commit } from '../../core/repository/commit.ts';
import type { Sha } from '../../core/repository/names.ts';
import { touchedModules } from '../../core/repository/module.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { actorName } from '../evidence/actor.ts';
import { moduleChanges } from '../promotion/modules.ts';
import type { Workspace } from '../workspace.ts';
import { openPlatform, urlOf, type Platform, type PlatformOptions } from './platform.ts';
import { fetchHead, requireForge, requireOpen } from './pull-request.ts';

export interface PrepareOptions extends PlatformOptions {
  /** The commit of a fork that may run: a SHA, or how it begins. */
  approve: string | null;
}

/** The approval counts for exactly one commit: what is pushed afterwards was seen by nobody. */
function approval({ fork, head, number }: PullRequest, approve: string | null, actor: string): string | null {
  if (!fork || approve === null) return null;
  if (approve.length >= 7 && head.startsWith(approve.toLowerCase())) return actor;
  throw new OpsError('refused', `You approved ${approve}, and the head of pull request ${number} is ${shortSha(head)}.`, {
    hint: 'Look at what was pushed, then approve that commit.',
    details: { number, head },
  });
}

/** Modules that differ from what the database was made of; where that is not known, from where the branch began. */
async function changedModules(
  { git }: Workspace,
  platform: Platform,
  made: Sha | null,
  base: Sha | null,
  head: Commit,
): ReturnType<typeof moduleChanges> {
  const from = made !== null && (await hasCommit(git, made)) ? made : base === null ? null : await mergeBase(git, base, head.sha);
  if (from === null) return [];
  const paths = (await differingFiles(git, from, head.sha)).map((path) => ({ path }));
  return moduleChanges(git, from, head.sha, touchedModules(paths, addonsFolders(platform.config)));
}

/**
 * What `up` will do for a pull request, as a value: asks GitHub, the engine and the database server, and changes nothing.
 * @throws OpsError `usage` where there is no such pull request, `refused` where it is not open or another commit was approved,
 * `unreachable`
 */
export async function prepareUp(workspace: Workspace, number: number, options: PrepareOptions): Promise<EnvironmentPlan> {
  const { signal } = workspace.context;
  const platform = await openPlatform(workspace, options);
  const pull = await requireOpen(requireForge(platform.forge), number, signal);
  const [head, actor] = await Promise.all([fetchHead(workspace, pull), actorName(workspace)]);
  const { config, project, engine, server } = platform;
  const identity = environmentIdentity({ project, number, branch: pull.branch, host: config.pull_requests.host });
  const [templates, things, { lacks }] = await Promise.all([
    server.templates(project, signal),
    engine.things(project, signal),
    engine.describe(signal),
  ]);
  const template = config.pull_requests.database.template === 'staging' ? (templates.find(({ name }) => name === 'staging') ?? null) : null;
  const modules = await changedModules(workspace, platform, template?.stamp.commit ?? null, platform.staging, head);
  return {
    act: 'pr-environment',
    action: 'up',
    stage: 'staging',
    number,
    title: pull.title,
    pull_request_url: pull.url,
    branch: pull.branch,
    sha: head.sha,
    fork: pull.fork,
    approved_by: approval(pull, options.approve, actor),
    host: identity.host,
    url: engine.kind === 'process' ? 'http://localhost' : urlOf(config, identity.host),
    name: identity.name,
    database: identity.database,
    engine: engine.kind,
    lacks: [...lacks],
    template: template && { name: template.name, database: template.database, sha: template.stamp.commit },
    modules,
    egress: [...config.pull_requests.egress],
    access: engine.kind === 'process' ? 'local' : accessKind(config.pull_requests.access),
    replaces_sha: things.find((thing) => isEnvironment(thing, number))?.stamp.commit ?? null,
  };
}

const accessKind = (access: Platform['config']['pull_requests']['access']): 'basic' | 'forward' | 'public' =>
  access === 'public' ? 'public' : 'forward_auth' in access ? 'forward' : 'basic';

/** What `down` will do: all that there is of a pull request's environment goes, whatever the pull request is. */
export async function prepareDown(workspace: Workspace, number: number, options: PlatformOptions): Promise<EnvironmentPlan> {
  const { signal } = workspace.context;
  const platform = await openPlatform(workspace, options);
  const { config, project, engine, forge } = platform;
  // Taking down needs nobody's word: GitHub away is no reason to leave it.
  const pull = await forge?.pullRequest(number, signal).catch(() => null);
  const things = await engine.things(project, signal);
  const branch = pull?.branch ?? things.find(({ stamp }) => stamp.number === number)?.stamp.branch ?? '';
  const identity = environmentIdentity({ project, number, branch, host: config.pull_requests.host });
  return {
    act: 'pr-environment',
    action: 'down',
    stage: 'staging',
    number,
    title: pull?.title ?? '',
    pull_request_url: pull?.url ?? null,
    branch,
    sha: null,
    fork: pull?.fork ?? false,
    approved_by: null,
    host: identity.host,
    url: engine.kind === 'process' ? 'http://localhost' : urlOf(config, identity.host),
    name: identity.name,
    database: identity.database,
    engine: engine.kind,
    lacks: [],
    template: null,
    modules: [],
    egress: [],
    access: engine.kind === 'process' ? 'local' : accessKind(config.pull_requests.access),
    replaces_sha: things.find((thing) => isEnvironment(thing, number))?.stamp.commit ?? null,
  };
}
