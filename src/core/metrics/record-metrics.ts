import type { SealedRecord } from '../evidence/record.ts';
import type { Metric } from './metric.ts';

const seconds = (milliseconds: number): number => milliseconds / 1000;

/** What can be measured of an act, from its record alone: the same numbers whenever and wherever it is delivered. */
export function recordMetrics(record: SealedRecord): Metric[] {
  const { plan, outcome, result } = record;
  const recorded_at = record.finished_at ?? record.started_at;
  const environment: Record<string, string> = 'environment' in plan ? { 'deployment.environment.name': plan.environment } : {};
  const metric = (name: string, milliseconds: number, attributes: Metric['attributes']): Metric => ({
    name,
    unit: 's',
    value: seconds(milliseconds),
    attributes: { ...environment, ...attributes },
    recorded_at,
  });
  const duration = Math.max(0, Date.parse(recorded_at) - Date.parse(record.started_at));
  return [
    metric(`odoo_ops.${plan.act}.duration`, duration, { 'odoo_ops.result': result }),
    ...(outcome?.act === 'promotion'
      ? outcome.gates.map((gate) =>
          metric('odoo_ops.gate.duration', gate.duration_ms, { 'odoo_ops.gate.name': gate.name, 'odoo_ops.result': gate.result }),
        )
      : []),
    ...(outcome?.act === 'deployment'
      ? outcome.health.map((check) =>
          metric('odoo_ops.health_check.duration', check.duration_ms, {
            'odoo_ops.health_check.name': check.name,
            'odoo_ops.result': check.result,
          }),
        )
      : []),
  ];
}
