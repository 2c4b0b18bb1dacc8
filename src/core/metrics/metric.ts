import type { Hash } from '../hash.ts';
import { canonicalJson } from '../canonical-json.ts';

/** One measurement, with OpenTelemetry's words for it. */
export interface Metric {
  /** `odoo_ops.gate.duration` */
  name: string;
  /** UCUM: `s`, `By`, `1`. */
  unit: string;
  value: number;
  attributes: Readonly<Record<string, string | number | boolean>>;
  /** ISO 8601 with offset. */
  recorded_at: string;
}

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
