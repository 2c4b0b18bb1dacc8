import { toOpsError } from '../../core/errors.ts';
import type { Context } from '../../core/events.ts';
import { commentBody, commentMarker, commitStatus, STATUS_CONTEXT, type EnvironmentNews } from '../../core/pr-environments/comment.ts';
import type { EnvironmentOutcome, EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import type { Thing } from '../../core/pr-environments/thing.ts';
import type { Session } from '../evidence/session.ts';
import { say, type Workspace } from '../workspace.ts';
import { requireEnvironment, type FoundEnvironment } from './find.ts';
import { lastWords } from './last-words.ts';
import { environmentUrl, type Platform } from './platform.ts';

/** How long a pull request is told something; the environment waits for no forge longer than that. */
const WITHIN_MS = 30_000;

type News = Partial<EnvironmentNews> & Pick<EnvironmentNews, 'state'>;

/** Tells a pull request of its environment, beside the steps of an act. */
export interface Teller {
  /** Returns at once; what is told later comes later. */
  tell: (news: News) => void;
  /** Settles when all is told, or could not be. */
  done: () => Promise<void>;
}

/** What an outcome is as news. */
export const newsOf = (outcome: EnvironmentOutcome, message: string | null): News => ({
  state: outcome.state,
  ...(outcome.url === undefined ? {} : { url: outcome.url }),
  verdict: outcome.verdict,
  lines: outcome.lines,
  message: outcome.state === 'failed' ? message : null,
  fallback: outcome.fallback,
  uncovered: outcome.uncovered,
});

/** A comment and a commit status; that they cannot be written is a warning and never a failure. */
async function tellPullRequest(
  { forge, project }: Platform,
  context: Context,
  partial: News & Pick<EnvironmentNews, 'number' | 'branch' | 'sha' | 'url' | 'lacks'>,
): Promise<void> {
  if (!forge) return;
  const none = { verdict: null, lines: [], message: null, fallback: false, uncovered: [], expiresAt: null, stands: null };
  const news: EnvironmentNews = { ...none, ...partial };
  const signal = AbortSignal.timeout(WITHIN_MS);
  const status = commitStatus(news);
  try {
    await Promise.all([
      forge.comment(news.number, commentMarker(project, news.number), commentBody(news), signal),
      status && news.sha !== null ? forge.status(news.sha, STATUS_CONTEXT, status, signal) : null,
    ]);
  } catch (error) {
    say(context, `Pull request ${news.number} could not be told: ${toOpsError(error).message}`, 'warning');
  }
}

export function createTeller(platform: Platform, plan: EnvironmentPlan, session: Session, expiresAt: string | null): Teller {
  let last: Promise<void> = Promise.resolve();
  const { number, branch, sha, url, lacks, pull_request_url } = plan;
  return {
    tell: (news) => {
      if (pull_request_url === null) return;
      last = last.then(() => tellPullRequest(platform, session.context, { number, branch, sha, url, lacks, expiresAt, ...news }));
    },
    done: () => last,
  };
}

/** What anybody can say of an environment that is there, without an act. */
function newsOfFound(platform: Platform, { identity, thing: { stamp } }: FoundEnvironment) {
  const { number } = identity;
  const url = environmentUrl(platform, identity);
  return { number, branch: stamp.branch ?? '', sha: stamp.commit, url, lacks: platform.description.lacks, expiresAt: stamp.expires_at };
}

/** Tells that an environment runs, with what its build found where this clone has its record. */
export async function tellTurn(workspace: Workspace, platform: Platform, found: FoundEnvironment): Promise<void> {
  const last = (await lastWords(workspace)).get(found.identity.number);
  const built = last?.outcome && last.plan.sha === found.thing.stamp.commit ? newsOf(last.outcome, null) : {};
  await tellPullRequest(platform, workspace.context, { ...newsOfFound(platform, found), ...built, state: 'running' });
}

/** Tells of an environment what was true before a build of it that came to nothing. */
export async function tellAsItWas(workspace: Workspace, platform: Platform, number: number): Promise<void> {
  try {
    const found = await requireEnvironment(platform, number, AbortSignal.timeout(WITHIN_MS));
    if (found.thing.running === true) await tellTurn(workspace, platform, found);
  } catch (error) {
    say(workspace.context, `Pull request ${number} could not be told: ${toOpsError(error).message}`, 'warning');
  }
}

/** Tells that an environment is not harmless any more. */
export const tellStopped = ({ context }: Workspace, platform: Platform, found: FoundEnvironment, message: string): Promise<void> =>
  tellPullRequest(platform, context, { ...newsOfFound(platform, found), state: 'stopped', message });

/** Tells that nothing is left of an environment, whatever took it away. */
export const tellGone = (platform: Platform, context: Context, number: number, { stamp }: Thing): Promise<void> =>
  tellPullRequest(platform, context, { number, branch: stamp.branch ?? '', sha: stamp.commit, url: '', lacks: [], state: 'removed' });
