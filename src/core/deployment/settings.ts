import { milliseconds } from '../config/duration.ts';
import { CONFIG_FILE, type Config, type DeployConfig } from '../config/schema.ts';
import { OpsError } from '../errors.ts';
import type { DeploymentPlan } from './plan.ts';

/** How the configuration says that an environment is deployed to. @throws OpsError `usage`, with the lines to add */
export function settingsOf(config: Config, environment: 'staging' | 'production'): DeployConfig {
  const { deploy } = config.environments[environment];
  if (deploy) return deploy;
  throw new OpsError('usage', `${CONFIG_FILE} of ${config.branches[environment]} does not say how to deploy ${environment}.`, {
    hint: [
      `Add what brings a commit there, and promote it:`,
      'environments:',
      `  ${environment}:`,
      `    deploy: { run: "make deploy-${environment}" }`,
    ].join('\n  '),
    details: { environment },
  });
}

/** The command as a person writes it. */
export const commandText = ({ run }: Pick<DeployConfig, 'run'>): string => (typeof run === 'string' ? run : run.join(' '));

const MARGIN_MS = 10 * 60_000;

/** How long a deployment may take as a whole, in milliseconds: its lock must not end before it does. */
export function longestDeployment({ environment, timeout_ms }: Pick<DeploymentPlan, 'environment' | 'timeout_ms'>, config: Config): number {
  const health = config.environments[environment].deploy?.health.timeout;
  return timeout_ms + (health === undefined ? 0 : milliseconds(health)) + MARGIN_MS;
}
