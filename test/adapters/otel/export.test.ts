import assert from 'node:assert/strict';
import { exportMetrics } from '../../../src/adapters/otel/export.ts';
import { metric } from '../../../src/core/metrics/metric.ts';
import { BUCKETS } from '../../../src/core/metrics/names.ts';
import { collector, type Collector } from '../../support/collector.ts';
import { rejectsWith } from '../../support/rejects.ts';

const at = '2026-03-03T14:00:00+08:00';
const metrics = [
  metric('odoo_ops.gate.duration', 61, { 'cicd.pipeline.task.name': 'tests' }, at),
  metric('odoo_ops.gate.duration', 0.3, { 'cicd.pipeline.task.name': 'tests' }, at),
  metric('odoo_ops.gate.duration', 2, { 'cicd.pipeline.task.name': 'addons-path', 'vcs.ref.head.revision': 'a'.repeat(40) }, at),
  metric('odoo_ops.health_check.status', 0, { 'odoo_ops.health_check.name': 'login' }, at),
];

describe('the export by OTLP', () => {
  const servers: Collector[] = [];
  const signal = new AbortController().signal;
  async function serving(status?: number | null): Promise<Collector> {
    const server = await collector(status);
    servers.push(server);
    return server;
  }
  /** The SDK reads the environment of the process. */
  async function exported(environment: Record<string, string>, aborted = signal): Promise<void> {
    Object.assign(process.env, environment);
    try {
      await exportMetrics(metrics, { environment: process.env, version: '1.2.3', signal: aborted });
    } finally {
      for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name);
    }
  }
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

  it('brings histograms and gauges with their units, attributes and resource', async () => {
    const { url, received } = await serving();
    await exported({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_RESOURCE_ATTRIBUTES: 'team=odoo,deployment.environment.name=ci' });
    assert.equal(received.length, 1);
    const [request] = received;
    assert.equal(request?.url, '/v1/metrics');
    assert.deepEqual(
      ['service.name', 'service.version', 'team', 'deployment.environment.name'].map((name) => request.resource[name]),
      ['odoo-ops', '1.2.3', 'odoo', 'ci'],
    );
    const gate = request.metrics.find(({ name }) => name === 'odoo_ops.gate.duration');
    assert.deepEqual([gate?.unit, gate?.histogram?.aggregationTemporality], ['s', 1]);
    assert.deepEqual(
      gate?.histogram?.dataPoints.map(({ attributes, count, sum, explicitBounds }) => ({ attributes, count, sum, explicitBounds })),
      [
        { attributes: { 'cicd.pipeline.task.name': 'tests' }, count: 2, sum: 61.3, explicitBounds: BUCKETS },
        { attributes: { 'cicd.pipeline.task.name': 'addons-path' }, count: 1, sum: 2, explicitBounds: BUCKETS },
      ],
    );
    const status = request.metrics.find(({ name }) => name === 'odoo_ops.health_check.status');
    assert.equal(status?.unit, '1');
    assert.deepEqual(
      status.gauge?.dataPoints.map(({ attributes, asDouble, asInt }) => [attributes, asDouble ?? asInt]),
      [[{ 'odoo_ops.health_check.name': 'login' }, 0]],
    );
  });

  it('goes to the address for metrics where there is one, with the headers, and as running totals where these are asked for', async () => {
    const { url, received } = await serving();
    await exported({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${url}/own/path`,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=very-secret-key,x-team=odoo%20ops',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'cumulative',
    });
    const [request] = received;
    assert.deepEqual([request?.url, request?.headers['api-key'], request?.headers['x-team']], ['/own/path', 'very-secret-key', 'odoo ops']);
    assert.equal(request?.metrics.find(({ histogram }) => histogram)?.histogram?.aggregationTemporality, 2);
  });

  it('sends nothing where no address is set, or OpenTelemetry is switched off', async () => {
    const { url, received } = await serving();
    await exported({});
    await exported({ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' });
    await exported({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SDK_DISABLED: 'true' });
    await exported({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_METRICS_EXPORTER: 'none' });
    assert.equal(received.length, 0);
  });

  it('says which collector is away or refuses, and never a key', async () => {
    const away = await collector();
    await away.close();
    const refusing = await serving(401);
    for (const { url } of [away, refusing]) {
      const error = await rejectsWith(
        exported({
          OTEL_EXPORTER_OTLP_ENDPOINT: url.replace('//', '//ops:url-secret-pw@'),
          OTEL_EXPORTER_OTLP_HEADERS: 'api-key=very-secret-key',
          OTEL_EXPORTER_OTLP_TIMEOUT: '300',
        }),
        'unreachable',
        url,
      );
      assert.doesNotMatch(`${error.message} ${error.hint} ${JSON.stringify(error.details)}`, /secret/);
    }
  });

  it('waits for a silent collector no longer than it may, and not at all after an abort', async () => {
    const { url } = await serving(null);
    const begin = performance.now();
    await rejectsWith(exported({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_TIMEOUT: '300' }), 'unreachable', url);
    assert.ok(performance.now() - begin < 3000);
    const abort = new AbortController();
    const work = exported({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_TIMEOUT: '5000' }, abort.signal);
    abort.abort();
    await rejectsWith(work, 'cancelled');
  });

  it('refuses an address that is none, instead of sending to localhost', async () => {
    for (const endpoint of ['collector:4317', 'not a url', 'ftp://collector.example.com'])
      await rejectsWith(exported({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }), 'config', 'not an http or https URL');
  });
});
