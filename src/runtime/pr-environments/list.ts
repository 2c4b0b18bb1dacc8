import { newestRecords } from '../../adapters/files/evidence-store.ts';
import { toOpsError } from '../../core/errors.ts';
import type { EvidenceRecord } from '../../core/evidence/record.ts';
import type { EnvironmentState, PrEnvironment } from '../../core/pr-environments/environment.ts';
import type { EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import type { EnvironmentOutcome } from '../../core/pr-environments/plan.ts';
import type { PullRequest } from '../../core/pr-environments/pull-request.ts';
import type { Thing } from '../../core/pr-environments/thing.ts';
import { say, type Workspace } from '../workspace.ts';
import { findEnvironments, requireEnvironment, type FoundEnvironment } from './find.ts';
import { identityOf, openPlatform, urlOf, type Platform, type PlatformOptions } from './platform.ts';

/** How many of the newest records are looked through for the last words about an environment. */
const LOOKED_THROUGH = 400;

interface LastWord {
  record: EvidenceRecord;
  folder: string;
  outcome: EnvironmentOutcome | null;
}

/** The newest record of each environment that this clone knows, by the number of its pull request. */
async function lastWords(workspace: Workspace): Promise<Map<number, LastWord>> {
  const found = new Map<number, LastWord>();
  let looked = 0;
  for await (const { record, folder } of newestRecords(workspace.evidenceRoot)) {
    if (++looked > LOOKED_THROUGH) break;
    const { plan, outcome } = record;
    if (plan.act !== 'pr-environment' || found.has(plan.number)) continue;
    const place = `${workspace.config.evidence.folder}/${folder}`;
    found.set(plan.number, { record, folder: place, outcome: outcome?.act === 'pr-environment' ? outcome : null });
  }
  return found;
}

/** True while somebody builds, changes or removes it, on whatever host. */
export async function isClaimed({ server }: Platform, identity: EnvironmentIdentity, signal: AbortSignal): Promise<boolean> {
  const claim = await server.claim(identity, { wait: false }, signal);
  await claim?.release();
  return claim === null;
}

async function stateOf(
  platform: Platform,
  identity: EnvironmentIdentity,
  thing: Thing | null,
  last: LastWord | undefined,
  signal: AbortSignal,
): Promise<EnvironmentState> {
  const unfinished = last?.record.result === 'interrupted';
  if (thing?.running === true && !unfinished) return 'running';
  if ((thing === null || unfinished) && (await isClaimed(platform, identity, signal)))
    return last?.record.plan.act === 'pr-environment' && last.record.plan.action === 'down' ? 'removing' : 'building';
  if (thing?.running === true) return 'running';
  if (thing) {
    if (await platform.engine.ended(identity, signal)) return 'failed';
    return last?.outcome?.state === 'waiting' ? 'waiting' : 'sleeping';
  }
  return last?.outcome?.state === 'failed' || last?.record.result === 'failed' ? 'failed' : 'absent';
}

/** Of a process by the name that was frozen into its database. */
export const environmentUrl = ({ engine, config }: Platform, identity: EnvironmentIdentity): string =>
  engine.kind === 'process' ? `http://localhost:${new URL(`http://${engine.upstream(identity).http}`).port}` : urlOf(config, identity.host);

async function describe(
  platform: Platform,
  number: number,
  { pull, found, last }: { pull: PullRequest | undefined; found: FoundEnvironment | undefined; last: LastWord | undefined },
  lacks: PrEnvironment['lacks'],
  signal: AbortSignal,
): Promise<PrEnvironment> {
  const branch = found?.thing.stamp.branch ?? pull?.branch ?? '';
  const identity = found?.identity ?? identityOf(platform, { number, branch });
  const state = await stateOf(platform, identity, found?.thing ?? null, last, signal);
  const exists = state !== 'absent';
  return {
    number,
    title: pull?.title ?? branch,
    branch,
    host: identity.host,
    url: found || platform.engine.kind === 'docker' ? environmentUrl(platform, identity) : '',
    sha: found?.thing.stamp.commit ?? (exists && last?.record.plan.act === 'pr-environment' ? last.record.plan.sha : null),
    state,
    verdict: exists ? (last?.outcome?.verdict ?? (state === 'failed' ? 'red' : null)) : null,
    lines: exists
      ? last?.outcome?.lines.length
        ? last.outcome.lines
        : state === 'failed' && last?.record.message
          ? [last.record.message]
          : []
      : [],
    created_at: found?.thing.stamp.created_at ?? null,
    expires_at: found?.thing.stamp.expires_at ?? null,
    engine: platform.engine.kind,
    lacks,
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
  const [pulls, environments, words, { lacks }] = await Promise.all([
    open,
    findEnvironments(platform, signal),
    lastWords(workspace),
    platform.engine.describe(signal),
  ]);
  const numbers = new Set([...pulls.map(({ number }) => number), ...environments.map(({ identity }) => identity.number)]);
  const found = [...numbers].map((number) => {
    const about = {
      pull: pulls.find((pull) => pull.number === number),
      found: environments.find(({ identity }) => identity.number === number),
      last: words.get(number),
    };
    return describe(platform, number, about, lacks, signal);
  });
  return (await Promise.all(found)).sort((a, b) => b.number - a.number);
}

/** Where an environment answers. @throws OpsError `usage` where there is none */
export async function addressOf(workspace: Workspace, number: number, options: PlatformOptions): Promise<string> {
  const platform = await openPlatform(workspace, options);
  const { identity } = await requireEnvironment(platform, number, workspace.context.signal);
  return environmentUrl(platform, identity);
}
