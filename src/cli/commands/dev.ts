import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Reloader } from '../../core/devserver/options.ts';
import { runCommand } from '../host.ts';

interface DevCommandOptions {
  database?: string;
  port?: number;
  init?: string[];
  update?: string[];
  config?: string;
  reloader?: Reloader;
  autoUpdate?: boolean;
  debug?: boolean;
  watch?: 'auto' | 'inotify' | 'poll';
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) throw new InvalidArgumentError('Expected a port.');
  return number;
}

export function registerDev(program: Command): void {
  program
    .command('dev')
    .description('run Odoo in development mode with hot reload')
    .option('-d, --database <name>', 'database; it must exist')
    .option('-p, --port <number>', 'HTTP port', port)
    .option('-i, --init <modules>', 'install these modules first', list)
    .option('-u, --update <modules>', 'update these modules first', list)
    .option('-c, --config <file>', 'an odoo.conf')
    .addOption(
      new Option('--reloader <which>', "fast, or odoo for Odoo's own --dev=all (default: fast on Linux and macOS)").choices([
        'fast',
        'odoo',
      ]),
    )
    .option('--auto-update', 'update a module at once when a change needs it (fast reloader)')
    .option('--debug', 'let debugpy listen in each server (fast reloader)')
    .addOption(new Option('--watch <how>', 'how changes are noticed (fast reloader; default: auto)').choices(['auto', 'inotify', 'poll']))
    .argument('[arguments...]', 'after --: handed to odoo-bin')
    .addHelpText(
      'after',
      '\nExamples:\n  ODOO_HOME=~/odoo odoo-ops dev -d odoo_dev\n  odoo-ops dev -d odoo_dev -u sale -- --log-level=debug',
    )
    .action((extra: string[], options: DevCommandOptions, command: Command) =>
      runCommand(command, async (host) => {
        const { dev } = await import('../../runtime/dev.ts');
        const { devSession } = await import('../dev-session.ts');
        const workspace = await host.workspace();
        const session = devSession(host);
        const server = await dev(
          workspace,
          {
            extraArguments: extra,
            ...(options.database === undefined ? {} : { database: options.database }),
            ...(options.port === undefined ? {} : { port: options.port }),
            ...(options.init === undefined ? {} : { init: options.init }),
            ...(options.update === undefined ? {} : { update: options.update }),
            ...(options.config === undefined ? {} : { configFile: resolve(options.config) }),
            ...(options.reloader === undefined ? {} : { reloader: options.reloader }),
            ...(options.autoUpdate === undefined ? {} : { autoUpdate: options.autoUpdate }),
            ...(options.debug === undefined ? {} : { debug: options.debug }),
            ...(options.watch === undefined ? {} : { watch: options.watch }),
          },
          {
            onEvent: session.onEvent,
            onLine: (line) =>
              process.stderr.write(
                host.options.json
                  ? `${JSON.stringify({ type: 'log', ...line })}\n`
                  : `${line.continued ? '' : `${line.time ?? ''} ${line.level} ${line.logger}: `}${line.message}\n`,
              ),
          },
        );
        return session.follow(server);
      }),
    );
}
