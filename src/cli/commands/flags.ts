import { Argument, type Command } from 'commander';
import { isEnabled } from '../../core/control-plane/flags.ts';
import { runCommand } from '../host.ts';
import { table } from '../table.ts';

export function registerFlags(program: Command): void {
  const group = program.command('flags').description('feature flags of the platform, in the control plane');
  group
    .command('list')
    .description('what is on and off, where, since when and why')
    .addHelpText('after', '\nExample:\n  odoo-ops flags list --json')
    .action((_options, command: Command) =>
      runCommand(command, async (host) => {
        const { readFlags } = await import('../../runtime/control-plane/flags.ts');
        const flags = await readFlags(await host.workspace());
        const rows = flags.map(({ name, environment, enabled, changed_at, actor, reason }) => [
          name,
          environment,
          enabled ? 'on' : 'off',
          changed_at,
          actor,
          reason,
        ]);
        host.print(flags, rows.length === 0 ? 'No flags yet.' : table([['FLAG', 'ENVIRONMENT', 'STATE', 'SINCE', 'BY', 'WHY'], ...rows]));
        return 0;
      }),
    );
  group
    .command('get')
    .description('whether a flag is on, for a script: prints on or off')
    .argument('<name>')
    .requiredOption('--env <environment>', 'where')
    .addHelpText('after', '\nExample:\n  test "$(odoo-ops flags get night-builds --env staging)" = on')
    .action((name: string, options: { env: string }, command: Command) =>
      runCommand(command, async (host) => {
        const { readFlags } = await import('../../runtime/control-plane/flags.ts');
        const enabled = isEnabled(await readFlags(await host.workspace()), name, options.env);
        host.print({ name, environment: options.env, enabled }, enabled ? 'on' : 'off');
        return 0;
      }),
    );
  group
    .command('set')
    .description('switch a flag; each change stays on record')
    .argument('<name>')
    .addArgument(new Argument('<state>').choices(['on', 'off']))
    .option('--env <environment>', 'where; everywhere unless told', '*')
    .requiredOption('--reason <why>', 'why')
    .addHelpText('after', '\nExample:\n  odoo-ops flags set night-builds on --env staging --reason "release week"')
    .action((name: string, state: 'on' | 'off', options: { env: string; reason: string }, command: Command) =>
      runCommand(command, async (host) => {
        const { switchFlag } = await import('../../runtime/control-plane/flags.ts');
        const flag = { name, environment: options.env, enabled: state === 'on', reason: options.reason };
        await switchFlag(await host.workspace(), flag);
        host.print(flag, `${name} is ${state}${options.env === '*' ? '' : ` in ${options.env}`}.`);
        return 0;
      }),
    );
}
