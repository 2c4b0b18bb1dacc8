import type { Delivery } from '../../core/control-plane/port.ts';

/** A row of `ops`, by column; the column names are the table's. */
export interface Row {
  table: 'builds' | 'promotions' | 'gate_results';
  key: readonly string[];
  values: Record<string, unknown>;
}

/** PostgreSQL's text holds neither NUL nor half a character; other people's words may. One such record must not hold up the rest. */
const storable = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'string' ? inner.replaceAll('\0', '\ufffd').replace(/\p{Surrogate}/gu, '\ufffd') : inner,
    ),
  ) as T;

/** The rows that a record becomes. The record's id is the key, so delivering it again changes nothing. */
export function rowsOf({ record: original, folder }: Delivery, clientId: string): Row[] {
  const record = storable(original);
  const common = {
    id: record.id,
    client_id: clientId,
    actor: record.actor,
    result: record.result,
    error: record.message,
    evidence_folder: folder,
    record_sha256: record.hash,
  };
  const finishedAt = record.finished_at ?? record.started_at;
  if (record.plan.act === 'build') {
    const { commit } = record.plan;
    const manifest = record.outcome?.act === 'build' ? record.outcome.manifest : null;
    return [
      {
        table: 'builds',
        key: ['id'],
        values: {
          ...common,
          sha: commit.sha,
          branch: manifest?.branch ?? null,
          message: manifest?.message ?? commit.subject,
          author: `${commit.author} <${commit.email}>`,
          committed_at: commit.committed_at,
          built_at: finishedAt,
          artifact_sha256: manifest?.artifact.sha256 ?? null,
          artifact_bytes: manifest?.artifact.bytes ?? null,
          image_digest: manifest?.image ?? null,
          dependencies: JSON.stringify(manifest?.dependencies ?? []),
          manifest: manifest === null ? null : JSON.stringify(manifest),
        },
      },
    ];
  }
  const { plan } = record;
  const outcome = record.outcome?.act === 'promotion' ? record.outcome : null;
  return [
    {
      table: 'promotions',
      key: ['id'],
      values: {
        ...common,
        environment: plan.environment,
        from_branch: plan.from,
        to_branch: plan.to,
        from_sha: plan.from_sha,
        sha: outcome?.sha ?? null,
        previous_sha: plan.to_sha,
        emergency_reason: plan.emergency?.reason ?? null,
        started_at: record.started_at,
        finished_at: finishedAt,
        modules: JSON.stringify(plan.modules),
      },
    },
    ...(outcome?.gates ?? []).map((gate): Row => ({
      table: 'gate_results',
      key: ['promotion_id', 'name'],
      values: {
        promotion_id: record.id,
        client_id: clientId,
        name: gate.name,
        result: gate.result,
        message: gate.message,
        started_at: gate.started_at,
        duration_ms: gate.duration_ms,
      },
    })),
  ];
}
