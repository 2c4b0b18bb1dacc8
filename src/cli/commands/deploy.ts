import type { Command } from 'commander';
import type { DeploymentPlan } from '../../core/deployment/plan.ts';
import { planText, resultText } from '../../core/deployment/text.ts';
import { EXIT_CODES } from '../../core/errors.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import type { ActResult } from '../../runtime/evidence/act.ts';
import { confirmChange } from '../confirm.ts';
import { runCommand, type Host } from '../host.ts';

interface DeployOptions {
  yes: boolean;
  plan: boolean;
}

export function registerDeploy(program: Command): void {
  program
    .command('deploy')
    .description("bring what an environment's branch holds to it, by the team's own command")
    .argument('<environment>', 'staging or production')
    .option('-y, --yes', 'do not ask', false)
    .option('--plan', 'show what it would do, and change nothing', false)
    .addHelpText('after', '\nExamples:\n  odoo-ops deploy staging\n  odoo-ops deploy production --plan')
    .action((environment: string, options: DeployOptions, command: Command) =>
      runCommand(command, async (host) => {
        const { prepareDeployment } = await import('../../runtime/deploy/plan.ts');
        const workspace = await host.workspace();
        const plan = await prepareDeployment(workspace, environment);
        if (options.plan) {
          host.print(plan, planText(plan));
          return EXIT_CODES.done;
        }
        if (!host.options.json) process.stderr.write(`${planText(plan)}\n\n`);
        await confirmChange(`Deploy ${shortSha(plan.sha)} to ${plan.environment}?`, plan.environment, {
          yes: options.yes,
          signal: host.signal,
        });
        const { deploy } = await import('../../runtime/deploy/deploy.ts');
        return printResult(host, plan, await deploy(workspace, plan));
      }),
    );
}

function printResult(host: Host, plan: DeploymentPlan, { record, folder }: ActResult): number {
  const outcome = record.outcome?.act === 'deployment' ? record.outcome : null;
  const { id, result, message } = record;
  host.print(
    { result, message, environment: plan.environment, ...outcome, record: id, evidence: folder },
    `${resultText(plan, { result, message, outcome })}\n  evidence ${folder}`,
  );
  return result === 'passed' ? EXIT_CODES.done : EXIT_CODES.failed;
}
