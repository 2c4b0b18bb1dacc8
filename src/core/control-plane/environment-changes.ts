import type * as z from 'zod';
import type { EvidenceRecord } from '../evidence/record.ts';
import type { Hash } from '../hash.ts';
import { derivedId } from '../metrics/metric.ts';
import type { EnvironmentOutcome, EnvironmentPlan } from '../pr-environments/plan.ts';
import { finishedAt } from './act-rows.ts';
import { compareTimes } from './time-order.ts';
import type { RowOf } from './tables.ts';
import type { environmentRow } from './environment-questions.ts';

/** What somebody says of a PR environment at a moment. Columns that it does not name stay as they are. */
export type EnvironmentChange = RowOf<'pull_request_environments'>;
export type EnvironmentRow = z.infer<typeof environmentRow>;

/** When it was last known to go on: a record that others settled says nothing of the time between. */
function toldAt(record: EvidenceRecord): string {
  if (record.result !== 'interrupted') return finishedAt(record);
  const ends = record.steps.map(({ started_at, duration_ms }) => Date.parse(started_at) + (duration_ms ?? 0));
  return new Date(Math.max(Date.parse(record.started_at), ...ends)).toISOString();
}

function whose(plan: EnvironmentPlan) {
  const { number, title, branch, host, url, engine } = plan;
  // What is taken down may be of a pull request that nobody was asked about.
  return { number, ...(title === '' ? {} : { title }), ...(branch === '' ? {} : { branch, host, url }), engine };
}

/** True where an act that came to nothing had begun to replace what was there. */
export const hasReplaced = ({ steps }: Pick<EvidenceRecord, 'steps'>): boolean => steps.some(({ name }) => name === 'replace');

function endOf(record: EvidenceRecord, plan: EnvironmentPlan, outcome: EnvironmentOutcome | null) {
  const { message } = record;
  if (plan.action === 'down')
    return outcome?.state === 'removed' ? { state: 'removed' as const, message: null } : { state: 'failed' as const, message };
  // It came to nothing before anything was changed: the commit before runs on.
  if (!outcome && plan.replaces_sha !== null && !hasReplaced(record)) return { state: 'running' as const, sha: plan.replaces_sha, message };
  const { state = 'failed', verdict = null, lines = [], expires_at = null, url } = outcome ?? {};
  const bad = state === 'failed' || (verdict !== null && verdict !== 'green');
  return {
    state,
    sha: plan.sha,
    ...(url === undefined ? {} : { url }),
    verdict: state === 'failed' ? ('red' as const) : verdict,
    lines,
    expires_at,
    message: bad ? (message ?? lines[0] ?? null) : null,
  };
}

/** What a record says of PR environments: nothing, but for those acts that are about them. */
export function environmentChanges(record: EvidenceRecord, client_id: string, hash: Hash): EnvironmentChange[] {
  const { id, plan, outcome } = record;
  const about = { client_id, updated_at: toldAt(record), evidence_id: id };
  if (plan.act === 'pr-environment') {
    const end = endOf(record, plan, outcome?.act === 'pr-environment' ? outcome : null);
    return [{ ...about, id, ...whose(plan), ...end }];
  }
  if (plan.act !== 'sweep' || outcome?.act !== 'sweep') return [];
  return outcome.gone.map((number) => ({
    ...about,
    id: derivedId(hash, id, 'environment', number),
    number,
    state: 'removed' as const,
    message: 'A sweep took it away.',
  }));
}

/** What an act that has just begun says. Its record will say what came of it. */
export function environmentCourse(
  { id, started_at }: Pick<EvidenceRecord, 'id' | 'started_at'>,
  plan: EnvironmentPlan,
  client_id: string,
): EnvironmentChange {
  const state = plan.action === 'down' ? 'removing' : 'building';
  const course = { client_id, id, ...whose(plan), state, message: null, updated_at: started_at, evidence_id: id } as const;
  return plan.action === 'down' ? course : { ...course, sha: plan.sha };
}

/** How environments stand on the host that has them. */
export interface HostFacts {
  /** By the number of the pull request; also of those of which no more than a part is left. */
  here: ReadonlyMap<number, 'running' | 'sleeping' | 'parts'>;
  open: ReadonlySet<number>;
  /** When the host was looked at (ISO 8601): what was told since is newer. */
  at: string;
}

type News = Pick<EnvironmentChange, 'number' | 'state' | 'message'>;

/** What nobody told, because it needs no act or its act was never heard of: fallen asleep, woken, or gone with its pull request. */
export function hostNews(rows: readonly EnvironmentRow[], { here, open, at }: HostFacts): News[] {
  return rows.flatMap(({ number, state, message, updated_at }): News[] => {
    if (compareTimes(updated_at, at) >= 0) return [];
    const found = here.get(number);
    if (found === undefined) return open.has(number) ? [] : [{ number, state: 'removed', message: 'A sweep found nothing left of it.' }];
    if (found === 'running' && (state === 'sleeping' || state === 'waiting')) return [{ number, state: 'running', message }];
    return found === 'sleeping' && state === 'running' ? [{ number, state: 'sleeping', message }] : [];
  });
}
