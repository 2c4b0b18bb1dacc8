import { migrationText } from '../deployment/text.ts';
import type { EvidenceRecord } from '../evidence/record.ts';
import { shortSha } from '../repository/short-sha.ts';
import { markdownText } from '../text.ts';
import { subject } from './subject.ts';
import { durationText } from './text.ts';
import { actLine, endText, timelineLines, type Log } from './timeline.ts';

export interface PostmortemFacts {
  record: EvidenceRecord;
  /** From the root of the repository. */
  folder: string;
  /** True while the process that writes the record may still be alive. */
  running: boolean;
  logs: readonly Log[];
  /** Logs that should be there and are not. */
  missing: readonly string[];
  /** Every act of the same kind on the same environment, oldest first, this one among them. */
  related: readonly EvidenceRecord[];
}

/** Rows of a list that are shown. */
const ROWS = 20;

function some<T>(items: readonly T[], line: (item: T) => string): string[] {
  return [
    ...items.slice(0, ROWS).map((item) => `- ${line(item)}`),
    ...(items.length > ROWS ? [`- … and ${items.length - ROWS} more`] : []),
  ];
}

const endOf = ({ finished_at, started_at }: EvidenceRecord): string => finished_at ?? started_at;
const between = (from: string, to: string): string => durationText(Math.max(0, Date.parse(to) - Date.parse(from)) / 1000);

/** When an act of the same kind passed after this one. */
function restoredText({ record, related }: PostmortemFacts, later: readonly EvidenceRecord[]): string {
  if (record.result === 'passed') return '';
  const next = later.find(({ result }) => result === 'passed');
  if (next) return `; the next one passed ${between(endOf(record), endOf(next))} later`;
  return related.length > 1 || 'environment' in record.plan ? '; none passed since, as far as this clone knows' : '';
}

function changesLines({ plan }: EvidenceRecord): string[] {
  if (plan.act !== 'deployment' && plan.act !== 'promotion') return [];
  const commits = some(
    plan.commits,
    ({ sha, subject: words, author }) => `${shortSha(sha)} ${markdownText(words)} (${markdownText(author)})`,
  );
  const modules = some(
    plan.modules,
    ({ module, change, old_version, new_version }) =>
      `${markdownText(module)}: ${change}, ${markdownText(`${old_version ?? 'none'} → ${new_version ?? 'none'}`)}`,
  );
  const migrations =
    plan.act === 'deployment' ? some(plan.migrations, (migration) => `migration of ${migrationText(migration, markdownText)}`) : [];
  return ['## What changed', '', ...(commits.length + modules.length === 0 ? ['- nothing'] : [...commits, ...modules, ...migrations]), ''];
}

function beforeLines({ record }: PostmortemFacts, earlier: readonly EvidenceRecord[]): string[] {
  const { plan } = record;
  if (plan.act !== 'deployment' && plan.act !== 'promotion') return [];
  const last = earlier.findLast(({ result }) => result === 'passed');
  const previous = plan.act === 'deployment' ? plan.previous_sha : plan.to_sha;
  return [
    '## Before it',
    '',
    last ? `- the last that passed: ${actLine(last)}` : `- this clone has no earlier ${plan.act} that passed`,
    previous === null ? '- the way back: no record says what ran before' : `- the way back: ${previous}`,
    ...(previous === null
      ? []
      : ['', '```text', `odoo-ops plan rollback ${plan.environment}`, `odoo-ops deploy ${plan.environment}`, '```']),
    ...(plan.act === 'deployment' && plan.migrations.length > 0
      ? ['', 'Migrations came with it. A database does not go back by itself: restore it, or bring a migration that undoes them.']
      : []),
    '',
  ];
}

function missingLines({ record, running, missing, logs }: PostmortemFacts): string[] {
  const lines = [
    ...(running ? ['It still runs: what follows is not written yet.'] : []),
    ...(record.hash === null && !running ? ['Its record is not sealed: `odoo-ops evidence sync` settles it.'] : []),
    ...missing.map((name) => `Its log ${markdownText(name)} is not in this clone (\`odoo-ops evidence verify\`).`),
    ...(record.steps.length === 0 ? ['It has no steps: it ended before the first.'] : []),
    ...(record.plan.act === 'deployment' && (record.outcome?.act !== 'deployment' || record.outcome.health.length === 0)
      ? ['Nobody asked for its health.']
      : []),
    ...(logs.length === 0 && missing.length === 0 ? ['It has no logs.'] : []),
  ];
  return lines.length === 0 ? [] : ['## What is missing', '', ...lines.map((line) => `- ${line}`), ''];
}

/** What is known of an act that went wrong, as Markdown: facts from its evidence, and headings for what only people know. */
export function postmortemText(facts: PostmortemFacts): string {
  const { record, folder, running, logs, related } = facts;
  const at = related.findIndex(({ id }) => id === record.id);
  const [earlier, later] = at < 0 ? [[], []] : [related.slice(0, at), related.slice(at + 1)];
  const { title, rows, impact } = subject(record);
  const result = running ? 'still running' : record.result;
  const table: [string, string][] = [
    ['Result', running ? result : endText(record)],
    ...rows,
    ['Who', `${markdownText(record.actor)}, on ${markdownText(record.process.host)}`],
    [
      'When',
      record.finished_at === null ? record.started_at : `${record.started_at}, for ${between(record.started_at, record.finished_at)}`,
    ],
    ['Impact', `${impact}${restoredText(facts, later)}`],
    ['Evidence', `${markdownText(folder)}, record ${record.id}`],
  ];
  return [
    `# Postmortem: ${title}, ${result}`,
    '',
    '| | |',
    '|---|---|',
    ...table.map(([name, value]) => `| ${name} | ${value} |`),
    '',
    ...changesLines(record),
    '## Timeline',
    '',
    ...timelineLines(record, logs),
    '',
    ...beforeLines(facts, earlier),
    ...('environment' in record.plan
      ? ['## After it', '', ...(later.length === 0 ? ['- nothing, as far as this clone knows'] : some(later, actLine)), '']
      : []),
    ...missingLines(facts),
    ...['Causes', 'What went well', 'Actions'].flatMap((heading) => [`## ${heading}`, '', '_To be written by people._', '']),
  ].join('\n');
}
