import { InvalidArgumentError, type Command } from 'commander';
import { EXIT_CODES } from '../../core/errors.ts';
import { count } from '../../core/text.ts';
import { runCommand } from '../host.ts';
import { wholeNumber } from '../whole-number.ts';

const DAY = 86_400_000;

interface WorkerCommandOptions {
  concurrency: number;
  drain: number;
  once: boolean;
}

/** For commander, which must not load zod at each start. @returns milliseconds */
function duration(text: string): number {
  const [, number, unit] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? [];
  const milliseconds = Number(number) * ({ s: 1000, m: 60_000, h: 3_600_000 }[unit ?? ''] ?? NaN);
  if (milliseconds <= DAY) return milliseconds;
  throw new InvalidArgumentError('Expected a duration up to 24h, such as 90s, 10m or 1h.');
}

export function registerWorker(program: Command): void {
  program
    .command('worker')
    .description(
      'do the tasks that were asked for (`odoo-ops tasks request`) and those of the schedule, in this clone, until it is stopped',
    )
    .option('--concurrency <number>', 'tasks at a time', wholeNumber, 2)
    .option('--drain <duration>', 'time that running tasks have to end after Ctrl-C or SIGTERM', duration, 60_000)
    .option('--once', 'do what is there, and end', false)
    .addHelpText(
      'after',
      `
Any number of workers on any number of hosts share the tasks. It connects to PostgreSQL itself, as the owner of schema ops.

Examples:
  odoo-ops worker
  odoo-ops worker --concurrency 4 --drain 10m
  odoo-ops worker --once`,
    )
    .action((options: WorkerCommandOptions, command: Command) =>
      runCommand(command, async (host) => {
        const { runWorker } = await import('../../runtime/tasks/worker.ts');
        const { passed, failed, retried, returned } = await runWorker(await host.workspace(), options);
        const more = [
          ...(retried > 0 ? [`${retried} to be tried again`] : []),
          ...(returned.length > 0 ? [`${returned.length} given back`] : []),
        ];
        host.print(
          { passed, failed, retried, returned: returned.length },
          [`${count(passed, 'task')} passed, ${failed} failed`, ...more].join(', '),
        );
        return options.once && failed > 0 ? EXIT_CODES.failed : EXIT_CODES.done;
      }),
    );
}
