import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { EXIT_CODES } from '../../core/errors.ts';
import { environmentRows } from '../../core/pr-environments/text.ts';
import { noteLine, terminalLine } from '../../core/terminal-line.ts';
import { runCommand } from '../host.ts';
import { isColoured } from '../paint.ts';
import { pullRequestNumber, TOKEN } from '../pull-request.ts';
import { table } from '../table.ts';
import { wholeNumber } from '../whole-number.ts';

/** Opens an address with the program that this system has for it. */
function openAddress(url: string): void {
  spawn(process.platform === 'darwin' ? 'open' : 'xdg-open', [url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}

/** What looks at environments and changes none. */
export function registerPrLook(group: Command): void {
  group
    .command('list', { isDefault: true })
    .description('open pull requests and their environments')
    .action((_options: unknown, command: Command) =>
      runCommand(command, async (host) => {
        const { listEnvironments } = await import('../../runtime/pr-environments/list.ts');
        const workspace = await host.workspace();
        const environments = await listEnvironments(workspace, TOKEN);
        const rows = environmentRows(environments, new Date());
        host.print(
          environments,
          rows.length === 0 ? 'No pull requests.' : table([['PR', 'STATE', 'COMMIT', 'AGE', 'ADDRESS', 'BRANCH'], ...rows]),
        );
        return EXIT_CODES.done;
      }),
    );
  group
    .command('open')
    .description('open an environment in the browser; prints its address')
    .argument('<number>', 'of the pull request', pullRequestNumber)
    .action((number: number, _options: unknown, command: Command) =>
      runCommand(command, async (host) => {
        const { addressOf } = await import('../../runtime/pr-environments/list.ts');
        const workspace = await host.workspace();
        const url = await addressOf(workspace, number, TOKEN);
        if (process.stdout.isTTY) openAddress(url);
        host.print({ url }, url);
        return EXIT_CODES.done;
      }),
    );
  group
    .command('logs')
    .description('the log of an environment: of the build that runs, of its Odoo, or of what is on record where it is gone')
    .argument('<number>', 'of the pull request', pullRequestNumber)
    .option('-f, --follow', 'go on with what is new', false)
    .option('-n, --tail <lines>', 'how many of the last lines, of each log where there are several', wholeNumber, 200)
    .action((number: number, options: { follow: boolean; tail: number }, command: Command) =>
      runCommand(command, async (host) => {
        const { environmentLogs } = await import('../../runtime/pr-environments/logs.ts');
        const workspace = await host.workspace();
        const { json } = host.options;
        const print = (text: string) => void process.stdout.write(`${text}\n`);
        const onLine = (line: string) => print(json ? JSON.stringify({ line }) : terminalLine(line, isColoured()));
        const onNote = (note: string) => print(json ? JSON.stringify({ note }) : noteLine(note, isColoured()));
        await environmentLogs(workspace, number, { ...options, ...TOKEN, onLine, onNote }, host.signal);
        return EXIT_CODES.done;
      }),
    );
  group
    .command('mail')
    .description('show the pages of the mail catcher at a port of this machine, until Ctrl-C')
    .option('-p, --port <number>', 'of this machine', wholeNumber, 8025)
    .action(({ port }: { port: number }, command: Command) =>
      runCommand(command, async (host) => {
        const { serveMailPages } = await import('../../runtime/pr-environments/mail.ts');
        const { url, closed } = await serveMailPages(await host.workspace(), port, TOKEN);
        host.print({ url }, url);
        await closed;
        return EXIT_CODES.done;
      }),
    );
}
