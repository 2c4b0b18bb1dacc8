import type { Command } from 'commander';
import { EXIT_CODES } from '../../core/errors.ts';
import type { EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import { outcomeText, planText } from '../../core/pr-environments/text.ts';
import type { ActResult } from '../../runtime/evidence/act.ts';
import { confirm } from '../confirm.ts';
import { runCommand, type Host } from '../host.ts';
import { pullRequestNumber, TOKEN } from '../pull-request.ts';
import { registerPrHost } from './pr-host.ts';
import { registerPrLook } from './pr-look.ts';

interface UpOptions {
  yes: boolean;
  plan: boolean;
  approve?: string;
}

async function runUp(host: Host, number: number, { yes, plan: only, approve }: UpOptions): Promise<number> {
  const { prepareUp } = await import('../../runtime/pr-environments/prepare.ts');
  const workspace = await host.workspace();
  const plan = await prepareUp(workspace, number, { approve: approve ?? null, ...TOKEN });
  if (only) {
    host.print(plan, planText(plan));
    return EXIT_CODES.done;
  }
  if (!host.options.json) process.stderr.write(`${planText(plan)}\n\n`);
  // A new environment changes nothing that anybody has; one that is there loses what was typed into it.
  if (plan.replaces_sha !== null) await confirm(`Replace environment ${number} and its database?`, 'yes', { yes, signal: host.signal });
  const { up } = await import('../../runtime/pr-environments/up.ts');
  return printResult(host, plan, await up(workspace, plan, TOKEN));
}

async function runDown(host: Host, number: number, yes: boolean): Promise<number> {
  const { prepareDown } = await import('../../runtime/pr-environments/prepare.ts');
  const workspace = await host.workspace();
  const plan = await prepareDown(workspace, number, TOKEN);
  if (!host.options.json) process.stderr.write(`${planText(plan)}\n\n`);
  await confirm(`Take environment ${number} down?`, 'yes', { yes, signal: host.signal });
  const { down } = await import('../../runtime/pr-environments/down.ts');
  return printResult(host, plan, await down(workspace, plan, TOKEN));
}

function printResult(host: Host, plan: EnvironmentPlan, { record, folder }: ActResult): number {
  const outcome = record.outcome?.act === 'pr-environment' ? record.outcome : null;
  const { id, result, message } = record;
  host.print(
    { result, message, number: plan.number, url: plan.url, ...outcome, record: id, evidence: folder },
    `${outcomeText(plan, message, outcome)}\n  evidence     ${folder}`,
  );
  return result === 'passed' ? EXIT_CODES.done : result === 'refused' ? EXIT_CODES.refused : EXIT_CODES.failed;
}

export function registerPr(program: Command): void {
  const group = program.command('pr').description('PR environments: a running, harmless Odoo for each pull request');
  for (const [name, description] of [
    ['up', 'build the environment of a pull request'],
    ['rebuild', 'the same: what is there is replaced'],
  ] as const) {
    group
      .command(name)
      .description(description)
      .argument('<number>', 'of the pull request', pullRequestNumber)
      .option('-y, --yes', 'do not ask', false)
      .option('--plan', 'show what it would do, and change nothing', false)
      .option('--approve <sha>', "let this commit of a stranger's fork run: you read it; all 40 digits")
      .action((number: number, options: UpOptions, command: Command) => runCommand(command, (host) => runUp(host, number, options)));
  }
  group
    .command('down')
    .description('take an environment down: nothing of it is left but its evidence')
    .argument('<number>', 'of the pull request', pullRequestNumber)
    .option('-y, --yes', 'do not ask', false)
    .action((number: number, { yes }: { yes: boolean }, command: Command) => runCommand(command, (host) => runDown(host, number, yes)));
  registerPrLook(group);
  registerPrHost(group);
}
