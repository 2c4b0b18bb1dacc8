import { gitIn } from '../../adapters/git/git.ts';
import { withCheckout } from '../../adapters/git/work-tree.ts';
import { runCommand } from '../../adapters/process/command.ts';
import { OpsError } from '../../core/errors.ts';
import { isSecret } from '../../core/evidence/redact.ts';
import type { GateInput, GateVerdict } from './gates.ts';

/**
 * Runs a team's own command in a check-out of the commit to be promoted. It is the branch's code that runs, so it sees no
 * variable that is named like a secret, but those that staging's odoo-ops.yml lets it have.
 */
export async function runTeamGate(name: string, { workspace, plan, candidate, config, log, signal }: GateInput): Promise<GateVerdict> {
  const gate = config.promotion.gates.find((other) => other.name === name);
  if (!gate) throw new OpsError('config', `There is no gate ${name} in odoo-ops.yml.`, { hint: 'Make the plan again.' });
  const git = gitIn(workspace.root, signal);
  const code = await withCheckout(git, candidate, (folder) => {
    log(`$ ${typeof gate.run === 'string' ? gate.run : gate.run.join(' ')}`);
    const env = {
      ...visibleEnvironment(workspace.environment, config.control_plane.url_env, gate.env),
      ODOO_OPS_COMMIT: candidate,
      ODOO_OPS_FROM: plan.from,
      ODOO_OPS_TO: plan.to,
    };
    return runCommand(gate.run, { cwd: folder, env, signal, onLine: log });
  });
  return { result: code === 0 ? 'passed' : 'failed', message: code === 0 ? 'exit code 0' : `exit code ${code}` };
}

function visibleEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  hidden: string,
  allowed: readonly string[],
): Record<string, string> {
  const entries = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (allowed.includes(entry[0]) || (entry[0] !== hidden && !isSecret(entry[0], entry[1]))),
  );
  return Object.fromEntries(entries);
}
