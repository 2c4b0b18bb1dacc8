import { DAY_MS } from '../config/duration.ts';
import type { PrunePlan, Tombstone } from './prune.ts';
import { isSealed, type EvidenceRecord, type SealedRecord } from './record.ts';
import { protectedRecords } from './protected.ts';

/** A record, and what its clone knows of it. */
export interface RetentionFacts {
  folder: string;
  record: EvidenceRecord;
  /** True where record and files are as they were sealed. */
  whole: boolean;
  /** True where its files lie in the archive, and nowhere else. */
  compressed: boolean;
  /** True where a control plane that is configured did not confirm it yet. */
  waiting: boolean;
  /** True where the remote has a copy, or is to have none. */
  published: boolean;
}

export interface RetentionPolicy {
  compress_after_days: number;
  remove_after_days: number;
  logs_before: string;
}

/** Since the act ended, in milliseconds; not a number where the record has no readable time, and then it is older than nothing. */
function age({ started_at: start, finished_at: end }: EvidenceRecord, now: Date): number {
  return now.getTime() - Math.max(Date.parse(start), Date.parse(end ?? start));
}

/** Why nobody may touch it, whatever its age. */
function untouchable({ record, whole }: RetentionFacts, ids: ReadonlyMap<string, number>): string | null {
  if (!isSealed(record)) return 'the act did not end, or its record is not sealed yet';
  if (!whole) return 'changed since it was sealed; see `odoo-ops evidence verify`';
  if ((ids.get(record.id) ?? 0) > 1) return 'lies in two folders; see `odoo-ops evidence verify`';
  return null;
}

function tombstone({ folder, record }: { folder: string; record: SealedRecord }): Tombstone {
  const { id, hash, previous, started_at } = record;
  return { id, folder, hash, previous, started_at };
}

/** What still has to happen to it before it may go; null where nothing has. */
function unfinished({ waiting, published }: RetentionFacts): string | null {
  if (waiting) return 'waits for the control plane';
  return published ? null : 'not on the remote yet';
}

/**
 * What becomes of old evidence. Nothing is removed that is younger than the policy says, that did not end, that is not what its
 * seal says, that still has to reach the remote or the control plane, or that tells what runs now (`protectedRecords`).
 */
export function planPrune(facts: readonly RetentionFacts[], now: Date, policy: RetentionPolicy): PrunePlan {
  const plan: PrunePlan = { act: 'prune', compress: [], remove: [], keep: [], ...policy };
  const ids = new Map<string, number>();
  for (const { record } of facts) ids.set(record.id, (ids.get(record.id) ?? 0) + 1);
  const needed = protectedRecords(facts.map(({ record }) => record));
  for (const item of facts) {
    const { folder, record } = item;
    const days = age(record, now) / DAY_MS;
    if (!(days >= policy.compress_after_days)) continue;
    const place = { id: record.id, folder };
    const problem = untouchable(item, ids);
    const due = days >= policy.remove_after_days;
    const why = problem ?? (due ? (unfinished(item) ?? needed.get(record.id) ?? null) : null);
    if (why !== null) plan.keep.push({ ...place, why });
    if (due && why === null && isSealed(record)) plan.remove.push(tombstone({ folder, record }));
    else if (problem === null && !item.compressed) plan.compress.push(place);
  }
  return plan;
}
