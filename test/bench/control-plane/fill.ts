import { createHash } from 'node:crypto';
import { recordRows } from '../../../src/core/control-plane/calls.ts';
import { logRows } from '../../../src/core/control-plane/logs.ts';
import type { ControlPlane } from '../../../src/core/control-plane/port.ts';
import { rowsOf, type Delivery, type Rows } from '../../../src/core/control-plane/rows.ts';
import { delivery, deployment, promotion } from '../../support/deliveries.ts';

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');
const RECORDS_A_REQUEST = 500;

/** A year of a busy team: builds all day, and for each two of them a promotion or a deployment; one in ten fails. */
export function sampleDelivery(index: number): Delivery {
  const time = new Date(Date.UTC(2025, 11, 1) + index * 61_000).toISOString();
  const result = index % 10 === 0 ? ('failed' as const) : ('passed' as const);
  const files = ['logs/act.log', 'manifest.json', 'provenance.json'].map((path) => ({ path, sha256: sha256(path), bytes: 2000 }));
  const extra = { started_at: time, finished_at: time, result, files };
  if (index % 3 !== 0) return delivery(index, extra);
  const environment = index % 12 === 0 ? 'production' : 'staging';
  return (index % 2 === 0 ? promotion : deployment)(index, environment, { ...extra, sha: sha1(String(index)) });
}

export async function write(plane: ControlPlane, deliveries: readonly Delivery[]): Promise<void> {
  const rows: Record<string, unknown[]> = {};
  for (const one of deliveries)
    for (const [table, more] of Object.entries(rowsOf(one, plane.clientId, sha256))) (rows[table] ??= []).push(...(more as unknown[]));
  rows['logs'] = deliveries.flatMap(({ record }) =>
    logRows(plane.clientId, record.id, 'act.log', 'what happened, line by line\n'.repeat(20)),
  );
  await plane.call(recordRows(rows as Rows));
}

/** Writes sample records `from` to `to`, as they would come: through the program. */
export async function fill(plane: ControlPlane, from: number, to: number): Promise<void> {
  for (let start = from; start < to; start += RECORDS_A_REQUEST) {
    const count = Math.min(RECORDS_A_REQUEST, to - start);
    await write(
      plane,
      Array.from({ length: count }, (_, index) => sampleDelivery(start + index)),
    );
  }
}

/** Gives a record a log of so many lines of 100 characters. */
export async function writeLog(plane: ControlPlane, id: string, lines: number): Promise<void> {
  const text = Array.from({ length: lines }, (_, line) => `${String(line).padStart(8, '0')} ${'x'.repeat(90)}\n`).join('');
  for (const row of logRows(plane.clientId, id, 'deploy.log', text)) await plane.call(recordRows({ logs: [row] }));
}
