import { writeFile } from 'node:fs/promises';
import { writeError } from '../adapters/files/atomic.ts';
import { OpsError } from '../core/errors.ts';
import type { EvidenceRecord } from '../core/evidence/record.ts';
import { postmortemText } from '../core/report/postmortem.ts';
import { findEvidence, listEvidence, readEntryFile, type EvidenceEntry } from './evidence/list.ts';
import type { Workspace } from './workspace.ts';

export interface Postmortem {
  record: EvidenceRecord;
  /** From the root of the repository. */
  folder: string;
  markdown: string;
}

/** Logs that may say why: the act's own, the deploy command's, all of a PR environment's, and those of the gates that did not pass. */
function logsOf({ plan, outcome, files }: EvidenceRecord): string[] {
  const gates = outcome?.act === 'promotion' ? outcome.gates.filter(({ result }) => result !== 'passed').map(({ log }) => log) : [];
  const deploy = plan.act === 'deployment' && files.some(({ path }) => path === 'logs/deploy.log') ? ['logs/deploy.log'] : [];
  const built = plan.act === 'pr-environment' ? files.map(({ path }) => path).filter((path) => /^logs\/(?!act\.log$)/.test(path)) : [];
  return ['logs/act.log', ...deploy, ...built, ...gates];
}

const placeOf = (plan: EvidenceRecord['plan']): string | null =>
  'environment' in plan ? plan.environment : plan.act === 'pr-environment' ? `pr-${plan.number}` : null;

const isRelated = (plan: EvidenceRecord['plan'], other: EvidenceRecord['plan']): boolean =>
  plan.act === other.act && placeOf(plan) === placeOf(other);

/**
 * The timeline of an act, from the evidence of this clone alone.
 * @param word id or folder of its record
 * @throws OpsError `usage` where the word fits none or several
 */
export async function postmortem(workspace: Workspace, word: string): Promise<Postmortem> {
  const entry: EvidenceEntry = await findEvidence(workspace, word);
  const { record, folder, state } = entry;
  const found = await Promise.all(
    logsOf(record).map(async (path) => ({
      name: path.replace(/^logs\//, ''),
      text: (await readEntryFile(workspace, entry, path).catch(() => undefined))?.toString(),
    })),
  );
  const related = (await listEvidence(workspace)).map((other) => other.record).filter(({ plan }) => isRelated(record.plan, plan));
  const markdown = postmortemText({
    record,
    folder,
    running: state === 'running',
    logs: found.flatMap(({ name, text }) => (text === undefined ? [] : [{ name, text }])),
    missing: found.flatMap(({ name, text }) => (text === undefined ? [name] : [])),
    related: related.reverse(),
  });
  return { record, folder, markdown };
}

/**
 * Writes the text into a file; people may have written into one that is there.
 * @throws OpsError `usage` where it exists and `force` is not set, `evidence` where it cannot be written
 */
export async function writePostmortem(path: string, markdown: string, force: boolean): Promise<void> {
  try {
    await writeFile(path, `${markdown.trimEnd()}\n`, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new OpsError('usage', `${path} exists already.`, { hint: 'Name another file, or overwrite it with --force.', cause: error });
    throw writeError(path, error);
  }
}
