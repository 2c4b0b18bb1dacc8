import type { EvidenceRecord, SealedRecord } from '../evidence/record.ts';
import type { Hash } from '../hash.ts';
import { derivedId } from '../metrics/metric.ts';
import { recordMetrics } from '../metrics/record-metrics.ts';
import type { ModuleChange } from '../repository/module.ts';
import { buildRows, deploymentRows, finishedAt, promotionRows } from './act-rows.ts';
import { environmentChanges } from './environment-changes.ts';
import { activitySchema, type Activity } from './questions.ts';
import { storable } from './storable.ts';
import type { RowOf, TableName } from './tables.ts';

/** A record and where it lies, as it goes to the control plane. */
export interface Delivery {
  record: SealedRecord;
  /** Evidence folder from the root of the repository. */
  folder: string;
}

/** Rows of `ops`, by table. */
export type Rows = { readonly [Name in TableName]?: readonly RowOf<Name>[] };

/** The Odoo modules, the environment and the commit that an act was about: what people look for it by. */
function subject({ plan, outcome }: EvidenceRecord): { environment: string | null; sha: string | null; modules: readonly ModuleChange[] } {
  switch (plan.act) {
    case 'build':
      return { environment: null, sha: plan.commit.sha, modules: [] };
    case 'promotion': {
      const sha = outcome?.act === 'promotion' ? outcome.sha : null;
      return { environment: plan.environment, sha: sha ?? plan.from_sha, modules: plan.modules };
    }
    case 'deployment':
      return { environment: plan.environment, sha: plan.sha, modules: plan.modules };
    case 'pr-environment':
      return { environment: `pr-${plan.number}`, sha: plan.sha, modules: plan.modules };
    default:
      return { environment: null, sha: null, modules: [] };
  }
}

/** The row of `evidence`: the act in short. */
function evidenceRow({ record, folder }: Delivery, client_id: string): RowOf<'evidence'> {
  const { environment, sha, modules } = subject(record);
  const { id, topic, actor, result, message, started_at, previous } = record;
  return {
    client_id,
    id,
    act: record.plan.act,
    topic,
    environment,
    sha,
    modules: modules.map(({ module }) => module),
    actor,
    result,
    error: message,
    started_at,
    finished_at: finishedAt(record),
    folder,
    record_sha256: record.hash,
    previous,
  };
}

/** An act as the control plane would answer it, from its record; one that is not sealed yet has no hash. */
export function activityOf(record: EvidenceRecord, folder: string): Activity {
  return activitySchema.parse(evidenceRow({ record: { ...record, hash: record.hash ?? '' }, folder }, ''));
}

/**
 * The rows that a record becomes, all to be written at once. Every key is made from the record and the owner, so delivering it again
 * changes nothing.
 */
export function rowsOf(original: Delivery, client_id: string, hash: Hash): Rows {
  const delivery: Delivery = { ...original, record: storable(original.record) };
  const { record } = delivery;
  const { id } = record;
  return {
    evidence: [evidenceRow(delivery, client_id)],
    evidence_modules: subject(record).modules.map(({ module }) => ({
      client_id,
      evidence_id: id,
      module,
      finished_at: finishedAt(record),
    })),
    evidence_files: record.files.map(({ path, sha256, bytes }) => ({ client_id, evidence_id: id, path, sha256, bytes })),
    ...buildRows(delivery, client_id),
    ...promotionRows(delivery, client_id),
    ...deploymentRows(delivery, client_id, hash),
    pull_request_environments: environmentChanges(record, client_id, hash),
    metrics: recordMetrics(record).map((metric, index) => ({
      client_id,
      id: derivedId(hash, id, 'metric', metric.name, index),
      evidence_id: id,
      ...metric,
    })),
  };
}
