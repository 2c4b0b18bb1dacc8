import type { EvidenceRecord, SealedRecord } from '../evidence/record.ts';
import type { Hash } from '../hash.ts';
import { derivedId } from '../metrics/metric.ts';
import { recordMetrics } from '../metrics/record-metrics.ts';
import type { Commit } from '../repository/commit.ts';
import type { ModuleChange } from '../repository/module.ts';
import { activitySchema, type Activity } from './questions.ts';
import type { RowOf, TableName } from './tables.ts';

/** A record and where it lies, as it goes to the control plane. */
export interface Delivery {
  record: SealedRecord;
  /** Evidence folder from the root of the repository. */
  folder: string;
}

/** Rows of `ops`, by table. */
export type Rows = { readonly [Name in TableName]?: readonly RowOf<Name>[] };

/** A promotion of years of work would be a row of megabytes. The record on disk has them all. */
const MAX_COMMITS = 1000;

const commitTimes = (commits: readonly Commit[]) => commits.slice(0, MAX_COMMITS).map(({ sha, committed_at }) => ({ sha, committed_at }));

/** PostgreSQL's text holds neither NUL nor half a character; other people's words may. One such record must not hold up the rest. */
export const storableText = (text: string): string => text.replaceAll('\0', '\ufffd').replace(/\p{Surrogate}/gu, '\ufffd');

function storable<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? storableText(inner) : inner))) as T;
}

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
    default:
      return { environment: null, sha: null, modules: [] };
  }
}

function common({ record, folder }: Delivery, client_id: string) {
  const { id, actor, result, message, hash } = record;
  return { client_id, id, actor, result, error: message, evidence_folder: folder, record_sha256: hash };
}

const finishedAt = (record: EvidenceRecord): string => record.finished_at ?? record.started_at;
const duration = (record: EvidenceRecord): number => Math.max(0, Date.parse(finishedAt(record)) - Date.parse(record.started_at));

function buildRows(delivery: Delivery, clientId: string): Rows {
  const { record } = delivery;
  const { plan, outcome } = record;
  if (plan.act !== 'build') return {};
  const { commit } = plan;
  const manifest = outcome?.act === 'build' ? outcome.manifest : null;
  return {
    builds: [
      {
        ...common(delivery, clientId),
        sha: commit.sha,
        branch: manifest?.branch ?? null,
        message: manifest?.message ?? commit.subject,
        author: `${commit.author} <${commit.email}>`,
        committed_at: commit.committed_at,
        built_at: finishedAt(record),
        duration_ms: duration(record),
        artifact_sha256: manifest?.artifact.sha256 ?? null,
        artifact_bytes: manifest?.artifact.bytes ?? null,
        image_digest: manifest?.image ?? null,
        dependencies: manifest?.dependencies ?? [],
        manifest,
      },
    ],
  };
}

function promotionRows(delivery: Delivery, client_id: string): Rows {
  const { record } = delivery;
  const { plan } = record;
  if (plan.act !== 'promotion') return {};
  const outcome = record.outcome?.act === 'promotion' ? record.outcome : null;
  return {
    promotions: [
      {
        ...common(delivery, client_id),
        environment: plan.environment,
        from_branch: plan.from,
        to_branch: plan.to,
        from_sha: plan.from_sha,
        sha: outcome?.sha ?? null,
        previous_sha: plan.to_sha,
        emergency_reason: plan.emergency?.reason ?? null,
        commits: commitTimes(plan.commits),
        modules: plan.modules,
        started_at: record.started_at,
        finished_at: finishedAt(record),
      },
    ],
    gate_results: (outcome?.gates ?? []).map(({ name, result, message, started_at, duration_ms }) => ({
      client_id,
      promotion_id: record.id,
      name,
      result,
      message,
      started_at,
      duration_ms,
    })),
  };
}

function deploymentRows(delivery: Delivery, client_id: string, hash: Hash): Rows {
  const { record } = delivery;
  const { plan } = record;
  if (plan.act !== 'deployment') return {};
  const outcome = record.outcome?.act === 'deployment' ? record.outcome : null;
  const { environment, stage, branch, url } = plan;
  return {
    deployments: [
      {
        ...common(delivery, client_id),
        environment,
        stage,
        branch,
        sha: plan.sha,
        running_sha: outcome?.sha ?? null,
        previous_sha: plan.previous_sha,
        rollback: plan.rollback,
        commits: commitTimes(plan.commits),
        modules: plan.modules,
        url,
        started_at: record.started_at,
        deployed_at: finishedAt(record),
      },
    ],
    migrations: (outcome?.migrations ?? []).map((migration, position) => ({ client_id, deployment_id: record.id, position, ...migration })),
    health_checks: (outcome?.health ?? []).map((check) => ({
      client_id,
      id: derivedId(hash, record.id, 'health', check.name),
      environment,
      deployment_id: record.id,
      ...check,
    })),
    environments: [
      {
        client_id,
        id: record.id,
        name: environment,
        stage,
        branch,
        url,
        settings: { remote: plan.remote, timeout_ms: plan.timeout_ms },
        actor: record.actor,
        recorded_at: finishedAt(record),
      },
    ],
  };
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
    metrics: recordMetrics(record).map((metric, index) => ({
      client_id,
      id: derivedId(hash, id, 'metric', metric.name, index),
      evidence_id: id,
      ...metric,
    })),
  };
}
