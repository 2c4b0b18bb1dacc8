import type { EvidenceRecord } from '../evidence/record.ts';
import type { Hash } from '../hash.ts';
import { derivedId } from '../metrics/metric.ts';
import type { Commit } from '../repository/commit.ts';
import type { Delivery, Rows } from './rows.ts';

/** A promotion of years of work would be a row of megabytes. The record on disk has them all. */
const MAX_COMMITS = 1000;

const commitTimes = (commits: readonly Commit[]) => commits.slice(0, MAX_COMMITS).map(({ sha, committed_at }) => ({ sha, committed_at }));

function common({ record, folder }: Delivery, client_id: string) {
  const { id, actor, result, message, hash } = record;
  return { client_id, id, actor, result, error: message, evidence_folder: folder, record_sha256: hash };
}

export const finishedAt = (record: EvidenceRecord): string => record.finished_at ?? record.started_at;
const duration = (record: EvidenceRecord): number => Math.max(0, Date.parse(finishedAt(record)) - Date.parse(record.started_at));

/** Rows of a build; none for another act, as with the two below. */
export function buildRows(delivery: Delivery, clientId: string): Rows {
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

export function promotionRows(delivery: Delivery, client_id: string): Rows {
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
        previous_sha: outcome?.previous_sha ?? plan.to_sha,
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

export function deploymentRows(delivery: Delivery, client_id: string, hash: Hash): Rows {
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
        started: outcome !== null,
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
