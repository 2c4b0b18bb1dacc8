import { toOpsError } from '../../core/errors.ts';
import type { EnvironmentState, PrEnvironment } from '../../core/pr-environments/environment.ts';
import type { EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import type { PullRequest } from '../../core/pr-environments/pull-request.ts';
import { say, type Workspace } from '../workspace.ts';
import { findEnvironments, requireEnvironment, type FoundEnvironment } from './find.ts';
import { lastWords, type LastWord } from './last-words.ts';
import { environmentUrl, identityOf, openPlatform, type Platform, type PlatformOptions } from './platform.ts';

interface About {
  pull: PullRequest | undefined;
  found: FoundEnvironment | undefined;
  last: LastWord | undefined;
  claimed: boolean;
  waiting: boolean;
}

async function stateOf(
  { engine }: Platform,
  { found, last, claimed, waiting }: Pick<About, 'found' | 'last' | 'claimed' | 'waiting'>,
  signal: AbortSignal,
): Promise<EnvironmentState> {
  // What is being woken or stopped is claimed too, and its last record is at an end.
  if (claimed && (!found || last?.record.result === 'interrupted')) return last?.plan.action === 'down' ? 'removing' : 'building';
  if (!found) return last?.outcome?.state === 'failed' || last?.record.result === 'failed' ? 'failed' : 'absent';
  if (found.thing.running === true) return 'running';
  if (await engine.ended(found.identity, signal)) return 'failed';
  return waiting ? 'waiting' : 'sleeping';
}

/** Why it is yellow, red or failed: what its last build found, else what that ended with. */
function linesOf(state: EnvironmentState, last: LastWord | undefined): string[] {
  const lines = last?.outcome?.lines ?? [];
  if (lines.length > 0 || state !== 'failed') return lines;
  return last?.record.message == null ? [] : [last.record.message];
}

async function describe(platform: Platform, identity: EnvironmentIdentity, about: About, signal: AbortSignal): Promise<PrEnvironment> {
  const { pull, found, last } = about;
  const state = await stateOf(platform, about, signal);
  // Of one that is gone its record tells history, not how it stands.
  const word = state === 'absent' ? undefined : last;
  const branch = found?.thing.stamp.branch ?? pull?.branch ?? '';
  return {
    number: identity.number,
    title: pull?.title ?? branch,
    branch,
    host: identity.host,
    url: found || platform.engine.kind === 'docker' ? environmentUrl(platform, identity) : '',
    sha: found?.thing.stamp.commit ?? word?.plan.sha ?? null,
    state,
    verdict: word?.outcome?.verdict ?? (state === 'failed' ? 'red' : null),
    lines: linesOf(state, word),
    created_at: found?.thing.stamp.created_at ?? null,
    expires_at: found?.thing.stamp.expires_at ?? null,
    engine: platform.engine.kind,
    lacks: platform.description.lacks,
    evidence: last?.folder ?? null,
  };
}

/**
 * Open pull requests and all environments that there are, newest pull request first. Without an answer of GitHub: the environments alone,
 * and a warning.
 * @throws OpsError `unreachable` where the engine or the database server is away
 */
export async function listEnvironments(workspace: Workspace, options: PlatformOptions): Promise<PrEnvironment[]> {
  const { signal } = workspace.context;
  const platform = await openPlatform(workspace, options);
  const open = (platform.forge?.openPullRequests(signal) ?? Promise.resolve([])).catch((error: unknown) => {
    signal.throwIfAborted();
    say(workspace.context, toOpsError(error).message, 'warning');
    return [];
  });
  const [pulls, environments, words, waiting] = await Promise.all([
    open,
    findEnvironments(platform, signal),
    lastWords(workspace),
    platform.server.waiting(platform.project, signal),
  ]);
  const branches = new Map([
    ...pulls.map(({ number, branch }) => [number, branch] as const),
    ...environments.map(({ thing, identity }) => [identity.number, thing.stamp.branch ?? ''] as const),
  ]);
  const identities = [...branches].map(([number, branch]) => identityOf(platform, { number, branch }));
  const claimed = await platform.server.claimed(identities, signal);
  const found = identities.map((identity) => {
    const { number } = identity;
    const about = {
      pull: pulls.find((pull) => pull.number === number),
      found: environments.find((one) => one.identity.number === number),
      last: words.get(number),
      claimed: claimed.has(number),
      waiting: waiting.has(number),
    };
    return describe(platform, identity, about, signal);
  });
  return (await Promise.all(found)).sort((a, b) => b.number - a.number);
}

/** Where an environment answers. @throws OpsError `usage` where there is none */
export async function addressOf(workspace: Workspace, number: number, options: PlatformOptions): Promise<string> {
  const platform = await openPlatform(workspace, options);
  const { identity } = await requireEnvironment(platform, number, workspace.context.signal);
  return environmentUrl(platform, identity);
}
