import * as z from 'zod';
import type { Hash } from '../hash.ts';
import { canonicalJson } from '../canonical-json.ts';
import { METRICS, type MetricName } from './names.ts';

export const metricSchema = z.object({
  name: z.enum(Object.keys(METRICS) as [MetricName, ...MetricName[]]),
  /** UCUM. */
  unit: z.enum(['s', '1']),
  value: z.number(),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** ISO 8601 with offset. */
  recorded_at: z.string(),
});

/** One measurement, with OpenTelemetry's words for it. */
export type Metric = Readonly<z.infer<typeof metricSchema>>;

/** Seconds of a duration that we measured in milliseconds; a clock that was set back meanwhile makes it 0. */
export const seconds = (milliseconds: number): number => Math.max(0, milliseconds) / 1000;

export const metric = (name: MetricName, value: number, attributes: Metric['attributes'], recorded_at: string): Metric => ({
  name,
  unit: METRICS[name].unit,
  value,
  attributes,
  recorded_at,
});

/** A UUID that is the same each time for the same parts: version 8 of RFC 9562, from their hash. */
export function derivedId(hash: Hash, ...parts: readonly unknown[]): string {
  const digest = hash(canonicalJson(parts));
  const variant = ((Number.parseInt(digest.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
}
