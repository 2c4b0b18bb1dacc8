import { gitIn } from '../../adapters/git/git.ts';
import { commitWithMessage } from '../../adapters/git/history.ts';
import { milliseconds } from '../../core/config/duration.ts';
import { OpsError } from '../../core/errors.ts';
import type { Attempt } from '../../core/pr-environments/identity.ts';
import type { EnvironmentOutcome, EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import type { ActOutcome } from '../evidence/act.ts';
import type { Session } from '../evidence/session.ts';
import { say, type Workspace } from '../workspace.ts';
import { commitConfig } from './commit-config.ts';
import { codeSource } from './code-source.ts';
import { neutralise, verify } from './harmless.ts';
import { installModules } from './install.ts';
import { makeGround } from './ground.ts';
import type { Platform } from './platform.ts';
import { requireAsPlanned } from './pull-request.ts';
import { everything, removeThings } from './remove.ts';
import { startOdoo } from './start.ts';
import { uncovered } from './uncovered.ts';

export interface BuildRequest {
  plan: EnvironmentPlan;
  attempt: Attempt;
  /** True where a newer build took the environment over: what is there is its own to replace. */
  superseded: () => boolean;
}

/** How long the cleaning after a failure may take: the signal of the act may have fired already. */
const CLEAN_WITHIN_MS = 60_000;

/**
 * The steps from a commit to a running, harmless Odoo. Nothing with a clock or a mail server in it starts before the database was asked
 * and answered that it is harmless (§3.3).
 */
export async function buildEnvironment(
  workspace: Workspace,
  platform: Platform,
  session: Session,
  request: BuildRequest,
): Promise<ActOutcome> {
  const { context, root } = workspace;
  const { build_time: within } = platform.config.pull_requests.limits;
  // Code of the branch may hang wherever it runs, and who builds holds the environment.
  const late = AbortSignal.timeout(milliseconds(within));
  const signal = AbortSignal.any([context.signal, late]);
  try {
    return await build({ ...workspace, git: gitIn(root, signal), context: { ...context, signal } }, platform, session, request);
  } catch (error) {
    if (!request.superseded()) await clean(platform, session, request.attempt);
    if (!late.aborted || context.signal.aborted) throw error;
    throw new OpsError('timeout', `Environment ${request.plan.number} was not built within ${within}.`, {
      hint: 'The logs of its steps are in the evidence. Raise pull_requests.limits.build_time where it needs longer.',
      cause: error,
    });
  }
}

async function build(workspace: Workspace, platform: Platform, session: Session, { plan, attempt }: BuildRequest): Promise<ActOutcome> {
  const { context, git } = workspace;
  const { signal } = context;
  await session.step('pull-request', `Is pull request ${plan.number} open?`, () => requireAsPlanned(platform, plan, signal));
  const commit = await commitWithMessage(git, attempt.commit);
  const source = await codeSource(git, commit, await commitConfig(git, attempt.commit, platform.config));
  const building = await makeGround(git, platform, session, { plan, attempt, source, signal });
  const installed = await installModules(git, building, session);
  const harmless = await session.step('neutralise', 'Make it harmless', () => neutralise(building, session));
  const proof = await session.step(
    'verify',
    'Ask the database whether it is harmless',
    () => verify(building),
    ({ problems: [problem] }) => problem?.message ?? null,
  );
  const outcome: EnvironmentOutcome = {
    act: 'pr-environment',
    state: 'failed',
    verdict: installed.verdict,
    lines: installed.lines,
    fallback: installed.fallback,
    image: { id: building.code.id, base: building.code.base },
    database: building.copy,
    neutralisation: { ...harmless, ...proof },
    uncovered: await uncovered(building, session),
    removed: [],
    expires_at: attempt.stamp.expires_at,
  };
  const [problem] = proof.problems;
  if (problem) {
    await clean(platform, session, attempt);
    const message = `Nothing was started: the copy is not harmless. ${proof.problems.map((one) => one.message).join(' ')}`;
    return { result: 'refused', message, outcome: { ...outcome, verdict: 'red', expires_at: null } };
  }
  const started = await startOdoo(building, session, installed);
  return { result: 'passed', message: building.url, outcome: { ...outcome, ...started, url: building.url } };
}

/** Takes away what this attempt made: what cannot be finished leaves nothing behind. */
async function clean(platform: Platform, session: Session, attempt: Attempt): Promise<void> {
  const signal = AbortSignal.timeout(CLEAN_WITHIN_MS);
  try {
    const made = (await everything(platform, signal)).filter(({ thing }) => thing.stamp.attempt === attempt.id);
    const { removed, kept, failed } = await removeThings(
      made.map((one) => ({ ...one, reason: 'the build did not come to its end' })),
      signal,
    );
    for (const { kind, name } of removed) say(session.context, `Removed ${kind} ${name}`, 'debug');
    for (const { kind, name, reason } of [...kept, ...failed])
      say(session.context, `${kind} ${name} is left: ${reason} The next sweep takes it.`, 'warning');
  } catch (error) {
    say(session.context, `What was made is left for the next sweep: ${error instanceof Error ? error.message : String(error)}`, 'warning');
  }
}
