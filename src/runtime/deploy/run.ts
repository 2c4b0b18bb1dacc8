import { loadTimes } from '../../core/deployment/durations.ts';
import type { DeploymentPlan } from '../../core/deployment/plan.ts';
import { settingsOf } from '../../core/deployment/settings.ts';
import { secretVariables, type Config } from '../../core/config/schema.ts';
import { createRedactor } from '../../core/evidence/redact.ts';
import type { Session } from '../evidence/session.ts';
import { runTeamCommand } from '../team-command.ts';
import type { Workspace } from '../workspace.ts';

export interface CommandResult {
  /** Why it failed; null where it ended with exit code 0. */
  problem: string | null;
  /** Milliseconds that Odoo's log gives, by module. */
  times: ReadonlyMap<string, number>;
}

/**
 * Runs the team's deploy command; its output goes to `logs/deploy.log` and, as debug lines, to the host.
 * @throws what the signal says where the person cancels; a command that fails or takes too long is a result
 */
export async function runDeployCommand(
  workspace: Workspace,
  session: Session,
  plan: DeploymentPlan,
  config: Config,
): Promise<CommandResult> {
  const settings = settingsOf(config, plan.environment);
  const log = session.log('deploy.log');
  // Whatever it was given as a secret is one, also where its name does not say so.
  const redact = createRedactor(workspace.environment, [...secretVariables(config), ...settings.env]);
  const { read, times } = loadTimes();
  const onLine = (line: string) => {
    const text = redact(line);
    read(text);
    log(text);
    workspace.context.report({ type: 'text', level: 'debug', step: 'deploy', text });
  };
  const deadline = AbortSignal.timeout(plan.timeout_ms);
  const signal = AbortSignal.any([workspace.context.signal, deadline]);
  const facts = {
    ODOO_STAGE: plan.stage,
    ODOO_OPS_ENVIRONMENT: plan.environment,
    ODOO_OPS_COMMIT: plan.sha,
    ODOO_OPS_PREVIOUS_COMMIT: plan.previous_sha ?? '',
  };
  try {
    const code = await runTeamCommand(workspace, plan.sha, settings, config, facts, { signal, onLine });
    return { problem: code === 0 ? null : `the command ended ${code === -1 ? 'by a signal' : `with exit code ${code}`}`, times };
  } catch (error) {
    if (workspace.context.signal.aborted || !deadline.aborted) throw error;
    return { problem: `the command took longer than ${plan.timeout_ms / 1000} s`, times };
  }
}
