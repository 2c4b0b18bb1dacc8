import type { SealedRecord } from '../evidence/record.ts';
import type { LastPromotion } from '../environments/overview.ts';

/** A record and where it lies, as it goes to the control plane. */
export interface Delivery {
  record: SealedRecord;
  /** Evidence folder from the root of the repository. */
  folder: string;
}

/** The record of how the platform operated (§2.2): schema `ops` behind Supabase or any PostgreSQL. */
export interface ControlPlane {
  /**
   * Writes each record once and only once, in order: a record that is there already is left alone.
   * @throws OpsError `unreachable`
   */
  deliver: (deliveries: readonly Delivery[]) => Promise<void>;
  /** Ids of those records that the control plane holds already. */
  known: (ids: readonly string[]) => Promise<Set<string>>;
  /** The last passed promotion of each environment. */
  lastPromotions: () => Promise<LastPromotion[]>;
}
