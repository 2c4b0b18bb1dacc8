import type { Command } from 'commander';
import { ago } from '../../core/time.ts';
import { waitingText, type Overview } from '../../core/environments/overview.ts';
import { plainText } from '../../core/text.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { runCommand } from '../host.ts';
import { table } from '../table.ts';

const SOURCES: Record<Overview['controlPlane'], string> = {
  none: 'From the evidence folders; there is no control plane.',
  reachable: 'From the control plane.',
  unreachable: 'From the evidence folders; the control plane does not answer.',
  'signed-out': 'From the evidence folders; nobody is signed in to the control plane.',
};

function text(overview: Overview): string {
  const { environments, pullRequests, notices, controlPlane } = overview;
  const now = new Date();
  const rows = environments.map(({ name, branch, tip, ahead, behind, last, health }) => [
    name,
    branch ?? '-',
    tip ? shortSha(tip.sha) : '-',
    name === 'production' ? '' : `+${ahead} -${behind}`,
    last ? `promoted ${ago(new Date(last.finished_at), now)} by ${last.actor}` : 'never promoted here',
    health === 'unknown' ? '' : health,
  ]);
  const pulls = pullRequests.map(({ branch, tip, pullRequest }) => [
    branch,
    shortSha(tip.sha),
    pullRequest ? `#${pullRequest.number} ${pullRequest.checks}` : '',
    ago(new Date(tip.committed_at), now),
    pullRequest?.title ?? tip.subject,
  ]);
  return [
    table([['ENVIRONMENT', 'BRANCH', 'COMMIT', 'AHEAD', 'LAST', ''], ...rows]),
    '',
    pulls.length > 0 ? table([['PR BRANCH', 'COMMIT', 'PR', 'UPDATED', 'TITLE'], ...pulls]) : 'No open branches.',
    '',
    `${SOURCES[controlPlane]} ${plainText(waitingText(overview))}`.trimEnd(),
    ...notices.map((notice) => `! ${notice}`),
  ].join('\n');
}

export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('show environments and pull-request branches')
    .option('--no-fetch', 'do not ask the remote first')
    .addHelpText('after', '\nExamples:\n  odoo-ops status\n  GITHUB_TOKEN=… odoo-ops status --json')
    .action((options: { fetch: boolean }, command: Command) =>
      runCommand(command, async (host) => {
        const { overview } = await import('../../runtime/status.ts');
        const value = await overview(await host.workspace(), { fetch: options.fetch, gitHubToken: process.env['GITHUB_TOKEN'] ?? null });
        host.print(value, text(value));
        return 0;
      }),
    );
}
