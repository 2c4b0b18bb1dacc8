import type { EvidenceRecord } from './record.ts';

/** The newest of each group; of those that began in the same second, all. */
function newestOf(records: readonly EvidenceRecord[], groupOf: (record: EvidenceRecord) => string | null): EvidenceRecord[] {
  const newest = new Map<string, EvidenceRecord[]>();
  for (const record of records) {
    const group = groupOf(record);
    if (group === null) continue;
    const other = newest.get(group)?.[0];
    const order = other === undefined ? 1 : Date.parse(record.started_at) - Date.parse(other.started_at);
    if (order > 0) newest.set(group, [record]);
    else if (order === 0) newest.get(group)?.push(record);
  }
  return [...newest.values()].flat();
}

/** What an act left in an environment; null where nobody can say, or it left nothing. */
function ranBy({ plan, outcome, result }: EvidenceRecord): { environment: string; sha: string; passed: boolean } | null {
  if (plan.act !== 'promotion' && plan.act !== 'deployment') return null;
  if (outcome?.act !== plan.act || outcome.sha === null) return null;
  return { environment: plan.environment, sha: outcome.sha, passed: result === 'passed' };
}

/**
 * Records that are needed whatever their age, by id, with the reason: what tells of what runs now, what the checks of promotions
 * ask for, and the tombstones themselves.
 */
export function protectedRecords(records: readonly EvidenceRecord[]): Map<string, string> {
  const why = new Map<string, string>();
  const protect = (found: readonly EvidenceRecord[], reason: (environment: string) => string) => {
    for (const record of found) if (!why.has(record.id)) why.set(record.id, reason(ranBy(record)?.environment ?? ''));
    return found;
  };
  const passed = (act: 'promotion' | 'deployment') =>
    newestOf(records, (record) => {
      const ran = record.plan.act === act ? ranBy(record) : null;
      return ran?.passed === true ? ran.environment : null;
    });
  // A deployment that failed may have left its commit running all the same.
  const left = newestOf(records, (record) => (record.plan.act === 'deployment' ? (ranBy(record)?.environment ?? null) : null));
  const running = new Set(
    [
      ...protect(passed('deployment'), (environment) => `the last deployment of ${environment} that passed`),
      ...protect(left, (environment) => `tells what runs in ${environment}`),
      ...protect(passed('promotion'), (environment) => `the last promotion to ${environment}`),
    ].map((record) => ranBy(record)?.sha),
  );
  const builds = newestOf(records, ({ plan, result }) =>
    plan.act === 'build' && result === 'passed' && running.has(plan.commit.sha) ? plan.commit.sha : null,
  );
  protect(builds, () => 'the build of what runs');
  protect(
    records.filter(({ plan, result }) => plan.act === 'promotion' && plan.emergency !== null && result === 'passed'),
    () => 'says why production has commits of its own (§4.2)',
  );
  protect(
    records.filter(({ plan }) => plan.act === 'prune'),
    () => 'says what was removed',
  );
  return why;
}
