import { DAY_MS } from '../config/duration.ts';
import type { Change } from './changes.ts';
import { median, percentile } from './statistics.ts';

export interface ReportWindow {
  environment: string;
  /** Milliseconds since 1970; the end itself is not within. */
  from: number;
  to: number;
  /** What the changes were made from. */
  counted: 'deployments' | 'promotions';
}

export type Band = 'elite' | 'high' | 'medium' | 'low';

/** The four measures of DORA. Durations are in seconds; null where there is nothing to measure. */
export interface Dora {
  environment: string;
  /** ISO 8601 in UTC. */
  from: string;
  to: string;
  days: number;
  counted: 'deployments' | 'promotions';
  deployment_frequency: { deployments: number; per_day: number; per_week: number; band: Band | null };
  lead_time: { commits: number; median_s: number | null; p90_s: number | null; clamped: number };
  change_failure_rate: { tried: number; failed: number; interrupted: number; rolled_back: number; rate: number | null };
  time_to_restore: { restored: number; median_s: number | null; open: { id: string; since: string } | null };
  /** Deployments whose end lies after now: the clock of another machine. They are in none of the numbers. */
  in_future: number;
}

/** Several a day · one a day to one a week · to one a month · less. */
function bandOf(perDay: number): Band | null {
  if (perDay === 0) return null;
  return perDay >= 1 ? 'elite' : perDay >= 1 / 7 ? 'high' : perDay >= 1 / 30 ? 'medium' : 'low';
}

/** What each commit waited until a deployment that passed brought it; a commit counts with the first of them. */
function leadTimes(changes: readonly Change[], within: (change: Change) => boolean): number[] {
  const seen = new Set<string>();
  const times: number[] = [];
  for (const change of changes.filter(({ result, rollback }) => result === 'passed' && !rollback)) {
    for (const { sha, committed_at } of change.commits) {
      if (seen.has(sha)) continue;
      seen.add(sha);
      if (within(change)) times.push(change.ended_at - committed_at);
    }
  }
  return times;
}

type Judged = Change & { failure: 'failed' | 'interrupted' | 'rolled_back' | null };

/** A deployment failed by its own result, or because the next one went back. */
const judged = (changes: readonly Change[]): Judged[] =>
  changes.map((change, index) => ({
    ...change,
    failure: change.result !== 'passed' ? change.result : changes[index + 1]?.rollback === true ? 'rolled_back' : null,
  }));

/** From the first failure in a row to the next deployment that passed: what fails meanwhile belongs to the same trouble. */
function incidents(changes: readonly Judged[]): { id: string; began: number; ended: number | null }[] {
  const found: { id: string; began: number; ended: number | null }[] = [];
  for (const { id, result, failure, ended_at } of changes) {
    const last = found.at(-1);
    const open = last?.ended === null ? last : undefined;
    if (open && result === 'passed') open.ended = ended_at;
    // One that passed and was rolled back ends the trouble before it, and begins another.
    if (failure !== null && (!open || result === 'passed')) found.push({ id, began: ended_at, ended: null });
  }
  return found;
}

const iso = (time: number): string => new Date(time).toISOString();

/**
 * The four measures, of the changes that ended within a window. Changes from outside the window help: those before it say what is new
 * in it, those after it whether a rollback followed.
 * @param changes oldest first
 */
export function dora(changes: readonly Change[], { environment, from, to, counted }: ReportWindow): Dora {
  const within = ({ ended_at }: { ended_at: number }) => ended_at >= from && ended_at < to;
  const all = judged(changes);
  const tried = all.filter(within);
  const days = (to - from) / DAY_MS;
  const passed = tried.filter(({ result }) => result === 'passed').length;
  const lead = leadTimes(changes, within);
  const waits = lead.map((wait) => Math.max(0, wait) / 1000);
  const of = (failure: Judged['failure']) => tried.filter((change) => change.failure === failure).length;
  const [failed, interrupted, rolled_back] = [of('failed'), of('interrupted'), of('rolled_back')];
  const troubles = incidents(all).filter(({ began }) => within({ ended_at: began }));
  const restored = troubles.flatMap(({ began, ended }) => (ended === null ? [] : [(ended - began) / 1000]));
  const open = troubles.find(({ ended }) => ended === null);
  const perDay = days > 0 ? passed / days : 0;
  return {
    environment,
    from: iso(from),
    to: iso(to),
    days,
    counted,
    deployment_frequency: { deployments: passed, per_day: perDay, per_week: days > 0 ? (passed * 7) / days : 0, band: bandOf(perDay) },
    lead_time: {
      commits: waits.length,
      median_s: median(waits),
      p90_s: percentile(waits, 0.9),
      clamped: lead.filter((wait) => wait < 0).length,
    },
    change_failure_rate: {
      tried: tried.length,
      failed,
      interrupted,
      rolled_back,
      rate: tried.length === 0 || counted === 'promotions' ? null : (failed + interrupted + rolled_back) / tried.length,
    },
    time_to_restore: {
      restored: restored.length,
      median_s: median(restored),
      open: open ? { id: open.id, since: iso(open.began) } : null,
    },
    in_future: changes.filter(({ ended_at }) => ended_at >= to).length,
  };
}
