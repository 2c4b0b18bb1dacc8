import * as z from 'zod';
import type { DevEvent } from '../devserver/events.ts';
import { metric, metricSchema, seconds, type Metric } from './metric.ts';

/** A measurement that belongs to no record: its id is made when it is written, so that sending it again changes nothing. */
export const pointSchema = metricSchema.extend({ id: z.uuid() });
export type Point = Readonly<z.infer<typeof pointSchema>>;

/** Points of a file. */
export const BATCH_SIZE = 1000;
/** Files that may wait; nobody's disk fills because a control plane is away. */
export const MAX_BATCHES = 50;

export const batchSchema = z.object({ format: z.literal('odoo-ops-metrics/1'), points: z.array(pointSchema).max(BATCH_SIZE) });
export type Batch = z.infer<typeof batchSchema>;

/** Divides points into files. */
export function batchesOf(points: readonly Point[], size = BATCH_SIZE): Batch[] {
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) => ({
    format: 'odoo-ops-metrics/1',
    points: points.slice(index * size, (index + 1) * size),
  }));
}

/** How long a reload of the development server took. @param at ISO 8601 */
export const reloadMetric = ({ kind, ms }: Extract<DevEvent, { type: 'reloaded' }>, at: string): Metric =>
  metric('odoo_ops.dev.reload.duration', seconds(ms), { 'odoo_ops.dev.reload.kind': kind }, at);
