import { shortSha } from '../repository/short-sha.ts';
import { plainText } from '../text.ts';
import type { DeploymentOutcome, DeploymentPlan, MigrationPlan } from './plan.ts';

const MARKS = { passed: '✓', failed: '✗', inconclusive: '?' } as const;

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

const migrationText = ({ module, old_version, new_version, script }: MigrationPlan, plain: typeof plainText): string =>
  `${plain(module)}: ${plain(old_version ?? 'none')} → ${plain(new_version)}${script === null ? '' : `, ${plain(script)}`}`;

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
