import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { rowsOf } from '../../../src/core/control-plane/rows.ts';
import { TABLES } from '../../../src/core/control-plane/tables.ts';
import type { SealedRecord } from '../../../src/core/evidence/record.ts';
import { batchesOf, BATCH_SIZE, batchSchema, reloadMetric } from '../../../src/core/metrics/batch.ts';
import { metricSchema, type Metric } from '../../../src/core/metrics/metric.ts';
import { METRICS } from '../../../src/core/metrics/names.ts';
import { recordMetrics } from '../../../src/core/metrics/record-metrics.ts';
import { PACKAGE_ROOT } from '../../support/bundle.ts';
import { environmentUp } from '../../support/environment-deliveries.ts';
import { sampleRecord } from '../../support/records.ts';
import { deploymentRecord, promotionRecord } from '../../support/report-records.ts';

const sealed = (record: object): SealedRecord => ({ ...record, hash: sha256(JSON.stringify(record)) }) as SealedRecord;
const named = (metrics: readonly Metric[], name: string) => metrics.filter((metric) => metric.name === name);

const results = fc.constantFrom('passed', 'failed', 'refused', 'cancelled', 'interrupted' as const);
const answers = fc.constantFrom('passed', 'failed', 'inconclusive' as const);
const anyRecord = fc.oneof(
  fc.record({ result: results, pr: fc.integer({ min: 1, max: 99 }) }).map(({ result, pr }) => environmentUp(1, pr, { result }).record),
  fc.record({ result: results, number: fc.nat(999) }).map(({ result, number }) => sampleRecord(number, { result })),
  fc
    .record({ result: results, gates: fc.array(fc.tuple(fc.string(), answers, fc.nat(100_000)), { maxLength: 5 }) })
    .map(({ result, gates }) =>
      promotionRecord({ result, gates: gates.map(([name, answer, duration_ms]) => ({ name, result: answer, duration_ms })) }),
    ),
  fc
    .record({ result: results, health: fc.array(fc.tuple(fc.string(), answers, fc.nat(100_000)), { maxLength: 5 }) })
    .map(({ result, health }) =>
      deploymentRecord({ result, health: health.map(([name, answer, duration_ms]) => ({ name, result: answer, duration_ms })) }),
    ),
);

describe('metrics of a record', () => {
  it('are the same each time, of names and units that are defined, and never negative', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const metrics = recordMetrics(sealed(record));
        assert.deepEqual(recordMetrics(structuredClone(sealed(record))), metrics);
        for (const metric of metrics) {
          metricSchema.parse(metric);
          assert.equal(metric.unit, METRICS[metric.name].unit);
          assert.ok(metric.value >= 0 && !Number.isNaN(Date.parse(metric.recorded_at)));
        }
        assert.equal(named(metrics, 'cicd.pipeline.run.duration').length, 1);
      }),
    );
  });

  it('become rows whose ids are the same each time and differ from each other', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const rows = () => rowsOf({ record: sealed(record), folder: 'web/docs/evidence/x' }, 'acme', sha256).metrics ?? [];
        const ids = rows().map(({ id }) => id);
        assert.deepEqual(
          rows().map(({ id }) => id),
          ids,
        );
        assert.equal(new Set(ids).size, ids.length);
        for (const row of rows()) TABLES.metrics.strict().parse(row);
      }),
    );
  });

  it('say how a deployment ended, where, and what its health was', () => {
    const health = [
      { name: 'http', result: 'passed', duration_ms: 120 },
      { name: 'login', result: 'failed', duration_ms: 2500 },
      { name: 'database', result: 'inconclusive', duration_ms: 1 },
    ] as const;
    const metrics = recordMetrics(sealed(deploymentRecord({ result: 'failed', minutes: 3, health })));
    const [run] = named(metrics, 'cicd.pipeline.run.duration');
    assert.equal(run?.value, 180);
    assert.deepEqual(run.attributes, {
      'cicd.pipeline.name': 'deployment',
      'cicd.pipeline.run.state': 'executing',
      'cicd.pipeline.result': 'failure',
      'error.type': 'failed',
      'deployment.environment.name': 'production',
      'deployment.status': 'failed',
      'odoo_ops.rollback': false,
      'vcs.ref.head.name': 'production',
      'vcs.ref.head.revision': run.attributes['vcs.ref.head.revision'],
    });
    assert.deepEqual(
      named(metrics, 'odoo_ops.health_check.status').map(({ value, attributes }) => [attributes['odoo_ops.health_check.name'], value]),
      [
        ['http', 1],
        ['login', 0],
      ],
    );
    assert.deepEqual(
      named(metrics, 'odoo_ops.health_check.duration').map(({ value }) => value),
      [0.12, 2.5],
    );
  });

  it('say how long each gate took and what it answered', () => {
    const gates = [
      { name: 'tests', result: 'passed', duration_ms: 61_000 },
      { name: 'addons-path', result: 'inconclusive', duration_ms: 5 },
    ] as const;
    const metrics = named(recordMetrics(sealed(promotionRecord({ result: 'refused', gates }))), 'odoo_ops.gate.duration');
    assert.deepEqual(
      metrics.map(({ value, attributes }) => [
        attributes['cicd.pipeline.task.name'],
        value,
        attributes['cicd.pipeline.task.run.result'],
        attributes['deployment.environment.name'],
      ]),
      [
        ['tests', 61, 'success', 'production'],
        ['addons-path', 0.005, 'error', 'production'],
      ],
    );
  });

  it('count a clock that was set back as no time', () => {
    const record = sampleRecord(1, { started_at: '2026-01-01T08:00:10+08:00', finished_at: '2026-01-01T08:00:00+08:00' });
    assert.equal(recordMetrics(sealed(record))[0]?.value, 0);
  });
});

describe('reload times', () => {
  it('are seconds by kind', () => {
    const metric = reloadMetric({ type: 'reloaded', kind: 'patch', ms: 42, files: ['a.py'] }, '2026-01-01T00:00:00Z');
    assert.deepEqual(
      [metric.name, metric.value, metric.attributes],
      ['odoo_ops.dev.reload.duration', 0.042, { 'odoo_ops.dev.reload.kind': 'patch' }],
    );
  });

  it('are divided into files of at most a thousand, none lost and none doubled', () => {
    fc.assert(
      fc.property(fc.nat(3500), (count) => {
        const at = '2026-01-01T00:00:00Z';
        const points = Array.from({ length: count }, (_, index) => ({
          id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
          ...reloadMetric({ type: 'reloaded', kind: 'fork', ms: index, files: [] }, at),
        }));
        const batches = batchesOf(points);
        assert.deepEqual(
          batches.flatMap((batch) => batch.points),
          points,
        );
        for (const batch of batches) assert.ok(batch.points.length <= BATCH_SIZE && batch.points.length > 0);
      }),
      { numRuns: 20 },
    );
    assert.deepEqual(batchSchema.parse(batchesOf([])[0] ?? { format: 'odoo-ops-metrics/1', points: [] }).points, []);
  });
});

describe('the page about metrics', () => {
  it('names each of them with its unit', () => {
    const page = readFileSync(join(PACKAGE_ROOT, 'docs/observability.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `([a-z_.]+)` \| `([^`]+)` \| (\w+) \|/gm)].map(([, name, unit, instrument]) => [
      name,
      unit,
      instrument,
    ]);
    assert.deepEqual(
      rows,
      Object.entries(METRICS).map(([name, { unit, instrument }]) => [name, unit, instrument]),
    );
  });
});
