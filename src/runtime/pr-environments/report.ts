import { toOpsError } from '../../core/errors.ts';
import { commentBody, commentMarker, commitStatus, STATUS_CONTEXT, type EnvironmentNews } from '../../core/pr-environments/comment.ts';
import type { EnvironmentOutcome, EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import type { Session } from '../evidence/session.ts';
import { say } from '../workspace.ts';
import type { Platform } from './platform.ts';

/** How long a pull request is told something; the environment waits for no forge longer than that. */
const WITHIN_MS = 30_000;

/** Tells a pull request of its environment, beside the steps of an act. */
export interface Teller {
  /** Returns at once; what is told later comes later. */
  tell: (news: Partial<EnvironmentNews> & Pick<EnvironmentNews, 'state'>) => void;
  /** Settles when all is told, or could not be. */
  done: () => Promise<void>;
}

/** What an outcome is as news. */
export const newsOf = (outcome: EnvironmentOutcome, message: string | null): Partial<EnvironmentNews> & Pick<EnvironmentNews, 'state'> => ({
  state: outcome.state,
  verdict: outcome.verdict,
  lines: outcome.lines,
  message: outcome.state === 'failed' ? message : null,
  fallback: outcome.fallback,
  uncovered: outcome.uncovered,
});

/** A comment and a commit status; that they cannot be written is a warning and never a failure. */
export function createTeller({ forge, project }: Platform, plan: EnvironmentPlan, session: Session, expiresAt: string | null): Teller {
  let last: Promise<void> = Promise.resolve();
  const send = async (partial: Parameters<Teller['tell']>[0]): Promise<void> => {
    if (!forge || plan.pull_request_url === null) return;
    const news: EnvironmentNews = {
      number: plan.number,
      branch: plan.branch,
      sha: plan.sha,
      url: plan.url,
      verdict: null,
      lines: [],
      message: null,
      fallback: false,
      lacks: plan.lacks,
      uncovered: [],
      expiresAt,
      ...partial,
    };
    const signal = AbortSignal.timeout(WITHIN_MS);
    const status = commitStatus(news);
    try {
      await Promise.all([
        forge.comment(plan.number, commentMarker(project, plan.number), commentBody(news), signal),
        status && plan.sha !== null ? forge.status(plan.sha, STATUS_CONTEXT, status, signal) : null,
      ]);
    } catch (error) {
      say(session.context, `The pull request could not be told: ${toOpsError(error).message}`, 'warning');
    }
  };
  return {
    tell: (news) => {
      last = last.then(() => send(news));
    },
    done: () => last,
  };
}
