import { fetchRemote, remoteBranches } from '../../adapters/git/refs.ts';
import { requireHistory } from '../../adapters/git/repository.ts';
import { configSchema, type Config } from '../../core/config/schema.ts';
import type { DeploymentPlan } from '../../core/deployment/plan.ts';
import { planDeployment } from '../../core/deployment/prepare.ts';
import { OpsError } from '../../core/errors.ts';
import type { Sha } from '../../core/repository/names.ts';
import { configAt } from '../config-at.ts';
import { refreshEvidence } from '../evidence/refresh.ts';
import { requireSameBranches } from '../promotion/plan.ts';
import { requireRemote, type Workspace } from '../workspace.ts';
import { deploymentFacts } from './facts.ts';

function environmentName(word: string): 'staging' | 'production' {
  if (word === 'staging' || word === 'production') return word;
  throw new OpsError('usage', `${JSON.stringify(word)} is not an environment that is deployed to.`, {
    hint: 'Name staging or production.',
  });
}

/** How to deploy a commit is said by that commit: it was reviewed with the code, and the work tree has no part in it. */
export async function deployConfig(workspace: Workspace, sha: Sha): Promise<Config> {
  const config = (await configAt(workspace.git, sha)) ?? configSchema.parse({ branches: workspace.config.branches });
  requireSameBranches(config, workspace.config, 'the work tree');
  return config;
}

/**
 * The deployment of what an environment's branch holds on the remote, as a value: asks the remote, the history and the evidence,
 * changes nothing.
 * @throws OpsError `usage` where the environment has no branch there, or odoo-ops.yml does not say how to deploy
 */
export async function prepareDeployment(workspace: Workspace, word: string): Promise<DeploymentPlan> {
  const environment = environmentName(word);
  requireHistory(workspace.state);
  const remote = requireRemote(workspace);
  const branch = workspace.config.branches[environment];
  await fetchRemote(workspace.git, remote);
  await refreshEvidence(workspace);
  const tip = (await remoteBranches(workspace.git, remote)).get(branch);
  if (!tip) {
    throw new OpsError('repository', `There is no branch ${branch} on ${remote}, so nothing to deploy to ${environment}.`, {
      hint: `Push it, or name another one as branches.${environment} in odoo-ops.yml.`,
      details: { branch, remote },
    });
  }
  const config = await deployConfig(workspace, tip.sha);
  return planDeployment(await deploymentFacts(workspace, { environment, remote, branch, tip }, config), config);
}
