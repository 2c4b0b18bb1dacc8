import { Option, type Command } from 'commander';
import { runCommand } from '../host.ts';

const SOURCES = { 'control-plane': 'the control plane', evidence: 'the evidence of this clone' } as const;

export function registerReport(program: Command): void {
  program
    .command('report')
    .description('how delivery goes: deployment frequency, lead time, change failure rate, time to restore')
    .option('--since <time>', 'from then until now: 30d, 4w, 2026-03-01', '30d')
    .addOption(new Option('--env <environment>', 'which environment').choices(['staging', 'production']).default('production'))
    .addHelpText('after', '\nExamples:\n  odoo-ops report\n  odoo-ops report --since 90d --env staging --json')
    .action((options: { since: string; env: string }, command: Command) =>
      runCommand(command, async (host) => {
        const { parseMoment } = await import('../../core/moment.ts');
        const { deliveryReport } = await import('../../runtime/report.ts');
        const workspace = await host.workspace();
        const now = new Date();
        const from = parseMoment(options.since, { now, timeZone: workspace.config.evidence.time_zone, edge: 'start' });
        const { report, source } = await deliveryReport(workspace, { environment: options.env, from, now });
        const { reportText } = await import('../../core/report/text.ts');
        host.print({ source, ...report }, reportText(report, SOURCES[source]));
        return 0;
      }),
    );
}
