import { dayInZone } from '../time.ts';
import type { Activity } from './questions.ts';

/** Acts of one day. */
export interface Day {
  /** `2026-03-03`, in the zone of the evidence. */
  day: string;
  items: readonly Activity[];
}

/** Divides acts by the day on which they ended; the order stays. */
export function byDay(items: readonly Activity[], timeZone: string): Day[] {
  const days = new Map<string, Activity[]>();
  for (const item of items) {
    const day = dayInZone(new Date(item.finished_at), timeZone);
    const known = days.get(day);
    if (known) known.push(item);
    else days.set(day, [item]);
  }
  return [...days].map(([day, found]) => ({ day, items: found }));
}
