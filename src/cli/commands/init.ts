import type { Command } from 'commander';
import { runCommand } from '../host.ts';

export function registerInit(program: Command): void {
  program
    .command('init')
    .description('write a commented odoo-ops.yml after looking at the repository')
    .addHelpText('after', '\nExample:\n  odoo-ops init && odoo-ops check')
    .action((_options, command: Command) =>
      runCommand(command, async (host) => {
        const { init } = await import('../../runtime/init.ts');
        const { file, discovery } = await init(await host.workspace());
        const found = discovery.addonsFolders.map((folder) => (folder === '' ? '(root)' : folder)).join(', ');
        const lines = [
          `Wrote ${file}.`,
          `  Addons: ${found === '' ? 'none found; add the folders that hold yours' : found}`,
          `  Staging: ${discovery.staging}`,
        ];
        lines.push(
          `  Production: ${discovery.production}${discovery.productionExists ? '' : ' (no such branch on the remote yet)'}`,
          'Look at it, commit it, then run `odoo-ops check`.',
        );
        host.print({ file, ...discovery }, lines.join('\n'));
        return 0;
      }),
    );
}
