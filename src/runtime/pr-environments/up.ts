import { randomUUID } from 'node:crypto';
import { hasReplaced } from '../../core/control-plane/environment-changes.ts';
import { milliseconds } from '../../core/config/duration.ts';
import { OpsError, toOpsError } from '../../core/errors.ts';
import { environmentTopic } from '../../core/evidence/folder.ts';
import type { Attempt } from '../../core/pr-environments/identity.ts';
import type { EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import type { Sha } from '../../core/repository/names.ts';
import { tellCourse } from '../control-plane/environments.ts';
import { runAct, type ActResult } from '../evidence/act.ts';
import { settleInterrupted } from '../evidence/settle.ts';
import type { Workspace } from '../workspace.ts';
import { buildEnvironment } from './build.ts';
import { takeOver } from './claim.ts';
import { identityOf, openPlatform, type Platform, type PlatformOptions } from './platform.ts';
import { createTeller, newsOf, tellAsItWas } from './report.ts';

/** @throws OpsError `refused` for code of a stranger that nobody looked at, or where this engine could not hold it */
function requireTrusted({ fork, approved_by, number, sha, engine, lacks }: EnvironmentPlan): void {
  if (!fork) return;
  if (engine === 'process' || lacks.includes('egress-lock')) {
    const what = engine === 'process' ? 'processes of this machine lock nothing in' : 'this engine locks no network';
    throw new OpsError('refused', `Pull request ${number} comes from a fork, and ${what}.`, { hint: 'Build it where Docker Engine is.' });
  }
  if (approved_by !== null) return;
  throw new OpsError('refused', `Pull request ${number} comes from a fork: its code runs only after somebody looked at it.`, {
    hint: `Read the change, then approve this commit: --approve ${sha ?? ''}.`,
    details: { number, head: sha, reason: 'fork' },
  });
}

function newAttempt(platform: Platform, plan: EnvironmentPlan, commit: Sha): Attempt {
  const { project, config, description } = platform;
  const { number, branch } = plan;
  const id = randomUUID();
  const now = Date.now();
  const expires_at = new Date(now + milliseconds(config.pull_requests.expire_after)).toISOString();
  const stamp = {
    project,
    number,
    attempt: id,
    commit,
    branch,
    engine: description.id,
    created_at: new Date(now).toISOString(),
    expires_at,
  };
  return { identity: identityOf(platform, plan), id, commit, stamp };
}

/**
 * Builds the environment of a plan: a running, harmless Odoo with the commit's code (§4.3). A newer build of the same pull request ends
 * an older one. What cannot be made leaves nothing behind.
 * @throws OpsError `refused` (fork, no more open), `moved` where a newer build began or the branch went on, `unreachable`, `failed`;
 * modules that cannot be installed are a result: red
 */
export async function up(workspace: Workspace, plan: EnvironmentPlan, options: PlatformOptions): Promise<ActResult> {
  requireTrusted(plan);
  if (plan.sha === null) throw new OpsError('usage', 'This plan takes an environment down.', { hint: 'Use `odoo-ops pr down`.' });
  const platform = await openPlatform(workspace, options);
  const attempt = newAttempt(platform, plan, plan.sha);
  await settleInterrupted(workspace);
  return takeOver(platform, workspace, attempt.identity, (own, superseded) =>
    runAct(own, environmentTopic(plan.number), plan, async (session) => {
      await session.attach('plan.json', `${JSON.stringify(session.record.plan, null, 2)}\n`);
      const teller = createTeller(platform, plan, session, attempt.stamp.expires_at);
      teller.tell({ state: 'building' });
      const course = tellCourse(own, session.record);
      try {
        const ended = await buildEnvironment(own, platform, session, { plan, attempt, superseded });
        if (ended.outcome?.act === 'pr-environment') teller.tell(newsOf(ended.outcome, ended.message));
        return ended;
      } catch (error) {
        const { code, message } = toOpsError(error);
        const stands = hasReplaced(session.record) ? null : plan.replaces_sha;
        // The build that took over has its own news; where this very commit runs on, nothing is wrong with it.
        if (stands === plan.sha && stands !== null) await tellAsItWas(workspace, platform, plan.number);
        else if (!superseded())
          teller.tell({ state: 'failed', message: code === 'cancelled' ? 'The build was cancelled.' : message, stands });
        throw error;
      } finally {
        await Promise.all([teller.done(), course]);
      }
    }),
  );
}
