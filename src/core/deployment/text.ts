import { shortSha } from '../repository/short-sha.ts';
import { count, plainText } from '../text.ts';
import type { DeploymentOutcome, DeploymentPlan, MigrationPlan } from './plan.ts';

const MARKS = { passed: '✓', failed: '✗', inconclusive: '?' } as const;

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

export const migrationText = ({ module, old_version, new_version, script }: MigrationPlan, plain: typeof plainText): string =>
  `${plain(module)}: ${plain(old_version ?? 'none')} → ${plain(new_version)}${script === null ? '' : `, ${plain(script)}`}`;

const MAX_ROWS = 30;

/** The first rows, and how many were left out. */
function rows<T>(items: readonly T[], row: (item: T) => string): string[] {
  const more = items.length > MAX_ROWS ? [`- … and ${items.length - MAX_ROWS} more`] : [];
  return [...items.slice(0, MAX_ROWS).map(row), ...more];
}

/**
 * A plan as Markdown.
 * @param plain `plainText` for a terminal, `markdownText` for an editor that renders it
 */
export function planText(plan: DeploymentPlan, plain = plainText): string {
  const { environment, branch, remote, sha, previous_sha, running_sha, rollback, url } = plan;
  const back = rollback ? ': this is a way back' : '';
  const from =
    running_sha === sha
      ? 'It runs that commit already.'
      : running_sha !== null
        ? `It runs ${shortSha(running_sha)} now${back}.`
        : previous_sha === null
          ? 'No record says what it runs now.'
          : `Nobody can say what the last deployment left there; before it, it ran ${shortSha(previous_sha)}${back}.`;
  return [
    `# Deploy ${shortSha(sha)} to ${environment}`,
    '',
    `${environment === 'production' ? 'Production' : 'Staging'} gets what ${remote}/${plain(branch)} holds. ${from}`,
    ...(rollback && plan.modules.some(({ old_version, new_version }) => old_version !== new_version)
      ? ['Versions of modules change with it, and a database does not go back by itself.']
      : []),
    '',
    `## ${count(plan.commits.length, 'commit')}${previous_sha === null && running_sha === null ? ', and nobody knows what else is new' : ''}`,
    ...rows(plan.commits, (commit) => `- ${shortSha(commit.sha)} ${plain(commit.subject)}`),
    '',
    `## ${count(plan.modules.length, 'module')}`,
    ...rows(plan.modules, ({ module, change, old_version, new_version }) => {
      const versions = old_version === new_version ? (new_version ?? 'no version') : `${old_version ?? 'none'} → ${new_version ?? 'none'}`;
      return `- ${plain(module)}: ${change}, ${plain(versions)}`;
    }),
    '',
    `## ${count(plan.migrations.length, 'migration')}`,
    ...rows(plan.migrations, (migration) => `- ${migrationText(migration, plain)}`),
    '',
    url === null ? 'It has no URL, so its health will not be known.' : `Its health is asked at ${plain(url)} afterwards.`,
  ].join('\n');
}

/** What a deployment came to, as lines of Markdown; null for one that never got to its command. */
export function deploymentLines(plan: DeploymentPlan, outcome: DeploymentOutcome | null, plain = plainText): string[] {
  const previous = outcome?.previous_sha ?? plan.previous_sha;
  const runs =
    outcome === null
      ? `${plan.environment} was left as it was`
      : outcome.sha === null
        ? `nobody can say what ${plan.environment} runs`
        : `${plan.environment} runs ${outcome.sha}`;
  const lines = [
    `- ${plan.rollback ? 'back to ' : ''}${shortSha(plan.sha)} of ${plain(plan.branch)}, to ${plan.environment}${plan.url === null ? '' : ` (${plain(plan.url)})`}`,
    `- ${runs}`,
    `- the way back: ${previous ?? 'none is known'}`,
  ];
  if (outcome === null) return lines;
  if (outcome.health.length > 0) {
    const checks = outcome.health.map(
      ({ name, result, message, duration_ms }) => `- ${MARKS[result]} ${name}: ${plain(message)} (${seconds(duration_ms)})`,
    );
    lines.push('', '## Health', ...checks);
  }
  if (outcome.migrations.length > 0) {
    const migrations = outcome.migrations.map(
      (migration) =>
        `- ${migrationText(migration, plain)}${migration.duration_ms === null ? '' : ` (module loaded in ${seconds(migration.duration_ms)})`}`,
    );
    lines.push('', '## Migrations', ...migrations);
  }
  return lines;
}

/** How a deployment ended, in a few lines for a terminal. */
export function resultText(
  plan: DeploymentPlan,
  { result, message, outcome }: { result: string; message: string | null; outcome: DeploymentOutcome | null },
): string {
  const { environment, previous_sha } = plan;
  const failure = message === null ? result : plainText(message);
  const head =
    result === 'passed'
      ? `Deployed: ${environment} runs ${shortSha(plan.sha)}.`
      : typeof outcome?.sha === 'string'
        ? `Failed: ${environment} runs ${shortSha(outcome.sha)}, but ${failure}`
        : `Failed: ${failure}. Nobody can say what ${environment} runs.`;
  const checks = (outcome?.health ?? []).map(({ name, result: found, message: said }) => `  ${MARKS[found]} ${name}: ${plainText(said)}`);
  const back = result !== 'passed' && previous_sha !== null ? [`  the way back: ${previous_sha}`] : [];
  return [head, ...checks, ...back].join('\n');
}
