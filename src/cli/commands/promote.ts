import type { Command } from 'commander';
import { EXIT_CODES, OpsError } from '../../core/errors.ts';
import { planText } from '../../core/promotion/text.ts';
import { rollbackSteps, rollbackText } from '../../core/promotion/rollback.ts';
import { plainText } from '../../core/text.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { confirm, confirmChange } from '../confirm.ts';
import { runCommand, type Host } from '../host.ts';

interface PlanOptions {
  emergency: boolean;
  reason?: string;
}

function emergencyOf({ emergency, reason }: PlanOptions): { reason: string } | null {
  if (!emergency) {
    if (reason === undefined) return null;
    throw new OpsError('usage', '--reason goes with --emergency.', { hint: 'Leave it out, or add --emergency.' });
  }
  const text = reason?.trim() ?? '';
  if (text.length < 10)
    throw new OpsError('usage', 'The emergency path needs a reason.', {
      hint: 'Say why staging is skipped: --reason "…", at least ten characters.',
    });
  return { reason: text };
}

async function prepare(host: Host, from: string, to: string, options: PlanOptions) {
  const { preparePromotion } = await import('../../runtime/promotion/plan.ts');
  const workspace = await host.workspace();
  return { workspace, plan: await preparePromotion(workspace, { from, to, emergency: emergencyOf(options) }) };
}

const EMERGENCY: [string, string] = ['--emergency', 'hotfix straight to production (§4.2); recorded with its reason'];
const EXAMPLES =
  '\nExamples:\n  odoo-ops plan promote feature/loyalty-points main\n  odoo-ops promote main production\n  odoo-ops promote fix/tax production --emergency --reason "invoices carry the wrong tax"';

export function registerPromote(program: Command): void {
  const plan = program.command('plan').description('show what an act would do; changes nothing');
  plan
    .command('promote')
    .description('plan the promotion of one branch into another')
    .argument('<from>')
    .argument('<to>')
    .option(EMERGENCY[0], EMERGENCY[1], false)
    .option('--reason <text>')
    .addHelpText('after', EXAMPLES)
    .action((from: string, to: string, options: PlanOptions, command: Command) =>
      runCommand(command, async (host) => {
        const { plan: value } = await prepare(host, from, to, options);
        host.print(value, planText(value));
        return value.blockers.length > 0 ? EXIT_CODES.refused : EXIT_CODES.done;
      }),
    );
  plan
    .command('rollback')
    .description('plan the way back: the commit that an environment ran before')
    .argument('<environment>', 'staging or production')
    .addHelpText('after', '\nExample:\n  odoo-ops plan rollback production')
    .action((environment: string, _options, command: Command) =>
      runCommand(command, async (host) => {
        const { planRollback } = await import('../../runtime/promotion/rollback.ts');
        const value = await planRollback(await host.workspace(), environment);
        host.print({ ...value, steps: rollbackSteps(value) }, rollbackText(value));
        return EXIT_CODES.done;
      }),
    );

  program
    .command('promote')
    .description('move code up: a branch to staging, staging to production')
    .argument('<from>')
    .argument('<to>')
    .option(EMERGENCY[0], EMERGENCY[1], false)
    .option('--reason <text>')
    .option('-y, --yes', 'do not ask', false)
    .addHelpText('after', EXAMPLES)
    .action((from: string, to: string, options: PlanOptions & { yes: boolean }, command: Command) =>
      runCommand(command, async (host) => {
        const { promote, gatesOf } = await import('../../runtime/promotion/promote.ts');
        const { workspace, plan: value } = await prepare(host, from, to, options);
        if (value.nothing_to_do) {
          host.print(
            { result: 'nothing-to-do', plan: value },
            `${value.to} already holds ${value.from} (${shortSha(value.from_sha)}). Nothing to do.`,
          );
          return EXIT_CODES.done;
        }
        if (!host.options.json) process.stderr.write(`${planText(value)}\n\n`);
        await confirmChange(`Promote ${value.from} to ${value.to}?`, value.environment, { yes: options.yes, signal: host.signal });
        const act = await promote(workspace, value);
        const { record, folder } = act;
        const moved = record.outcome?.act === 'promotion' ? record.outcome.sha : null;
        const text =
          record.result === 'passed' && moved !== null
            ? `Promoted: ${value.to} is at ${shortSha(moved)}.${record.message === null ? '' : ` ${plainText(record.message)}`}`
            : `${record.result === 'failed' ? 'Failed' : 'Refused'}: ${plainText(record.message ?? 'a gate did not pass')}`;
        host.print(
          { result: record.result, message: record.message, sha: moved, gates: gatesOf(act), record: record.id, evidence: folder },
          `${text}\n  evidence ${folder}`,
        );
        return record.result === 'passed' ? EXIT_CODES.done : record.result === 'failed' ? EXIT_CODES.failed : EXIT_CODES.refused;
      }),
    );

  program
    .command('unlock')
    .description('remove the lock of a promotion or deployment whose process is gone')
    .argument('<branch>', 'or deploy-<environment>')
    .option('-y, --yes', 'do not ask', false)
    .addHelpText('after', '\nExamples:\n  odoo-ops unlock production\n  odoo-ops unlock deploy-production')
    .action((branch: string, options: { yes: boolean }, command: Command) =>
      runCommand(command, async (host) => {
        const { unlock } = await import('../../runtime/promotion/promote.ts');
        await confirm(
          `Remove the lock on ${branch}? A promotion that still runs would be refused at its push; a deployment would not be stopped.`,
          'yes',
          {
            yes: options.yes,
            signal: host.signal,
          },
        );
        const lease = await unlock(await host.workspace(), branch);
        host.print(
          { branch, lease },
          lease === null
            ? `There was no lock on ${branch}.`
            : `Removed the lock of ${lease.owner} on ${lease.host}, until ${lease.expires_at}.`,
        );
        return EXIT_CODES.done;
      }),
    );
}
