import * as z from 'zod';

/**
 * What we write into each table of schema `ops`, by column. The migrations are the definition; a live schema is compared with these
 * before anything is written, and a test compares both.
 */
const id = z.uuid();
/** As PostgreSQL's JSON gives it: ISO 8601 with an offset. */
const time = z.string();
const text = z.string();
const words = z.string().nullable();
const json = z.json();
const milliseconds = z.int();
const resultSchema = z.enum(['passed', 'failed', 'refused', 'cancelled', 'interrupted']);
const answerSchema = z.enum(['passed', 'failed', 'inconclusive']);

const owner = { client_id: text };
const act = { ...owner, id, actor: text, result: resultSchema, error: words };
const origin = { evidence_folder: text, record_sha256: text };

export const TABLES = {
  evidence: z.object({
    ...act,
    act: text,
    topic: text,
    environment: words,
    sha: words,
    modules: z.array(text),
    started_at: time,
    finished_at: time,
    folder: text,
    record_sha256: text,
    previous: z.array(text),
  }),
  evidence_modules: z.object({ ...owner, evidence_id: id, module: text, finished_at: time }),
  evidence_files: z.object({ ...owner, evidence_id: id, path: text, sha256: text, bytes: z.int() }),
  builds: z.object({
    ...act,
    sha: text,
    branch: words,
    message: text,
    author: text,
    committed_at: time,
    built_at: time,
    duration_ms: milliseconds,
    artifact_sha256: words,
    artifact_bytes: z.int().nullable(),
    image_digest: words,
    dependencies: json,
    manifest: json,
    ...origin,
  }),
  promotions: z.object({
    ...act,
    environment: text,
    from_branch: text,
    to_branch: text,
    from_sha: text,
    sha: words,
    previous_sha: text,
    emergency_reason: words,
    commits: json,
    modules: json,
    started_at: time,
    finished_at: time,
    ...origin,
  }),
  gate_results: z.object({
    ...owner,
    promotion_id: id,
    name: text,
    result: answerSchema,
    message: text,
    started_at: time,
    duration_ms: milliseconds,
  }),
  deployments: z.object({
    ...act,
    environment: text,
    stage: text,
    branch: text,
    sha: text,
    started: z.boolean(),
    running_sha: words,
    previous_sha: words,
    rollback: z.boolean(),
    commits: json,
    modules: json,
    url: words,
    started_at: time,
    deployed_at: time,
    ...origin,
  }),
  migrations: z.object({
    ...owner,
    deployment_id: id,
    position: z.int(),
    module: text,
    old_version: words,
    new_version: text,
    script: words,
    duration_ms: milliseconds.nullable(),
  }),
  health_checks: z.object({
    ...owner,
    id,
    environment: text,
    deployment_id: id.nullable(),
    name: text,
    result: answerSchema,
    message: text,
    checked_at: time,
    duration_ms: milliseconds,
  }),
  environments: z.object({
    ...owner,
    id,
    name: text,
    stage: text,
    branch: text,
    url: words,
    settings: json,
    actor: text,
    recorded_at: time,
  }),
  /** What is told of an environment at a moment: what is left out stays as it is. `ops.tell_pull_request_environment` makes rows of it. */
  pull_request_environments: z.object({
    ...owner,
    id,
    number: z.int(),
    title: words.optional(),
    branch: words.optional(),
    host: words.optional(),
    url: words.optional(),
    engine: z.enum(['docker', 'process']).nullable().optional(),
    sha: words.optional(),
    state: z.enum(['requested', 'building', 'waiting', 'running', 'sleeping', 'failed', 'removing', 'removed']),
    verdict: z.enum(['green', 'yellow', 'red']).nullable().optional(),
    lines: z.array(text).optional(),
    message: words,
    expires_at: time.nullable().optional(),
    updated_at: time,
    evidence_id: id.nullable(),
  }),
  logs: z.object({ ...owner, evidence_id: id, name: text, part: z.int(), content: text }),
  metrics: z.object({
    ...owner,
    id,
    name: text,
    unit: text,
    value: z.number(),
    attributes: json,
    recorded_at: time,
    evidence_id: id.nullable(),
  }),
} as const;

export type TableName = keyof typeof TABLES;
export type RowOf<Name extends TableName> = z.infer<(typeof TABLES)[Name]>;
