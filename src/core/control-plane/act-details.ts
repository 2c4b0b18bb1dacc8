import { shortSha } from '../repository/short-sha.ts';
import { bytesText, count, plainText } from '../text.ts';
import { lasted } from '../time.ts';
import { actLasted, actTitle, shownTime } from './act-text.ts';
import type { EnvironmentRow } from './environment-changes.ts';
import type { BuildRow, HealthRow, MigrationRow } from './detail-questions.ts';
import type { Activity, DeploymentRow, GateRow, PromotionRow } from './questions.ts';

/** What the control plane knows of one act. */
export interface ActDetails {
  act: Activity;
  promotion: (PromotionRow & { gates: GateRow[] }) | null;
  deployment: (DeploymentRow & { health: HealthRow[]; migrations: MigrationRow[] }) | null;
  build: BuildRow | null;
  /** Where the environment stands that a PR act was about; null where other acts followed. */
  environment: EnvironmentRow | null;
}

type Plain = (text: string) => string;

const MARKS = { passed: '✓', failed: '✗', inconclusive: '?' } as const;

function promotionLines(
  { from_branch, from_sha, to_branch, sha, previous_sha, emergency_reason, gates }: NonNullable<ActDetails['promotion']>,
  plain: Plain,
): string[] {
  return [
    `- ${plain(from_branch)} (${shortSha(from_sha)}) to ${plain(to_branch)}`,
    sha === null
      ? `- ${plain(to_branch)} stayed at ${shortSha(previous_sha)}`
      : `- ${plain(to_branch)} moved from ${shortSha(previous_sha)} to ${shortSha(sha)}`,
    ...(emergency_reason === null ? [] : [`- emergency path: ${plain(emergency_reason)}`]),
    ...(gates.length === 0
      ? []
      : [
          '',
          '## Gates',
          ...gates.map(
            ({ name, result, message, duration_ms }) => `- ${MARKS[result]} ${plain(name)}: ${plain(message)} (${lasted(duration_ms)})`,
          ),
        ]),
  ];
}

function deploymentLines(deployment: NonNullable<ActDetails['deployment']>, plain: Plain): string[] {
  const { environment, sha, branch, running_sha, previous_sha, rollback, url, health, migrations } = deployment;
  return [
    `- ${rollback ? 'back to ' : ''}${shortSha(sha)} of ${plain(branch)}, to ${plain(environment)}${url === null ? '' : ` (${plain(url)})`}`,
    running_sha === null
      ? `- nobody can say what ${plain(environment)} ran then`
      : `- ${plain(environment)} ran ${shortSha(running_sha)} then`,
    `- the way back: ${previous_sha === null ? 'none is known' : shortSha(previous_sha)}`,
    ...(health.length === 0
      ? []
      : [
          '',
          '## Health',
          ...health.map(
            ({ name, result, message, duration_ms }) => `- ${MARKS[result]} ${plain(name)}: ${plain(message)} (${lasted(duration_ms)})`,
          ),
        ]),
    ...(migrations.length === 0
      ? []
      : [
          '',
          '## Migrations',
          ...migrations.map(
            ({ module, old_version, new_version, script, duration_ms }) =>
              `- ${plain(module)}: ${plain(old_version ?? 'none')} → ${plain(new_version)}${script === null ? '' : `, ${plain(script)}`}${duration_ms === null ? '' : ` (${lasted(duration_ms)})`}`,
          ),
        ]),
  ];
}

function buildLines({ sha, branch, message, author, artifact_sha256, artifact_bytes, image_digest }: BuildRow, plain: Plain): string[] {
  return [
    `- commit ${sha}${branch === null ? '' : ` of ${plain(branch)}`}: ${plain(message)}, by ${plain(author)}`,
    ...(artifact_sha256 === null ? [] : [`- sha256 ${artifact_sha256}${artifact_bytes === null ? '' : `, ${bytesText(artifact_bytes)}`}`]),
    ...(image_digest === null ? [] : [`- image ${plain(image_digest)}`]),
  ];
}

/** Lines of a log that are shown; the record has all. */
const REASONS = 10;

function environmentLines({ number, title, branch, sha, state, verdict, url, engine, lines }: EnvironmentRow, plain: Plain): string[] {
  return [
    `- pull request ${number}${title === null ? '' : `: ${plain(title)}`}`,
    ...(sha === null ? [] : [`- ${shortSha(sha)}${branch === null ? '' : ` of ${plain(branch)}`}`]),
    `- ${state}${verdict === null || state === 'removed' ? '' : `, ${verdict}`}${engine === null ? '' : `, on ${engine}`}`,
    ...(url === null || state === 'removed' ? [] : [`- at ${plain(url)}`]),
    ...(lines.length === 0 || state === 'removed'
      ? []
      : ['', '## What its log says', ...lines.slice(0, REASONS).map((line) => `- ${plain(line)}`)]),
  ];
}

/** What was done, and what it came to, as lines of Markdown. */
export function detailLines({ act, promotion, deployment, build, environment }: ActDetails, plain: Plain): string[] {
  return [
    ...(promotion ? promotionLines(promotion, plain) : []),
    ...(deployment ? deploymentLines(deployment, plain) : []),
    ...(build ? buildLines(build, plain) : []),
    ...(environment ? environmentLines(environment, plain) : []),
    ...(act.modules.length === 0
      ? []
      : ['', `## ${count(act.modules.length, 'module')}`, ...act.modules.map((module) => `- ${plain(module)}`)]),
  ];
}

/** An act as a Markdown document, for those whose evidence folder does not lie here. */
export function detailsText(details: ActDetails, timeZone: string, plain: Plain = plainText): string {
  const { act } = details;
  return [
    `# ${plain(actTitle(act))}: ${act.result}`,
    '',
    ...(act.error === null ? [] : [plain(act.error), '']),
    ...detailLines(details, plain),
    '',
    '## Record',
    `- by ${plain(act.actor)}`,
    `- from ${shownTime(act.started_at, timeZone)} to ${shownTime(act.finished_at, timeZone)} (${timeZone}), ${actLasted(act)}`,
    `- id ${act.id}`,
    `- hash ${act.record_sha256}`,
    `- folder ${plain(act.folder)}, which is not in this clone`,
    '',
    'From the control plane. `odoo-ops evidence sync` brings the folder here, and Show Log shows its logs.',
  ].join('\n');
}
