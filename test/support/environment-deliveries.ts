import type { Delivery } from '../../src/core/control-plane/rows.ts';
import type { EvidenceRecord } from '../../src/core/evidence/record.ts';
import type { EnvironmentOutcome, EnvironmentPlan, SweepOutcome, ThingNote } from '../../src/core/pr-environments/plan.ts';
import { delivery, SHA } from './deliveries.ts';

export const EXPIRES = '2026-01-15T00:00:00.000Z';

export const environmentPlan = (pr: number, extra: Partial<EnvironmentPlan> = {}): EnvironmentPlan => ({
  act: 'pr-environment',
  action: 'up',
  stage: 'staging',
  number: pr,
  title: 'Loyalty points',
  pull_request_url: `https://github.com/acme/odoo/pull/${pr}`,
  branch: 'feature/points',
  sha: SHA,
  fork: false,
  approved_by: null,
  host: `pr-${pr}-points.dev.example.com`,
  url: `https://pr-${pr}-points.dev.example.com`,
  name: `odoo-ops-acme-pr-${pr}`,
  database: `odoo_ops_acme_pr_${pr}`,
  engine: 'docker',
  lacks: [],
  template: { name: 'staging', database: 'odoo_ops_acme_template', sha: SHA },
  modules: [
    {
      module: 'ipai_loyalty',
      path: 'addons/ipai/ipai_loyalty',
      change: 'changed',
      old_version: '19.0.1.0.0',
      new_version: '19.0.1.1.0',
    },
  ],
  egress: [],
  access: 'basic',
  replaces_sha: null,
  ...extra,
});

export const environmentOutcome = (extra: Partial<EnvironmentOutcome> = {}): EnvironmentOutcome => ({
  act: 'pr-environment',
  state: 'running',
  verdict: 'green',
  lines: [],
  fallback: false,
  image: { id: 'sha256:abc', base: 'odoo@sha256:def' },
  database: { strategy: 'file_copy', bytes: 70_000_000 },
  neutralisation: { odoo_sql_sha256: 'a'.repeat(64), own_sql_sha256: 'b'.repeat(64), asked: ['crons', 'mail'], problems: [] },
  uncovered: [],
  removed: [],
  expires_at: EXPIRES,
  ...extra,
});

/** A sealed record of `pr up`. */
export const environmentUp = (
  number: number,
  pr: number,
  {
    plan = {},
    outcome = {},
    ...extra
  }: Partial<Omit<EvidenceRecord, 'plan' | 'outcome'>> & {
    plan?: Partial<EnvironmentPlan>;
    outcome?: Partial<EnvironmentOutcome> | null;
  } = {},
): Delivery =>
  delivery(number, {
    topic: `pr-${pr}`,
    plan: environmentPlan(pr, plan),
    outcome: outcome && environmentOutcome(outcome),
    ...extra,
  });

const NOTE: ThingNote = { kind: 'container', part: 'odoo', name: 'odoo-ops-acme-pr-12', reason: 'asked for' };

/** A sealed record of `pr down`. */
export const environmentDown = (number: number, pr: number, extra: Partial<EvidenceRecord> = {}): Delivery =>
  delivery(number, {
    topic: `pr-${pr}`,
    plan: environmentPlan(pr, { action: 'down', sha: null, modules: [], template: null }),
    outcome: environmentOutcome({
      state: 'removed',
      verdict: null,
      image: null,
      database: null,
      neutralisation: null,
      removed: [NOTE],
      expires_at: null,
    }),
    ...extra,
  });

/** A sealed record of a sweep. */
export const swept = (number: number, outcome: Partial<SweepOutcome>, extra: Partial<EvidenceRecord> = {}): Delivery =>
  delivery(number, {
    topic: 'sweep',
    plan: { act: 'sweep', project: 'acme', open: [7], reclaim: [NOTE] },
    outcome: { act: 'sweep', removed: [NOTE], kept: [], gone: [], ...outcome },
    ...extra,
  });
