/**
 * Compares moments as PostgreSQL does, to the microsecond, whatever their offsets: `Date` would call two of one millisecond the same.
 * @param a ISO 8601 with an offset
 */
export function compareTimes(a: string, b: string): number {
  const [first, second] = [a, b].map((time) => Math.floor(Date.parse(time) / 1000)) as [number, number];
  if (first !== second) return first - second;
  const [more, less] = [a, b].map((time) => (/\.(\d+)/.exec(time)?.[1] ?? '').padEnd(9, '0')) as [string, string];
  return more < less ? -1 : more > less ? 1 : 0;
}
