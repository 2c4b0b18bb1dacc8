import { resolve } from 'node:path';
import type { Command } from 'commander';
import { runCommand } from '../host.ts';

export function registerPostmortem(program: Command): void {
  program
    .command('postmortem')
    .description('write the timeline of a deployment, or of another act, from its evidence')
    .argument('<record>', 'by id or folder, as `odoo-ops evidence list` shows them')
    .option('-o, --output <file>', 'write it there')
    .option('--force', 'overwrite that file', false)
    .addHelpText(
      'after',
      '\nExamples:\n  odoo-ops postmortem 3f2a91c0\n  odoo-ops postmortem 3f2a91c0 --output docs/postmortems/2026-03-03.md',
    )
    .action((word: string, options: { output?: string; force: boolean }, command: Command) =>
      runCommand(command, async (host) => {
        const { postmortem, writePostmortem } = await import('../../runtime/postmortem.ts');
        const { record, folder, markdown } = await postmortem(await host.workspace(), word);
        const output = options.output === undefined ? null : resolve(options.output);
        if (output !== null) await writePostmortem(output, markdown, options.force);
        host.print(
          { record: record.id, folder, result: record.result, output, markdown },
          output === null ? markdown : `Written: ${output}`,
        );
        return 0;
      }),
    );
}
