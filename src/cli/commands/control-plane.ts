import type { Command } from 'commander';
import { EXIT_CODES, OpsError } from '../../core/errors.ts';
import { runCommand } from '../host.ts';

export function registerControlPlane(program: Command): void {
  const group = program.command('control-plane').description('the record of how the platform operated: schema ops in PostgreSQL');
  group
    .command('start')
    .description('start the embedded PostgreSQL of this clone and bring its schema up to date')
    .addHelpText('after', '\nExample:\n  odoo-ops control-plane start')
    .action((_options, command: Command) =>
      runCommand(command, async (host) => {
        const { startControlPlane } = await import('../../runtime/control-plane/embedded.ts');
        const { port, migrations } = await startControlPlane(await host.workspace());
        host.print(
          { port, migrations },
          `The control plane runs on port ${port}${migrations.length > 0 ? `; applied ${migrations.join(', ')}` : ''}. Commands in this clone find it by themselves.`,
        );
        return EXIT_CODES.done;
      }),
    );
  group
    .command('stop')
    .description('stop the embedded PostgreSQL; its data stays')
    .option('--remove', 'delete its data too', false)
    .addHelpText('after', '\nExample:\n  odoo-ops control-plane stop --remove')
    .action((options: { remove: boolean }, command: Command) =>
      runCommand(command, async (host) => {
        const { stopControlPlane } = await import('../../runtime/control-plane/embedded.ts');
        const stopped = await stopControlPlane(await host.workspace(), options.remove);
        host.print({ stopped }, stopped ? 'Stopped.' : 'None was running.');
        return EXIT_CODES.done;
      }),
    );
  group
    .command('migrate')
    .description('apply the SQL migrations that the control plane lacks')
    .addHelpText('after', '\nExample:\n  DATABASE_URL=postgresql://… odoo-ops control-plane migrate')
    .action((_options, command: Command) =>
      runCommand(command, async (host) => {
        const { connectionOf, migrationsFolder } = await import('../../runtime/control-plane/open.ts');
        const { migrateControlPlane } = await import('../../runtime/control-plane/embedded.ts');
        const workspace = await host.workspace();
        const connection = await connectionOf(workspace);
        if (!connection) {
          throw new OpsError('usage', 'No control plane is configured.', {
            hint: `Set ${workspace.config.control_plane.url_env}, or run \`odoo-ops control-plane start\`.`,
          });
        }
        const done = await migrateControlPlane(connection, migrationsFolder());
        host.print({ applied: done }, done.length > 0 ? `Applied ${done.join(', ')}.` : 'Up to date.');
        return EXIT_CODES.done;
      }),
    );
}
