import { milliseconds } from '../../core/config/duration.ts';
import type { Config } from '../../core/config/schema.ts';
import { migrationResults } from '../../core/deployment/durations.ts';
import { healthProblem } from '../../core/deployment/health.ts';
import type { DeploymentOutcome, DeploymentPlan } from '../../core/deployment/plan.ts';
import { commandText, longestDeployment, settingsOf } from '../../core/deployment/settings.ts';
import { OpsError } from '../../core/errors.ts';
import { deploymentTopic } from '../../core/evidence/folder.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { runAct, type ActOutcome, type ActResult } from '../evidence/act.ts';
import { publishIntent } from '../evidence/intent.ts';
import { refreshEvidence } from '../evidence/refresh.ts';
import type { Session } from '../evidence/session.ts';
import { settleInterrupted } from '../evidence/settle.ts';
import { withLease } from '../lease.ts';
import { requireUnmoved } from '../unmoved.ts';
import type { Workspace } from '../workspace.ts';
import { pastDeployments } from './facts.ts';
import { awaitHealth } from './health.ts';
import { deployConfig } from './plan.ts';
import { runDeployCommand } from './run.ts';

/**
 * Applies a plan: lease, look again, the team's command, health. From the start of the command on the record says that nobody can
 * tell what the environment runs, until the command has ended well.
 * @throws OpsError `locked`, `moved`, `cancelled`, `unreachable`; a command that fails and an Odoo that is not healthy are results
 */
export async function deploy(workspace: Workspace, plan: DeploymentPlan): Promise<ActResult> {
  const config = await deployConfig(workspace, plan.sha);
  const topic = deploymentTopic(plan.environment);
  await settleInterrupted(workspace);
  return runAct(workspace, topic, plan, async (session) => {
    await session.attach('plan.json', `${JSON.stringify(session.record.plan, null, 2)}\n`);
    const lock = {
      remote: plan.remote,
      name: topic,
      title: `Lock ${plan.environment}`,
      milliseconds: longestDeployment(plan, config),
      doing: `${plan.environment} is being deployed`,
    };
    return withLease(workspace, session, lock, () => underLease(workspace, session, plan, config));
  });
}

async function underLease(workspace: Workspace, session: Session, plan: DeploymentPlan, config: Config): Promise<ActOutcome> {
  const { environment, sha, url } = plan;
  const settings = settingsOf(config, environment);
  await session.step('remote', `Compare ${plan.remote} with the plan`, () => requireAsPlanned(workspace, plan));
  const unknown: DeploymentOutcome = { act: 'deployment', sha: null, previous_sha: plan.previous_sha, migrations: [], health: [] };
  await session.expect(unknown);
  await publishIntent(workspace, session);
  const { problem, times } = await session.step(
    'deploy',
    `Deploy ${shortSha(sha)} to ${environment}: ${commandText(settings)}`,
    () => runDeployCommand(workspace, session, plan, config),
    (result) => result.problem,
  );
  const migrations = migrationResults(plan.migrations, times);
  if (problem !== null) {
    // Only what Odoo's log shows did happen.
    const seen = migrations.filter(({ duration_ms }) => duration_ms !== null);
    return { result: 'failed', message: problem, outcome: { ...unknown, migrations: seen } };
  }
  const deployed: DeploymentOutcome = { ...unknown, sha, migrations };
  await session.expect(deployed);
  const health = await session.step(
    'health',
    url === null ? 'Health' : `Ask ${url} for its health`,
    () =>
      awaitHealth({
        environment,
        url,
        timeout: milliseconds(settings.health.timeout),
        signal: workspace.context.signal,
        now: session.now,
      }),
    healthProblem,
  );
  const unhealthy = healthProblem(health);
  return { result: unhealthy === null ? 'passed' : 'failed', message: unhealthy, outcome: { ...deployed, health } };
}

/** @throws OpsError `moved` where the branch moved, or somebody else deployed, since the plan was made */
async function requireAsPlanned(workspace: Workspace, plan: DeploymentPlan): Promise<void> {
  await requireUnmoved(workspace, plan.remote, { [plan.branch]: plan.sha });
  await refreshEvidence(workspace);
  const { previous, running, lastTried } = await pastDeployments(workspace, plan.environment);
  if (previous === plan.previous_sha && running === plan.running_sha) return;
  const what = lastTried === null ? 'something' : shortSha(lastTried);
  throw new OpsError('moved', `Somebody deployed ${what} to ${plan.environment} meanwhile.`, {
    hint: 'Make the plan again and look at what is new.',
    details: { environment: plan.environment, expected: plan.running_sha, actual: running },
  });
}
