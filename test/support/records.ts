import type { EvidenceRecord } from '../../src/core/evidence/record.ts';

const SHA = '0123456789abcdef0123456789abcdef01234567';

/** An unsealed record of a build; the number makes it one of its own. */
export function sampleRecord(number = 0, extra: Partial<EvidenceRecord> = {}): EvidenceRecord {
  const commit = {
    sha: SHA,
    parents: [],
    author: 'Ana',
    email: 'ana@example.com',
    authored_at: '2026-01-01T08:00:00+08:00',
    committed_at: '2026-01-01T08:00:00+08:00',
    subject: 'Start',
  };
  return {
    format: 'odoo-ops-record/1',
    id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    topic: 'build-main',
    result: 'passed',
    message: null,
    started_at: '2026-01-01T08:00:00+08:00',
    finished_at: '2026-01-01T08:00:01+08:00',
    actor: 'Ana',
    process: { host: 'host', pid: 1, version: '0.1.0' },
    plan: { act: 'build', revision: 'main', commit, verify: false },
    steps: [],
    outcome: null,
    files: [],
    previous: [],
    hash: null,
    ...extra,
  };
}
