import { OpsError } from '../errors.ts';

const UNITS = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;

/**
 * The beginning of a time that a person names: an age (`12h`, `30d`, `4w`), or a day or moment in ISO 8601.
 * @returns milliseconds since 1970
 * @throws OpsError `usage`
 */
export function sinceTime(text: string, now: number): number {
  const age = /^([1-9]\d{0,4})([hdw])$/.exec(text);
  const time = age ? now - Number(age[1]) * UNITS[age[2] as keyof typeof UNITS] : /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (time < now) return time;
  throw new OpsError('usage', `${JSON.stringify(text)} is not a time before now.`, {
    hint: 'Name an age such as 12h, 30d or 4w, or a day such as 2026-03-01.',
  });
}
