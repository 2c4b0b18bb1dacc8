import { resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { EXIT_CODES } from '../../core/errors.ts';
import { runCommand } from '../host.ts';

interface DevCommandOptions {
  database?: string;
  port?: number;
  init?: string[];
  update?: string[];
  config?: string;
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
    .description('run Odoo in development mode with hot reload (--dev=all)')
    .option('-d, --database <name>', 'database; it must exist')
    .option('-p, --port <number>', 'HTTP port', port)
    .option('-i, --init <modules>', 'install these modules first', list)
    .option('-u, --update <modules>', 'update these modules first', list)
    .option('-c, --config <file>', 'an odoo.conf')
    .argument('[arguments...]', 'after --: handed to odoo-bin')
    .addHelpText(
      'after',
      '\nExamples:\n  ODOO_HOME=~/odoo odoo-ops dev -d odoo_dev\n  odoo-ops dev -d odoo_dev -u sale -- --log-level=debug',
    )
    .action((extra: string[], options: DevCommandOptions, command: Command) =>
      runCommand(command, async (host) => {
        const { dev } = await import('../../runtime/dev.ts');
        const workspace = await host.workspace();
        const server = await dev(
          workspace,
          {
            extraArguments: extra,
            ...(options.database === undefined ? {} : { database: options.database }),
            ...(options.port === undefined ? {} : { port: options.port }),
            ...(options.init === undefined ? {} : { init: options.init }),
            ...(options.update === undefined ? {} : { update: options.update }),
            ...(options.config === undefined ? {} : { configFile: resolve(options.config) }),
          },
          {
            onLine: (line) =>
              process.stderr.write(
                host.options.json
                  ? `${JSON.stringify({ type: 'log', ...line })}\n`
                  : `${line.continued ? '' : `${line.time ?? ''} ${line.level} ${line.logger}: `}${line.message}\n`,
              ),
          },
        );
        await server.ready;
        host.print({ url: server.url, state: 'ready' }, `Odoo is ready: ${server.url}   (Ctrl-C stops it)`);
        const { code } = await server.exited;
        return host.signal.aborted || code === 0 ? EXIT_CODES.done : EXIT_CODES.failed;
      }),
    );
}
