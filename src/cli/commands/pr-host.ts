import type { Command } from 'commander';
import { EXIT_CODES } from '../../core/errors.ts';
import { notesText } from '../../core/pr-environments/text.ts';
import { count } from '../../core/text.ts';
import { runCommand } from '../host.ts';
import { pullRequestNumber, TOKEN } from '../pull-request.ts';

/** What looks after a host of environments: sleep, sweep, the template that copies are made of. */
export function registerPrHost(group: Command): void {
  for (const [name, description] of [
    ['stop', 'put an environment to sleep; a visit wakes it where a worker runs'],
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
  // Without a question: it takes nothing that an open pull request needs, and timers run it.
  group
    .command('sweep')
    .description('take away what no open pull request needs any more')
    .option('--dry-run', 'show it only', false)
    .action(({ dryRun }: { dryRun: boolean }, command: Command) =>
      runCommand(command, async (host) => {
        const { sweep } = await import('../../runtime/pr-environments/sweep.ts');
        const workspace = await host.workspace();
        const { plan, act, stopped } = await sweep(workspace, { dryRun, ...TOKEN });
        const outcome = act?.record.outcome?.act === 'sweep' ? act.record.outcome : null;
        const shown = outcome?.removed ?? plan.reclaim;
        const title = shown.length === 0 ? 'Nothing to sweep.' : `${count(shown.length, 'thing')} ${outcome ? 'removed' : 'would go'}:`;
        const kept = outcome?.kept ?? [];
        const failed = outcome?.failed ?? [];
        const parts = [
          [title, ...notesText(shown)],
          kept.length === 0 ? [] : ['Left alone:', ...notesText(kept)],
          failed.length === 0 ? [] : ['Could not be removed:', ...notesText(failed)],
          stopped.map(({ number, reason }) => `Environment ${number} was stopped: it is not harmless any more. ${reason}`),
        ];
        host.print({ plan, outcome, stopped, evidence: act?.folder ?? null }, parts.flat().join('\n'));
        // Nobody may watch: a timer or a workflow shows what came of it by its colour.
        return failed.length + stopped.length === 0 ? EXIT_CODES.done : EXIT_CODES.failed;
      }),
    );
  group
    .command('template')
    .description('keep a copy of staging that environments are made from')
    .option('--filestore <folder>', "staging's filestore of that database, on this machine")
    .action((options: { filestore?: string }, command: Command) =>
      runCommand(command, async (host) => {
        const { keepTemplate } = await import('../../runtime/pr-environments/template.ts');
        const workspace = await host.workspace();
        const kept = await keepTemplate(workspace, { filestore: options.filestore ?? null, ...TOKEN });
        host.print(kept, `Template staging: ${kept.database}, ${kept.size}.`);
        return EXIT_CODES.done;
      }),
    );
}
