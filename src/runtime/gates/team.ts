import { OpsError } from '../../core/errors.ts';
import { runTeamCommand } from '../team-command.ts';
import type { GateInput, GateVerdict } from './gates.ts';

/** Runs a team's own gate, as staging's odoo-ops.yml has it, on the commit to be promoted. */
export async function runTeamGate(name: string, { workspace, plan, candidate, config, log, signal }: GateInput): Promise<GateVerdict> {
  const gate = config.promotion.gates.find((other) => other.name === name);
  if (!gate) throw new OpsError('config', `There is no gate ${name} in odoo-ops.yml.`, { hint: 'Make the plan again.' });
  const facts = { ODOO_OPS_COMMIT: candidate, ODOO_OPS_FROM: plan.from, ODOO_OPS_TO: plan.to };
  const code = await runTeamCommand(workspace, candidate, gate, config, facts, { signal, onLine: log });
  return { result: code === 0 ? 'passed' : 'failed', message: code === 0 ? 'exit code 0' : `exit code ${code}` };
}
