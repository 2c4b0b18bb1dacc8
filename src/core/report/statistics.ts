const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** The middle value, or the mean of the two in the middle; null for none. */
export function median(values: readonly number[]): number | null {
  const order = sorted(values);
  const half = order.length >> 1;
  const upper = order[half];
  if (upper === undefined) return null;
  return order.length % 2 === 1 ? upper : ((order[half - 1] ?? upper) + upper) / 2;
}

/** The smallest value that at least this share of all are not above (nearest rank); null for none. */
export function percentile(values: readonly number[], share: number): number | null {
  const order = sorted(values);
  return order[Math.max(0, Math.ceil(share * order.length) - 1)] ?? null;
}
