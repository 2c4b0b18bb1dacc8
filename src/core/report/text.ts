import { count, plainText } from '../text.ts';
import type { Dora } from './dora.ts';

/** `45 s`, `12 min`, `3.2 h`, `1.5 d`, for people. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86_400).toFixed(1)} d`;
}

const NONE = 'no data';
const orNone = (seconds: number | null): string => (seconds === null ? NONE : durationText(seconds));
const rounded = (value: number): string => String(Number(value.toPrecision(2)));

function frequencyText({ per_day, per_week, band, deployments }: Dora['deployment_frequency']): string {
  if (band === null) return deployments === 0 ? 'none' : NONE;
  return per_day >= 1 ? `${rounded(per_day)} a day (${band})` : `${rounded(per_week)} a week (${band})`;
}

/** Names of DORA's groups, for the frequency alone: their other borders change from year to year. */
const BANDS = 'elite: one a day or more; high: one a week; medium: one a month; low: fewer';

function notes(report: Dora): string[] {
  const { counted, environment, change_failure_rate: failure, lead_time: lead, time_to_restore: restore } = report;
  return [
    counted === 'promotions'
      ? `No deployment of ${environment} was recorded, so each passed promotion into it counts as one that went well. Failures and the time to restore cannot be known this way; \`odoo-ops deploy\` records them.`
      : 'A deployment counts when it ended within this time. One that was refused or cancelled was none.',
    `Frequency: deployments that passed, by the length of the window (${BANDS}).`,
    "Lead time: from the time of a commit (its committer's clock) to the end of the first passed deployment that brought it; the way back brings none. A rebase makes a commit younger than the work in it.",
    ...(lead.clamped > 0
      ? [`${count(lead.clamped, 'commit')} had a time after the deployment that brought it (a wrong clock), and counted as 0 s.`]
      : []),
    ...(counted === 'promotions'
      ? []
      : [
          `Failure rate: of ${count(failure.tried, 'deployment')} that ${failure.tried === 1 ? 'was' : 'were'} tried, ${failure.failed} failed, ${failure.interrupted} ${failure.interrupted === 1 ? 'was' : 'were'} interrupted, and after ${failure.rolled_back} that passed the next one went back. Trouble that nobody deployed against is not seen here.`,
          'Time to restore: from the end of the first deployment that failed to the end of the next that passed.',
        ]),
    ...(restore.open
      ? [`Still open: ${restore.open.id.slice(0, 8)} failed at ${restore.open.since}, and no deployment passed since.`]
      : []),
    ...(report.in_future > 0
      ? [`${count(report.in_future, 'deployment')} ended after now by its machine's clock, and counts in no number.`]
      : []),
  ];
}

/** The report as Markdown. @param source where the rows were read, for people */
export function reportText(report: Dora, source: string): string {
  const { environment, days, counted, deployment_frequency: frequency, lead_time: lead, change_failure_rate: failure } = report;
  const { time_to_restore: restore } = report;
  const what = counted === 'promotions' ? 'promotion' : 'deployment';
  const bad = failure.failed + failure.interrupted + failure.rolled_back;
  return [
    `# Delivery to ${plainText(environment)}`,
    '',
    `${rounded(days)} days, from ${report.from} to ${report.to}, by ${source}.`,
    '',
    '| | | Samples |',
    '|---|---|---|',
    `| Deployment frequency | ${frequencyText(frequency)} | ${count(frequency.deployments, what)} |`,
    `| Lead time for changes | ${lead.median_s === null ? NONE : `median ${orNone(lead.median_s)}, p90 ${orNone(lead.p90_s)}`} | ${count(lead.commits, 'commit')} |`,
    `| Change failure rate | ${failure.rate === null ? NONE : `${(failure.rate * 100).toFixed(0)} %`} | ${counted === 'promotions' ? 'none' : `${bad} of ${failure.tried}`} |`,
    `| Time to restore | ${restore.median_s === null ? NONE : `median ${orNone(restore.median_s)}`} | ${counted === 'promotions' ? 'none' : `${count(restore.restored, 'failure')}${restore.open ? ', 1 still open' : ''}`} |`,
    '',
    '## How this is counted',
    ...notes(report).map((note) => `- ${note}`),
  ].join('\n');
}
