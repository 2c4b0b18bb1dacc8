import { newestRecords } from '../../adapters/files/evidence-store.ts';
import { hasReplaced } from '../../core/control-plane/environment-changes.ts';
import type { EvidenceRecord } from '../../core/evidence/record.ts';
import type { EnvironmentOutcome, EnvironmentPlan } from '../../core/pr-environments/plan.ts';
import type { Workspace } from '../workspace.ts';

/** How many of the newest records are looked through for what concerns one pull request. */
export const LOOKED_THROUGH = 400;

export interface LastWord {
  record: EvidenceRecord;
  plan: EnvironmentPlan;
  folder: string;
  outcome: EnvironmentOutcome | null;
}

/** True for an act that came to nothing before it had changed anything: what was there before is there as it was. */
const leftAsItWas = ({ record, plan, outcome }: LastWord): boolean =>
  outcome === null && plan.replaces_sha !== null && record.result !== 'interrupted' && !hasReplaced(record);

/** The newest record that tells how each environment stands, of those that this clone knows, by the number of its pull request. */
export async function lastWords({ evidenceRoot, config }: Workspace): Promise<Map<number, LastWord>> {
  const found = new Map<number, LastWord>();
  let looked = 0;
  for await (const { record, folder } of newestRecords(evidenceRoot)) {
    if (++looked > LOOKED_THROUGH) break;
    const { plan, outcome } = record;
    if (plan.act !== 'pr-environment' || found.has(plan.number)) continue;
    const place = `${config.evidence.folder}/${folder}`;
    const word = { record, plan, folder: place, outcome: outcome?.act === 'pr-environment' ? outcome : null };
    if (!leftAsItWas(word)) found.set(plan.number, word);
  }
  return found;
}
