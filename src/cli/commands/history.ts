import type { Command } from 'commander';
import type { ActivityFilter } from '../../core/control-plane/questions.ts';
import { EXIT_CODES } from '../../core/errors.ts';
import type { Workspace } from '../../runtime/workspace.ts';
import { runCommand, type Host } from '../host.ts';
import { table } from '../table.ts';
import { wholeNumber } from '../whole-number.ts';

interface HistoryOptions {
  env?: string;
  since?: string;
  until?: string;
  at?: string;
  module?: string;
  act?: string;
  result?: string;
  limit: number;
  all: boolean;
}

const EXAMPLES = `
Examples:
  odoo-ops history --since 7d
  odoo-ops history --env staging --module ipai_loyalty
  odoo-ops history --env production --at "2026-03-03 14:00"

Times without an offset are in the time zone of the evidence (evidence.time_zone).`;

export function registerHistory(program: Command): void {
  program
    .command('history')
    .description('what happened, newest first; with --at, what ran in an environment at a moment')
    .option('--env <name>', 'of one environment')
    .option('--since <time>', 'not before: 12h, 7d, 4w, 2026-03-01, "2026-03-01 14:00"')
    .option('--until <time>', 'not after; a day counts as a whole')
    .option('--module <name>', 'acts that changed an Odoo module')
    .option('--act <name>', 'promotion, deployment, build, pr-environment, sweep, prune')
    .option('--result <word>', 'passed, failed, refused, cancelled, interrupted')
    .option('-n, --limit <number>', 'how many', wholeNumber, 50)
    .option('--all', 'all of them', false)
    .option('--at <time>', 'what ran then: commit, deployment, promotion, gates; needs --env')
    .addHelpText('after', EXAMPLES)
    .action((options: HistoryOptions, command: Command) =>
      runCommand(command, async (host) => {
        const workspace = await host.workspace();
        const { checkedFilter } = await import('../../core/control-plane/filter.ts');
        const filter = checkedFilter(options, { now: new Date(), timeZone: workspace.config.evidence.time_zone });
        return options.at === undefined ? printHistory(host, workspace, filter, options) : printRanAt(host, workspace, filter, options.at);
      }),
    );
}

async function printHistory(
  host: Host,
  workspace: Workspace,
  filter: ActivityFilter,
  { limit, all }: Pick<HistoryOptions, 'limit' | 'all'>,
): Promise<number> {
  const [{ readHistory }, { historyTable }] = await Promise.all([
    import('../../runtime/activity.ts'),
    import('../../core/control-plane/act-text.ts'),
  ]);
  const { items, next, source, notice } = await readHistory(workspace, filter, all ? Infinity : limit);
  if (notice !== null) host.report({ type: 'text', level: 'warning', text: notice });
  const text = items.length === 0 ? 'Nothing is recorded.' : table(historyTable(items, workspace.config.evidence.time_zone));
  const more = next === null ? [] : [`There is more: --limit ${limit * 4}, or --all.`];
  const from = source === 'evidence' ? ['From the evidence of this clone; `odoo-ops evidence sync` brings that of others.'] : [];
  host.print(
    { source, notice, items, more: next !== null },
    [text, ...(more.length + from.length > 0 ? [''] : []), ...more, ...from].join('\n'),
  );
  return EXIT_CODES.done;
}

async function printRanAt(host: Host, workspace: Workspace, { environment }: ActivityFilter, at: string): Promise<number> {
  const [{ parseMoment }, { OpsError }, { ranAt }, { ranAtText }] = await Promise.all([
    import('../../core/moment.ts'),
    import('../../core/errors.ts'),
    import('../../runtime/ran-at.ts'),
    import('../../core/control-plane/ran-at.ts'),
  ]);
  const timeZone = workspace.config.evidence.time_zone;
  if (environment === undefined) throw new OpsError('usage', '--at needs an environment.', { hint: 'For example --env production.' });
  const moment = parseMoment(at, { now: new Date(), timeZone, edge: 'start' });
  const { answer, source, notice } = await ranAt(workspace, environment, moment);
  if (notice !== null) host.report({ type: 'text', level: 'warning', text: notice });
  host.print({ source, notice, ...answer }, ranAtText(answer, timeZone, source));
  return answer.basis === null ? EXIT_CODES.failed : EXIT_CODES.done;
}
