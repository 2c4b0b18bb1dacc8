import { readEvidenceFile } from '../../adapters/files/evidence-files.ts';
import { newestRecords, readRecords } from '../../adapters/files/evidence-store.ts';
import type { LastPromotion } from '../../core/environments/overview.ts';
import { OpsError } from '../../core/errors.ts';
import type { EvidenceRecord } from '../../core/evidence/record.ts';
import { promotionPlanSchema } from '../../core/promotion/plan.ts';
import type { Workspace } from '../workspace.ts';
import { evidenceTarget } from './published.ts';
import { stillRuns } from './seal.ts';

export interface EvidenceEntry {
  /** From the root of the repository. */
  folder: string;
  state: EvidenceRecord['result'] | 'running';
  record: EvidenceRecord;
}

/** The records of this clone, newest first. */
export async function listEvidence(workspace: Workspace): Promise<EvidenceEntry[]> {
  const { records } = await readRecords(workspace.evidenceRoot);
  return records.reverse().map((stored) => ({
    folder: `${workspace.config.evidence.folder}/${stored.folder}`,
    state: stillRuns(stored, workspace) ? 'running' : stored.record.result,
    record: stored.record,
  }));
}

/** The bytes of a file that a record names. @throws OpsError `evidence` where it is not there */
export async function readEntryFile(workspace: Workspace, { folder }: EvidenceEntry, path: string): Promise<Buffer> {
  return readEvidenceFile(workspace.evidenceRoot, folder.slice(workspace.config.evidence.folder.length + 1), path);
}

/**
 * One record, by id (or its beginning) or by folder (or its end).
 * @throws OpsError `usage` where the word fits none or several; `details.fits` says how many
 */
export async function findEvidence(workspace: Workspace, word: string): Promise<EvidenceEntry> {
  const entries = await listEvidence(workspace);
  const path = word.replace(/\/+$/, '').replace(/^\.\//, '');
  const fits = entries.filter(
    ({ folder, record }) => folder === path || folder.endsWith(`/${path}`) || (path.length >= 4 && record.id.startsWith(path)),
  );
  const [first, ...more] = fits;
  if (first && more.length === 0) return first;
  const removed = first ? undefined : removedRecord(entries, path);
  if (removed) {
    throw new OpsError('usage', `${removed.folder} was removed by age on ${removed.at}.`, {
      details: { fits: 0 },
      hint: `Its hash stands in ${removed.by}. ${evidenceTarget(workspace) ? 'The evidence branch of the remote has its copy.' : 'There is no copy of it.'}`,
    });
  }
  throw new OpsError(
    'usage',
    first ? `${JSON.stringify(word)} fits ${fits.length} records.` : `There is no record ${JSON.stringify(word)}.`,
    {
      details: { fits: fits.length },
      hint: first ? `Name one of: ${fits.map(({ folder }) => folder).join(', ')}` : '`odoo-ops evidence list` shows all of them.',
    },
  );
}

/** What is left of a record that a prune removed. */
function removedRecord(entries: readonly EvidenceEntry[], word: string): { folder: string; by: string; at: string } | undefined {
  for (const { folder: by, record } of entries) {
    if (record.plan.act !== 'prune' || record.result !== 'passed') continue;
    const stone = record.plan.remove.find(
      ({ id, folder }) =>
        (word.length >= 4 && id.startsWith(word)) || word === folder || word.endsWith(`/${folder}`) || folder.endsWith(`/${word}`),
    );
    if (stone) return { folder: stone.folder, by, at: record.started_at };
  }
  return undefined;
}

/** The last passed promotion of each environment, from the records alone: for teams without a control plane. */
export async function lastPromotions(workspace: Workspace): Promise<LastPromotion[]> {
  const last = new Map<string, LastPromotion>();
  for await (const { record } of newestRecords(workspace.evidenceRoot)) {
    const { plan, outcome } = record;
    if (plan.act !== 'promotion' || outcome?.act !== 'promotion' || outcome.sha === null || record.result !== 'passed') continue;
    if (last.has(plan.environment)) continue;
    last.set(plan.environment, {
      id: record.id,
      environment: plan.environment,
      sha: outcome.sha,
      from: plan.from,
      actor: record.actor,
      finished_at: record.finished_at ?? record.started_at,
    });
    if (last.size === promotionPlanSchema.shape.environment.options.length) break;
  }
  return [...last.values()];
}
