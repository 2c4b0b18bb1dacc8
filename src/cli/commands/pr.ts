import { spawn } from 'node:child_process';
import { InvalidArgumentError, type Command } from 'commander';
import { EXIT_CODES } from '../../core/errors.ts';
import type { EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import { environmentRows, notesText, outcomeText, planText } from '../../core/pr-environments/text.ts';
import { count } from '../../core/text.ts';
import type { ActResult } from '../../runtime/evidence/act.ts';
import { confirm } from '../confirm.ts';
import { runCommand, type Host } from '../host.ts';
import { table } from '../table.ts';
import { wholeNumber } from '../whole-number.ts';

function pullRequestNumber(word: string): number {
  const number = Number(word.replace(/^#/, ''));
  if (Number.isInteger(number) && number > 0 && number < 2 ** 31) return number;
  throw new InvalidArgumentError('Expected the number of a pull request, such as 12.');
}

/** The command line has what its environment has: GITHUB_TOKEN or GH_TOKEN. */
const TOKEN = { gitHubToken: null };

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

/** Opens an address with the program that this system has for it. */
function openAddress(url: string): void {
  spawn(process.platform === 'darwin' ? 'open' : 'xdg-open', [url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
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
      .option('--approve <sha>', "let this commit of a stranger's fork run: you read it")
      .action((number: number, options: UpOptions, command: Command) => runCommand(command, (host) => runUp(host, number, options)));
  }
  group
    .command('down')
    .description('take an environment down: nothing of it is left but its evidence')
    .argument('<number>', 'of the pull request', pullRequestNumber)
    .option('-y, --yes', 'do not ask', false)
    .action((number: number, { yes }: { yes: boolean }, command: Command) => runCommand(command, (host) => runDown(host, number, yes)));
  group
    .command('list', { isDefault: true })
    .description('open pull requests and their environments')
    .action((_options: unknown, command: Command) =>
      runCommand(command, async (host) => {
        const { listEnvironments } = await import('../../runtime/pr-environments/list.ts');
        const workspace = await host.workspace();
        const environments = await listEnvironments(workspace, TOKEN);
        const rows = environmentRows(environments, new Date());
        host.print(
          environments,
          rows.length === 0 ? 'No pull requests.' : table([['PR', 'STATE', 'COMMIT', 'AGE', 'ADDRESS', 'BRANCH'], ...rows]),
        );
        return EXIT_CODES.done;
      }),
    );
  group
    .command('open')
    .description('open an environment in the browser; prints its address')
    .argument('<number>', 'of the pull request', pullRequestNumber)
    .action((number: number, _options: unknown, command: Command) =>
      runCommand(command, async (host) => {
        const { addressOf } = await import('../../runtime/pr-environments/list.ts');
        const workspace = await host.workspace();
        const url = await addressOf(workspace, number, TOKEN);
        if (process.stdout.isTTY) openAddress(url);
        host.print({ url }, url);
        return EXIT_CODES.done;
      }),
    );
  for (const [name, description] of [
    ['stop', 'put an environment to sleep; a request wakes it'],
    ['wake', 'wake an environment that sleeps'],
  ] as const) {
    group
      .command(name)
      .description(description)
      .argument('<number>', 'of the pull request', pullRequestNumber)
      .action((number: number, _options: unknown, command: Command) =>
        runCommand(command, async (host) => {
          const { stopEnvironment, wakeEnvironment } = await import('../../runtime/pr-environments/sleep.ts');
          const workspace = await host.workspace();
          await (name === 'stop' ? stopEnvironment : wakeEnvironment)(workspace, number, TOKEN);
          host.print(
            { number, state: name === 'stop' ? 'sleeping' : 'running' },
            `Environment ${number} ${name === 'stop' ? 'sleeps' : 'is awake'}.`,
          );
          return EXIT_CODES.done;
        }),
      );
  }
  group
    .command('logs')
    .description("the log of an environment's Odoo")
    .argument('<number>', 'of the pull request', pullRequestNumber)
    .option('-f, --follow', 'go on with what is new', false)
    .option('-n, --tail <lines>', 'how many of the last lines', wholeNumber, 200)
    .action((number: number, options: { follow: boolean; tail: number }, command: Command) =>
      runCommand(command, async (host) => {
        const { environmentLogs } = await import('../../runtime/pr-environments/logs.ts');
        const workspace = await host.workspace();
        const onLine = (line: string) => void process.stdout.write(`${host.options.json ? JSON.stringify({ line }) : line}\n`);
        await environmentLogs(workspace, number, { ...options, ...TOKEN, onLine }, host.signal);
        return EXIT_CODES.done;
      }),
    );
  group
    .command('sweep')
    .description('take away what no open pull request needs any more')
    .option('--dry-run', 'show it only', false)
    .action(({ dryRun }: { dryRun: boolean }, command: Command) =>
      runCommand(command, async (host) => {
        const { sweep } = await import('../../runtime/pr-environments/sweep.ts');
        const workspace = await host.workspace();
        const { plan, act } = await sweep(workspace, { dryRun, ...TOKEN });
        const outcome = act?.record.outcome?.act === 'sweep' ? act.record.outcome : null;
        const shown = outcome?.removed ?? plan.reclaim;
        const title = shown.length === 0 ? 'Nothing to sweep.' : `${count(shown.length, 'thing')} ${outcome ? 'removed' : 'would go'}:`;
        const kept = outcome?.kept ?? [];
        host.print(
          { plan, outcome, evidence: act?.folder ?? null },
          [title, ...notesText(shown), ...(kept.length === 0 ? [] : ['Left alone:', ...notesText(kept)])].join('\n'),
        );
        return EXIT_CODES.done;
      }),
    );
  group
    .command('template')
    .description('keep a copy of staging that environments are made from')
    .option('--filestore <folder>', "staging's filestore of that database, on this machine")
    .option('-y, --yes', 'do not ask', false)
    .action((options: { filestore?: string; yes: boolean }, command: Command) =>
      runCommand(command, async (host) => {
        const { keepTemplate } = await import('../../runtime/pr-environments/template.ts');
        const workspace = await host.workspace();
        const kept = await keepTemplate(workspace, { filestore: options.filestore ?? null, ...TOKEN });
        host.print(kept, `Template staging: ${kept.database}, ${kept.size}.`);
        return EXIT_CODES.done;
      }),
    );
}
