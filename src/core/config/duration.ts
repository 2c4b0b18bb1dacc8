import * as z from 'zod';

export const DAY_MS = 86_400_000;

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS } as const;

// The longest that a timer of Node.js can be: one that is asked for more fires at once.
const LONGEST = 2 ** 31 - 1;

/** A duration such as `90s`, `10m` or `1h` in YAML; milliseconds in the program. */
export const durationSchema = z
  .string()
  .regex(/^\d+(ms|s|m|h|d)$/, { error: 'Expected a duration such as 90s, 10m or 1h.', abort: true })
  .refine((duration) => milliseconds(duration) <= LONGEST, 'Expected at most 24d.')
  .meta({ description: 'A duration such as 90s, 10m or 1h.', examples: ['90s', '10m', '1h'] });

/** Milliseconds of a text that `durationSchema` accepted. */
export function milliseconds(duration: string): number {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(duration);
  if (!match) throw new TypeError(`Not a duration: ${duration}`);
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

/** An age such as `30d` in YAML, longer than a timer can be; whole days in the program. */
export const daysSchema = z
  .string()
  .regex(/^[1-9]\d{0,4}d$/, { error: 'Expected whole days, such as 30d.', abort: true })
  .meta({ description: 'An age in whole days, such as 30d.', examples: ['30d', '90d'] });

/** Days of a text that `daysSchema` accepted. */
export function days(age: string): number {
  const match = /^([1-9]\d{0,4})d$/.exec(age);
  if (!match) throw new TypeError(`Not an age in days: ${age}`);
  return Number(match[1]);
}
