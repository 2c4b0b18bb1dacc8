import { DAY_MS } from '../config/duration.ts';
import type { Hash, Sha256 } from '../hash.ts';
import type { FoundRecord } from './chain.ts';
import type { Tombstone } from './prune.ts';
import { isUnchanged, type EvidenceRecord } from './record.ts';

/** A clock may have been set back between the plan of a prune and the start of its record. */
const GRACE_MS = 3_600_000;

export interface Tombstones {
  /** By the hash of the record that is gone; `by` is the folder of the prune record. */
  inForce: Map<Sha256, Tombstone & { by: string }>;
  /** Of records that were too young to be removed: no prune writes such. */
  impossible: (Tombstone & { by: string })[];
}

/**
 * The tombstones that count: those of prune records that passed and are as they were sealed. A changed one counts for nothing, so
 * the records that it names are missing.
 */
export function tombstonesOf(found: readonly Pick<FoundRecord, 'folder' | 'record' | 'content' | 'exact'>[], hash: Hash): Tombstones {
  const tombstones: Tombstones = { inForce: new Map(), impossible: [] };
  for (const item of found) {
    const { record, folder: by } = item;
    const { plan } = record;
    if (plan.act !== 'prune' || record.result !== 'passed' || !isUnchanged(item, hash)) continue;
    const latest = Date.parse(record.started_at) - plan.remove_after_days * DAY_MS + GRACE_MS;
    for (const tombstone of plan.remove) {
      if (Date.parse(tombstone.started_at) <= latest) tombstones.inForce.set(tombstone.hash, { ...tombstone, by });
      else tombstones.impossible.push({ ...tombstone, by });
    }
  }
  return tombstones;
}

/** True where a tombstone says of a record what the record says of itself. */
export function standsFor(inForce: Tombstones['inForce'], { id, hash, previous, started_at }: EvidenceRecord): boolean {
  const stone = hash === null ? undefined : inForce.get(hash);
  return stone?.id === id && stone.started_at === started_at && stone.previous.join() === previous.join();
}
