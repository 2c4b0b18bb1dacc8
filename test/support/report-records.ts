import type { HealthCheck } from '../../src/core/deployment/plan.ts';
import type { EvidenceRecord } from '../../src/core/evidence/record.ts';
import type { GateResult } from '../../src/core/gates/gate.ts';
import { isoInZone } from '../../src/core/time.ts';
import { sampleRecord } from './records.ts';

export const START = '2026-03-03T14:00:00+08:00';
const shaOf = (number: number): string => number.toString(16).padStart(40, 'a');

const after = (time: string, minutes: number): string => isoInZone(new Date(Date.parse(time) + minutes * 60_000), 'Asia/Manila');

interface Facts {
  number?: number;
  result?: EvidenceRecord['result'];
  message?: string | null;
  environment?: 'staging' | 'production';
  started_at?: string;
  /** How long it took. */
  minutes?: number;
  commits?: readonly { sha: string; committed_at: string }[];
}

function timed({ number = 1, result = 'passed', message = null, started_at = START, minutes = 1 }: Facts): Partial<EvidenceRecord> {
  return { topic: 'topic', result, message, started_at, finished_at: after(started_at, minutes), id: sampleRecord(number).id };
}

const commitsOf = ({ commits = [] }: Facts) =>
  commits.map(({ sha, committed_at }) => ({
    sha,
    parents: [],
    author: 'Ana',
    email: 'ana@example.com',
    authored_at: committed_at,
    committed_at,
    subject: 'Work',
  }));

/** An unsealed record of a deployment. */
export function deploymentRecord(
  facts: Facts & {
    rollback?: boolean;
    health?: readonly Pick<HealthCheck, 'name' | 'result' | 'duration_ms'>[];
    previous?: string | null;
    steps?: EvidenceRecord['steps'];
  } = {},
): EvidenceRecord {
  const { number = 1, environment = 'production', result = 'passed', started_at = START, minutes = 1 } = facts;
  const previous_sha = facts.previous === undefined ? shaOf(0) : facts.previous;
  return sampleRecord(number, {
    ...timed(facts),
    topic: `deploy-${environment}`,
    steps: facts.steps ?? [],
    plan: {
      act: 'deployment',
      environment,
      stage: environment,
      remote: 'origin',
      branch: environment === 'production' ? 'production' : 'main',
      sha: shaOf(number),
      previous_sha,
      running_sha: previous_sha,
      rollback: facts.rollback ?? false,
      commits: commitsOf(facts),
      modules: [
        {
          module: 'ipai_loyalty',
          path: 'addons/ipai/ipai_loyalty',
          change: 'changed',
          old_version: '19.0.1.0.0',
          new_version: '19.0.1.1.0',
        },
      ],
      migrations: [],
      url: 'https://odoo.example.com',
      timeout_ms: 1_800_000,
    },
    outcome: {
      act: 'deployment',
      sha: result === 'passed' ? shaOf(number) : null,
      previous_sha,
      migrations: [],
      health: (facts.health ?? []).map((check) => ({ ...check, message: `${check.name} said`, checked_at: after(started_at, minutes) })),
    },
  });
}

/** An unsealed record of a promotion to production. */
export function promotionRecord(
  facts: Facts & { gates?: readonly Pick<GateResult, 'name' | 'result' | 'duration_ms'>[] } = {},
): EvidenceRecord {
  const { number = 1, result = 'passed', started_at = START } = facts;
  return sampleRecord(number, {
    ...timed(facts),
    topic: 'promote-main-production',
    plan: {
      act: 'promotion',
      environment: 'production',
      remote: 'origin',
      from: 'main',
      to: 'production',
      from_sha: shaOf(number),
      to_sha: shaOf(0),
      method: 'fast-forward',
      by: 'push',
      pull_request: null,
      notices: [],
      merge_tree: null,
      emergency: null,
      nothing_to_do: false,
      commits: commitsOf(facts),
      authors: [],
      modules: [],
      files: [],
      rules_sha: shaOf(0),
      gates: [],
      blockers: [],
    },
    outcome: {
      act: 'promotion',
      sha: result === 'passed' ? shaOf(number) : null,
      previous_sha: shaOf(0),
      gates: (facts.gates ?? []).map((gate) => ({ ...gate, message: `${gate.name} said`, started_at, log: `logs/gate-${gate.name}.log` })),
    },
  });
}
