import { changesBetween } from '../../adapters/git/history.ts';
import { remoteBranches } from '../../adapters/git/refs.ts';
import { addonsFolders } from '../../core/config/schema.ts';
import { OpsError } from '../../core/errors.ts';
import type { RollbackPlan } from '../../core/promotion/rollback.ts';
import { touchedModules } from '../../core/repository/module.ts';
import { listEvidence } from '../evidence/list.ts';
import { refreshEvidence } from '../evidence/refresh.ts';
import { requireRemote, type Workspace } from '../workspace.ts';
import { moduleChanges } from './modules.ts';

/** How to get an environment back to what it ran before its last promotion. Changes nothing. @throws OpsError `usage`, `repository` */
export async function planRollback(workspace: Workspace, environment: string): Promise<RollbackPlan> {
  if (environment !== 'staging' && environment !== 'production') {
    throw new OpsError('usage', `${JSON.stringify(environment)} is not an environment that can be rolled back.`, {
      hint: 'Name staging or production.',
    });
  }
  const remote = requireRemote(workspace);
  await refreshEvidence(workspace);
  const branch = workspace.config.branches[environment];
  const tip = (await remoteBranches(workspace.git, remote)).get(branch);
  const last = (await listEvidence(workspace)).find(
    ({ record }) =>
      record.plan.act === 'promotion' &&
      record.plan.environment === environment &&
      record.result === 'passed' &&
      record.outcome?.act === 'promotion' &&
      record.outcome.sha === tip?.sha,
  )?.record;
  if (!tip || last?.plan.act !== 'promotion') {
    throw new OpsError('repository', `No record says how ${branch} got to where it is.`, {
      hint: 'Only what was promoted with evidence can be rolled back by it. Try `odoo-ops evidence sync`.',
    });
  }
  const previous = last.outcome?.act === 'promotion' ? last.outcome.previous_sha : last.plan.to_sha;
  const files = await changesBetween(workspace.git, previous, tip.sha);
  const modules = await moduleChanges(workspace.git, tip.sha, previous, touchedModules(files, addonsFolders(workspace.config)));
  return { environment, branch, staging: workspace.config.branches.staging, current: tip.sha, previous, record: last.id, modules };
}
