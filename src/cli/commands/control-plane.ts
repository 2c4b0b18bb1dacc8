import type { Command } from 'commander';
import { EXIT_CODES } from '../../core/errors.ts';
import { count } from '../../core/text.ts';
import type { ControlPlaneStatus } from '../../runtime/control-plane/migrations.ts';
import { runCommand } from '../host.ts';
import { table } from '../table.ts';

function statusText({ kind, migrations, problems }: ControlPlaneStatus): string {
  return [
    ...(migrations.length > 0
      ? [
          table([['MIGRATION', 'STATE', 'APPLIED'], ...migrations.map(({ name, state, applied_at }) => [name, state, applied_at ?? ''])]),
          '',
        ]
      : []),
    ...problems.map(({ message, fix }) => `✗ ${message}\n    ${fix}`),
    problems.length === 0 ? `${kind} answers, and protects what it holds.` : `${count(problems.length, 'problem')}.`,
  ].join('\n');
}

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
        const { migrateControlPlane } = await import('../../runtime/control-plane/migrations.ts');
        const done = await migrateControlPlane(await host.workspace());
        host.print({ applied: done }, done.length > 0 ? `Applied ${done.join(', ')}.` : 'Up to date.');
        return EXIT_CODES.done;
      }),
    );
  group
    .command('status')
    .description('which migrations the control plane has, and whether it protects what it holds; 3 where something is wrong')
    .addHelpText('after', '\nExample:\n  odoo-ops control-plane status')
    .action((_options, command: Command) =>
      runCommand(command, async (host) => {
        const { controlPlaneStatus } = await import('../../runtime/control-plane/migrations.ts');
        const status = await controlPlaneStatus(await host.workspace());
        host.print(status, statusText(status));
        const sound = status.problems.length === 0 && status.migrations.every(({ state }) => state === 'applied' || state === 'elsewhere');
        return sound ? EXIT_CODES.done : EXIT_CODES.refused;
      }),
    );
}
