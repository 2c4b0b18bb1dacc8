import { bytesOf } from '../../core/config/pull-requests.ts';
import { OpsError } from '../../core/errors.ts';
import type { EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import type { PullRequest } from '../../core/pr-environments/pull-request.ts';
import { isEnvironment } from '../../core/pr-environments/thing.ts';
import { shaSchema } from '../../core/repository/names.ts';
import { bytesText } from '../../core/text.ts';
import { actorName } from '../evidence/actor.ts';
import type { Workspace } from '../workspace.ts';
import { changedModules } from './changed-modules.ts';
import { identityOf, openPlatform, urlOf, type Platform, type PlatformOptions } from './platform.ts';
import { fetchHead, requireForge, requireOpen } from './pull-request.ts';
import { requireDoor } from './route.ts';

export interface PrepareOptions extends PlatformOptions {
  /** The commit of a fork that may run: its whole SHA. */
  approve: string | null;
}

/**
 * The approval counts for exactly one commit: what is pushed afterwards was seen by nobody. Of the whole SHA: who writes both makes two commits that
 * begin alike in seconds.
 */
function approval({ fork, head, number }: PullRequest, approve: string | null, actor: string): string | null {
  if (!fork || approve === null) return null;
  if (approve.toLowerCase() === head) return actor;
  const isShort = shaSchema.safeParse(approve.toLowerCase()).success ? '' : ' An approval names a commit by all of its 40 digits.';
  throw new OpsError('refused', `You approved ${approve}, and the head of pull request ${number} is ${head}.${isShort}`, {
    hint: 'Look at what was pushed, then approve that commit.',
    details: { number, head },
  });
}

/** @throws OpsError `refused` where an environment may not be as large */
export function requireSpace(bytes: number, disk: string): void {
  if (bytes <= bytesOf(disk)) return;
  throw new OpsError('refused', `The copy would be ${bytesText(bytes)}, and an environment may have ${disk}.`, {
    hint: 'Raise pull_requests.limits.disk, or keep a smaller template.',
  });
}

const accessKind = (access: Platform['config']['pull_requests']['access']): 'basic' | 'forward' | 'public' =>
  access === 'public' ? 'public' : 'forward_auth' in access ? 'forward' : 'basic';

/** What any plan of an environment says: whose it is, where it answers, what it would replace. */
async function planOf(
  platform: Platform,
  number: number,
  pull: Pick<PullRequest, 'title' | 'branch' | 'fork'> & { url: string | null },
  signal: AbortSignal,
) {
  const { config, engine, project } = platform;
  const identity = identityOf(platform, { number, branch: pull.branch });
  const there = (await engine.things(project, signal)).find((thing) => isEnvironment(thing, number));
  const isHere = engine.kind === 'process';
  return {
    act: 'pr-environment',
    stage: 'staging',
    number,
    title: pull.title,
    pull_request_url: pull.url,
    branch: pull.branch,
    fork: pull.fork,
    host: identity.host,
    // A process has a port of its own, which is found when its place is made.
    url: isHere ? 'http://localhost' : urlOf(config, identity.host),
    name: identity.name,
    database: identity.database,
    engine: engine.kind,
    access: isHere ? 'local' : accessKind(config.pull_requests.access),
    replaces_sha: there?.stamp.commit ?? null,
  } as const;
}

/**
 * What `up` will do for a pull request, as a value: asks GitHub, the engine and the database server, and changes nothing.
 * @throws OpsError `usage` where there is no such pull request, `refused` where it is not open or another commit was approved,
 * `unreachable`
 */
export async function prepareUp(workspace: Workspace, number: number, options: PrepareOptions): Promise<EnvironmentPlan> {
  const { signal } = workspace.context;
  const platform = await openPlatform(workspace, options);
  // Found now, not after everything was built.
  if (platform.proxy) requireDoor(platform);
  const pull = await requireOpen(requireForge(platform.forge), number, signal);
  const [head, actor] = await Promise.all([fetchHead(workspace, pull), actorName(workspace)]);
  const { config, project, server, description } = platform;
  const [common, templates] = await Promise.all([planOf(platform, number, pull, signal), server.templates(project, signal)]);
  const { database, limits } = config.pull_requests;
  const template = database.template === 'staging' ? (templates.find(({ name }) => name === 'staging') ?? null) : null;
  if (template) requireSpace(template.bytes, limits.disk);
  return {
    ...common,
    action: 'up',
    sha: head.sha,
    approved_by: approval(pull, options.approve, actor),
    lacks: [...description.lacks],
    template: template && { name: template.name, database: template.database, sha: template.stamp.commit },
    modules: await changedModules(workspace, platform, template?.stamp.commit ?? null, head.sha),
    egress: [...config.pull_requests.egress],
  };
}

/** What `down` will do: all that there is of a pull request's environment goes, whatever the pull request is. */
export async function prepareDown(workspace: Workspace, number: number, options: PlatformOptions): Promise<EnvironmentPlan> {
  const { signal } = workspace.context;
  const platform = await openPlatform(workspace, options);
  // Taking down needs nobody's word: GitHub away is no reason to leave it.
  const pull = await platform.forge?.pullRequest(number, signal).catch(() => null);
  const left = pull ? null : (await platform.engine.things(platform.project, signal)).find(({ stamp }) => stamp.number === number);
  const known = pull ?? { title: '', branch: left?.stamp.branch ?? '', fork: false, url: null };
  const common = await planOf(platform, number, known, signal);
  return { ...common, action: 'down', sha: null, approved_by: null, lacks: [], template: null, modules: [], egress: [] };
}
