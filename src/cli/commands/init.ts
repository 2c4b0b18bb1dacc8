import type { Command } from 'commander';
import type { SupabaseFiles } from '../../runtime/control-plane/supabase-files.ts';
import type { Workspace } from '../../runtime/workspace.ts';
import { runCommand } from '../host.ts';

async function supabaseFiles(workspace: Workspace): Promise<SupabaseFiles> {
  const { writeSupabaseMigrations } = await import('../../runtime/control-plane/supabase-files.ts');
  return writeSupabaseMigrations(workspace);
}

function supabaseText({ written, different }: SupabaseFiles): string[] {
  return [
    written.length > 0 ? `Wrote ${written.join(', ')}.` : 'The migrations of schema ops are there already.',
    ...different.map((path) => `! ${path} has another text; it was left as it is. \`odoo-ops check\` says what to do.`),
    'Run `supabase db push`, and add ops to the exposed schemas (supabase/config.toml: [api] schemas).',
  ];
}

export function registerInit(program: Command): void {
  program
    .command('init')
    .description('write a commented odoo-ops.yml after looking at the repository')
    .option('--supabase', 'also write the migrations of schema ops into supabase/migrations, for `supabase db push`', false)
    .addHelpText('after', '\nExamples:\n  odoo-ops init && odoo-ops check\n  odoo-ops init --supabase')
    .action((options: { supabase: boolean }, command: Command) =>
      runCommand(command, async (host) => {
        const { init } = await import('../../runtime/init.ts');
        const workspace = await host.workspace();
        if (options.supabase && workspace.configured) {
          const files = await supabaseFiles(workspace);
          host.print(files, supabaseText(files).join('\n'));
          return 0;
        }
        const { file, discovery } = await init(workspace);
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
        const files = options.supabase ? await supabaseFiles(workspace) : null;
        host.print({ file, ...discovery, ...(files && { supabase: files }) }, [...lines, ...(files ? supabaseText(files) : [])].join('\n'));
        return 0;
      }),
    );
}
