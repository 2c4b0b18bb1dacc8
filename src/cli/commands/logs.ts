import type { Command } from 'commander';
import { EXIT_CODES } from '../../core/errors.ts';
import { runCommand } from '../host.ts';
import { writeOut } from '../output.ts';
import { wholeNumber } from '../whole-number.ts';

interface LogsOptions {
  name?: string;
  tail?: number;
}

export function registerLogs(program: Command): void {
  program
    .command('logs')
    .description('the logs of an act: from its evidence folder, or from the control plane')
    .argument('<record>', 'id or its beginning, evidence folder, or an environment: its last deployment')
    .option('--name <log>', 'one log only, for example deploy.log')
    .option('--tail <lines>', 'the last lines of each log', wholeNumber)
    .addHelpText('after', '\nExamples:\n  odoo-ops logs production\n  odoo-ops logs 3f2a91c0 --name gate-tests.log --tail 100')
    .action((word: string, { name, tail }: LogsOptions, command: Command) =>
      runCommand(command, async (host) => {
        const [{ findAct }, { logParts }, { logLines }] = await Promise.all([
          import('../../runtime/find-act.ts'),
          import('../../runtime/logs.ts'),
          import('../../core/control-plane/log-text.ts'),
        ]);
        const workspace = await host.workspace();
        const found = await findAct(workspace, word);
        if (host.options.json) {
          const logs: Record<string, string> = {};
          for await (const part of logParts(workspace, found, name)) logs[part.name] = (logs[part.name] ?? '') + part.text;
          host.print({ record: found.act.id, source: found.entry ? 'evidence' : 'control-plane', logs }, '');
          return EXIT_CODES.done;
        }
        for await (const lines of logLines(logParts(workspace, found, name), { headings: name === undefined, tail }))
          if (lines.length > 0 && !(await writeOut(`${lines.join('\n')}\n`))) break;
        return EXIT_CODES.done;
      }),
    );
}
