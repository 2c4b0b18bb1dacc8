import { isoInZone } from '../time.ts';
import type { Schedule } from './kinds.ts';

/** True at a moment of the cron expression that the schedule's hour, in the time zone, lets through. */
export const isDue = ({ hour }: Pick<Schedule, 'hour'>, at: Date, timeZone: string): boolean =>
  hour === undefined || Number(isoInZone(at, timeZone).slice(11, 13)) === hour;
