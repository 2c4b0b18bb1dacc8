import { deploymentLines } from '../deployment/text.ts';
import { environmentLines, sweepLines } from '../pr-environments/record-text.ts';
import { plainText } from '../text.ts';
import { shortSha } from '../repository/short-sha.ts';
import { pruneLines } from './prune-text.ts';
import type { EvidenceRecord } from './record.ts';

const MARKS = { passed: '✓', failed: '✗', inconclusive: '?', cancelled: '-', running: '…' } as const;

const seconds = (milliseconds: number | null): string => (milliseconds === null ? '' : ` (${(milliseconds / 1000).toFixed(1)} s)`);

function outcomeLines(record: EvidenceRecord, plain: typeof plainText): string[] {
  const { plan, outcome } = record;
  if (plan.act === 'promotion') {
    const moved = outcome?.act === 'promotion' && outcome.sha !== null && record.result === 'passed' ? outcome.sha : null;
    return [
      `- ${plain(plan.from)} (${shortSha(plan.from_sha)}) to ${plain(plan.to)}`,
      moved === null
        ? `- ${plan.to} stayed at ${shortSha(plan.to_sha)}`
        : `- ${plan.to} moved from ${shortSha(plan.to_sha)} to ${shortSha(moved)}`,
      ...(plan.emergency ? [`- emergency path: ${plain(plan.emergency.reason)}`] : []),
      ...(outcome?.act === 'promotion' && outcome.gates.length > 0
        ? [
            '',
            '## Gates',
            ...outcome.gates.map(
              ({ name, result, message, duration_ms, log }) =>
                `- ${MARKS[result]} ${name}: ${plain(message)}${seconds(duration_ms)}  ${log}`,
            ),
          ]
        : []),
    ];
  }
  if (plan.act === 'prune') return pruneLines(plan, outcome?.act === 'prune' ? outcome : null, plain);
  if (plan.act === 'deployment') return deploymentLines(plan, outcome?.act === 'deployment' ? outcome : null, plain);
  if (plan.act === 'pr-environment') return environmentLines(plan, outcome?.act === 'pr-environment' ? outcome : null, plain);
  if (plan.act === 'sweep') return sweepLines(plan, outcome?.act === 'sweep' ? outcome : null, plain);
  const manifest = outcome?.act === 'build' ? outcome.manifest : null;
  return [
    `- commit ${plan.commit.sha} "${plain(plan.commit.subject)}"`,
    ...(manifest
      ? [
          `- sha256 ${manifest.artifact.sha256}`,
          `- ${manifest.artifact.files} files, ${manifest.artifact.bytes} bytes, ${manifest.addons.length} addons`,
        ]
      : []),
  ];
}

/**
 * A record as Markdown.
 * @param plain `plainText` for a terminal, `markdownText` for an editor that renders it
 */
export function recordText(record: EvidenceRecord, folder: string, plain = plainText): string {
  return [
    `# ${record.topic}: ${record.result}`,
    '',
    ...(record.message === null ? [] : [plain(record.message), '']),
    ...outcomeLines(record, plain),
    '',
    '## Steps',
    ...record.steps.map(
      ({ title, result, message, duration_ms }) =>
        `- ${MARKS[result]} ${title}${seconds(duration_ms)}${message === null ? '' : `: ${plain(message)}`}`,
    ),
    '',
    '## Record',
    `- by ${plain(record.actor)} on ${record.process.host}, odoo-ops ${record.process.version}`,
    `- from ${record.started_at} to ${record.finished_at ?? '(not ended)'}`,
    `- id ${record.id}`,
    `- hash ${record.hash ?? '(not sealed)'}`,
    `- follows ${record.previous.length === 0 ? 'nothing: it is the first' : record.previous.map((hash) => hash.slice(0, 12)).join(', ')}`,
    `- folder ${folder}`,
    ...record.files.map(({ path, bytes }) => `  - ${path} (${bytes} bytes)`),
  ].join('\n');
}
