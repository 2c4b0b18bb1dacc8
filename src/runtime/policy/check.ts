import type { CheckResult } from '../../core/policy/outcome.ts';
import type { Workspace } from '../workspace.ts';
import { openPolicy, type CheckOptions } from './session.ts';

/**
 * Checks the work tree, the history as this clone knows it, and the control plane where one is configured.
 * @throws OpsError `repository` for an unknown revision; `unreachable` where a rule was named that needs a service which does not answer
 */
export async function check(workspace: Workspace, options: CheckOptions = {}): Promise<CheckResult> {
  const session = await openPolicy(workspace);
  return session.check({ ...options, thorough: true });
}
