import { InvalidArgumentError, Option, type Command } from 'commander';
import { EXIT_CODES } from '../../core/errors.ts';
import { TASK_KINDS, TASK_STATES, type TaskState } from '../../core/tasks/names.ts';
import type { TaskRow } from '../../core/tasks/task.ts';
import { runCommand } from '../host.ts';
import { table } from '../table.ts';
import { wholeNumber } from '../whole-number.ts';

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError(`Expected JSON, such as '{"revision": "main"}'.`);
  }
}

function listText(rows: readonly TaskRow[]): string {
  if (rows.length === 0) return 'No tasks.';
  const cells = rows.map((task) => [
    task.id.slice(0, 8),
    task.requested_at.slice(0, 19),
    task.kind,
    task.state,
    task.requested_by,
    task.worker ?? '-',
    task.message ?? '',
  ]);
  return table([['ID', 'REQUESTED', 'KIND', 'STATE', 'BY', 'WORKER', 'MESSAGE'], ...cells]);
}

export function registerTasks(program: Command): void {
  const group = program.command('tasks').description('work that workers do: ask for it, see what became of it');
  group
    .command('list', { isDefault: true })
    .description('tasks, newest first')
    .addOption(new Option('--state <state>', 'only these').choices(TASK_STATES))
    .option('-n, --limit <number>', 'how many', wholeNumber, 20)
    .addHelpText('after', '\nExamples:\n  odoo-ops tasks\n  odoo-ops tasks list --state failed')
    .action((options: { state?: TaskState; limit: number }, command: Command) =>
      runCommand(command, async (host) => {
        const { listTasks } = await import('../../runtime/tasks/tasks.ts');
        const { state, limit } = options;
        const rows = await listTasks(await host.workspace(), state === undefined ? {} : { state }, limit);
        host.print(rows, listText(rows));
        return EXIT_CODES.done;
      }),
    );
  group
    .command('request')
    .description('ask for work; needs the role operator or ci')
    .argument('<kind>', TASK_KINDS.join(', '))
    .argument('[payload]', 'what it needs to know, as JSON', json, {})
    .option('--key <text>', 'of unfinished tasks of this kind with the same key there is one; a pull request has its own')
    .addHelpText(
      'after',
      `
Payloads:
  build     {"revision": "<branch, tag or SHA>", "verify": true|false}
  pr-up     {"number": <pull request>, "approve": "<commit of a fork that you read>"}
  pr-down   {"number": <pull request>}
The others take none.

Examples:
  odoo-ops tasks request build '{"revision": "main", "verify": true}'
  odoo-ops tasks request pr-up '{"number": 12}'
  odoo-ops tasks request evidence-sync --key nightly`,
    )
    .action((kind: string, payload: unknown, options: { key?: string }, command: Command) =>
      runCommand(command, async (host) => {
        const { askForTask } = await import('../../runtime/tasks/tasks.ts');
        const id = await askForTask(await host.workspace(), kind, payload, options.key ?? null);
        host.print({ id }, `Asked for: task ${id}`);
        return EXIT_CODES.done;
      }),
    );
  group
    .command('cancel')
    .description('cancel a task that no worker has')
    .argument('<id>', 'the id, or how it begins')
    .addHelpText('after', '\nExample:\n  odoo-ops tasks cancel 3f2a91c0')
    .action((word: string, _options, command: Command) =>
      runCommand(command, async (host) => {
        const { cancelRequestedTask } = await import('../../runtime/tasks/tasks.ts');
        const id = await cancelRequestedTask(await host.workspace(), word);
        host.print({ id }, `Cancelled task ${id}`);
        return EXIT_CODES.done;
      }),
    );
}
