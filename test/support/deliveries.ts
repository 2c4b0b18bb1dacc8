import { createHash } from 'node:crypto';
import type { Delivery } from '../../src/core/control-plane/rows.ts';
import type { DeploymentPlan } from '../../src/core/deployment/plan.ts';
import type { EvidenceRecord, SealedRecord } from '../../src/core/evidence/record.ts';
import type { PromotionPlan } from '../../src/core/promotion/plan.ts';
import { sampleRecord } from './records.ts';

export const SHA = '0123456789abcdef0123456789abcdef01234567';
const OLD = 'f'.repeat(40);

/** A sealed record of a build as it goes to the control plane; the number makes it one of its own, a second later than the one before. */
export function delivery(number: number, extra: Partial<EvidenceRecord> = {}): Delivery {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + (number * 2 + seconds) * 1000).toISOString();
  const record: SealedRecord = {
    ...sampleRecord(number, { started_at: at(0), finished_at: at(1), ...extra }),
    hash: createHash('sha256').update(String(number)).digest('hex'),
  };
  return { record, folder: `web/docs/evidence/20260101-0800+0800/act-${number}` };
}

const MODULE = {
  module: 'ipai_loyalty',
  path: 'addons/ipai/ipai_loyalty',
  change: 'changed',
  old_version: '19.0.1.0.0',
  new_version: '19.0.1.1.0',
} as const;

export function promotion(
  number: number,
  environment: 'staging' | 'production',
  { sha = SHA, ...extra }: Partial<EvidenceRecord> & { sha?: string } = {},
): Delivery {
  const { started_at } = delivery(number).record;
  const plan: PromotionPlan = {
    act: 'promotion',
    environment,
    remote: 'origin',
    from: environment === 'production' ? 'main' : 'feature/points',
    to: environment === 'production' ? 'production' : 'main',
    from_sha: sha,
    to_sha: OLD,
    rules_sha: sha,
    method: 'fast-forward',
    by: 'push',
    pull_request: null,
    notices: [],
    merge_tree: null,
    emergency: null,
    nothing_to_do: false,
    commits: [{ ...(sampleRecord().plan as { commit: PromotionPlan['commits'][number] }).commit, sha }],
    authors: [{ name: 'Ana', commits: 1 }],
    modules: [MODULE],
    files: [],
    gates: [],
    blockers: [],
  };
  const gate = (name: string) => ({
    name,
    result: 'passed' as const,
    message: 'exit code 0',
    started_at,
    duration_ms: 5,
    log: `logs/gate-${name}.log`,
  });
  return delivery(number, {
    topic: `promote-${environment}`,
    plan,
    outcome: { act: 'promotion', sha, previous_sha: OLD, gates: [gate('linear-history'), gate('tests')] },
    ...extra,
  });
}

export function deployment(
  number: number,
  environment: 'staging' | 'production',
  { sha = SHA, ...extra }: Partial<EvidenceRecord> & { sha?: string } = {},
): Delivery {
  const { started_at } = delivery(number).record;
  const migration = {
    module: MODULE.module,
    old_version: MODULE.old_version,
    new_version: MODULE.new_version,
    script: 'migrations/19.0.1.1.0/pre-points.py',
  };
  const plan: DeploymentPlan = {
    act: 'deployment',
    environment,
    stage: environment,
    remote: 'origin',
    branch: environment === 'production' ? 'production' : 'main',
    sha,
    previous_sha: OLD,
    running_sha: OLD,
    rollback: false,
    commits: [],
    modules: [MODULE],
    migrations: [migration],
    url: 'https://www.example.com',
    timeout_ms: 60_000,
  };
  const check = (name: string) => ({ name, result: 'passed' as const, message: '200', checked_at: started_at, duration_ms: 12 });
  return delivery(number, {
    topic: `deploy-${environment}`,
    plan,
    outcome: {
      act: 'deployment',
      sha,
      previous_sha: OLD,
      migrations: [{ ...migration, duration_ms: 320 }],
      health: [check('http'), check('database'), check('login')],
    },
    ...extra,
  });
}
