import { exportMetrics } from '../adapters/otel/export.ts';
import { toOpsError } from '../core/errors.ts';
import type { SealedRecord } from '../core/evidence/record.ts';
import { recordMetrics } from '../core/metrics/record-metrics.ts';
import { packageVersion } from './version.ts';
import { say, type Workspace } from './workspace.ts';

/**
 * Sends what can be measured of a record by OTLP, where the environment asks for it. The process that sealed the record does it, once.
 * It never fails an act: a collector that does not take it is a warning.
 */
export async function exportRecord({ environment, context }: Workspace, record: SealedRecord): Promise<void> {
  try {
    await exportMetrics(recordMetrics(record), { environment, version: packageVersion(), signal: context.signal });
  } catch (error) {
    const { message, hint } = toOpsError(error);
    say(context, `${message} Nobody sends them again; the evidence has them.${hint === undefined ? '' : ` ${hint}`}`, 'warning');
  }
}
