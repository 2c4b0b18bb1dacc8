import type { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { toOpsError } from '../../core/errors.ts';
import type { Metric } from '../../core/metrics/metric.ts';
import { BUCKETS, METRICS, ROWS_ONLY } from '../../core/metrics/names.ts';
import type * as sdkModule from './sdk.ts';
import { otlpEndpoint, otlpError, otlpTimeout, requireHttp, set, type Environment } from './environment.ts';

export interface ExportOptions {
  /** That of the process: the SDK reads it by itself too. */
  environment: Environment;
  /** Our own version. */
  version: string;
  signal: AbortSignal;
  /** Milliseconds, where the environment does not say. */
  timeout?: number;
}

/** Ours: by the default of the SDK every act would wait 10 s for a collector that is away. */
const TIMEOUT = 3000;

const attributesOf = ({ attributes }: Metric): Metric['attributes'] =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !ROWS_ONLY.includes(name)));

type Sdk = typeof sdkModule;

function otlpExporter(sdk: Sdk, environment: Environment, timeoutMillis: number): OTLPMetricExporter {
  const chosen = set(environment, 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE') !== undefined;
  // Each act is a process of its own: what it counts begins and ends with it.
  const temporality = chosen ? {} : { temporalityPreference: sdk.AggregationTemporalityPreference.DELTA };
  return new sdk.OTLPMetricExporter({ timeoutMillis, ...temporality });
}

/** The same exporter, and what came of it: the reader around it keeps that to itself. */
function watched(exporter: OTLPMetricExporter): { exporter: PushMetricExporter; result: () => { taken: boolean; error?: unknown } } {
  let result: { taken: boolean; error?: unknown } = { taken: false };
  return {
    exporter: {
      export: (data, done) =>
        exporter.export(data, (answer) => {
          result = { taken: answer.error === undefined, error: answer.error };
          done(answer);
        }),
      forceFlush: () => exporter.forceFlush(),
      shutdown: () => exporter.shutdown(),
      selectAggregation: (type) => exporter.selectAggregation(type),
      selectAggregationTemporality: (type) => exporter.selectAggregationTemporality(type),
    },
    result: () => result,
  };
}

/**
 * Sends measurements by OTLP over HTTP, as the variables `OTEL_*` say: endpoint, headers, timeout, compression, certificates, resource.
 * Does nothing where no endpoint is set; the SDK is not even loaded then.
 * @throws OpsError `unreachable` where the collector did not take them, `config`, `cancelled`
 */
export async function exportMetrics(metrics: readonly Metric[], options: ExportOptions): Promise<void> {
  const { environment, version, signal } = options;
  const endpoint = otlpEndpoint(environment);
  if (endpoint === undefined || metrics.length === 0) return;
  requireHttp(endpoint);
  const sdk = await import('./sdk.ts');
  if (signal.aborted) throw toOpsError(signal.reason);
  const timeout = otlpTimeout(environment) ?? options.timeout ?? TIMEOUT;
  const { exporter, result } = watched(otlpExporter(sdk, environment, timeout));
  const provider = new sdk.MeterProvider({
    resource: sdk
      .resourceFromAttributes({ 'service.name': 'odoo-ops', 'service.version': version })
      .merge(sdk.detectResources({ detectors: [sdk.envDetector] })),
    // Never by its clock: `shutdown` exports what there is.
    readers: [new sdk.PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 31 - 1, exportTimeoutMillis: timeout + 1000 })],
  });
  const meter = provider.getMeter('odoo-ops', version);
  for (const metric of metrics) {
    const { unit, instrument, description } = METRICS[metric.name];
    if (instrument === 'gauge') meter.createGauge(metric.name, { unit, description }).record(metric.value, attributesOf(metric));
    else {
      const advice = { explicitBucketBoundaries: [...BUCKETS] };
      meter.createHistogram(metric.name, { unit, description, advice }).record(metric.value, attributesOf(metric));
    }
  }
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => (abort = () => reject(toOpsError(signal.reason))));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([provider.shutdown(), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
  if (!result().taken) throw otlpError(environment, endpoint, result().error);
}
