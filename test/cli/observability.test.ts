import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { writeArchive } from '../../src/adapters/files/evidence-archive.ts';
import { createEvidenceFolder, writeRecord } from '../../src/adapters/files/evidence-store.ts';
import { sha256 } from '../../src/adapters/files/hash.ts';
import { postgresControlPlane } from '../../src/adapters/postgres/control-plane.ts';
import { recordRows } from '../../src/core/control-plane/calls.ts';
import { rowsOf } from '../../src/core/control-plane/rows.ts';
import { ARCHIVE_FILE } from '../../src/core/evidence/record.ts';
import { cli, json } from '../support/cli.ts';
import { collector, type Collector } from '../support/collector.ts';
import { connection, testDatabase, type TestDatabase } from '../support/database.ts';
import { deployed, deployFiles, pushToStaging } from '../support/deployments.ts';
import { sampleRecord } from '../support/records.ts';
import { deploymentRecord } from '../support/report-records.ts';
import { sampleIn } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';
import { opened } from '../support/workspace.ts';

interface Report {
  source: string;
  counted: string;
  deployment_frequency: { deployments: number };
  lead_time: { commits: number; median_s: number };
  change_failure_rate: { tried: number; failed: number; rate: number | null };
  time_to_restore: { restored: number; open: { id: string } | null };
}
const reportOf = async (root: string, args: readonly string[], env: Record<string, string> = {}): Promise<Report> => {
  const result = await cli(root, ['report', '--json', ...args], { env });
  assert.equal(result.code, 0, result.stderr);
  return json(result) as unknown as Report;
};

/** Staging was deployed to, then broke, then was mended. @returns the failed record's id */
async function deployThrice(root: string): Promise<string> {
  pushToStaging(root, deployFiles({ run: 'sh deploy.sh' }, undefined, { 'deploy.sh': 'true\n' }));
  await deployed(root);
  const traceback = [
    'Traceback (most recent call last):',
    '  File "/repo/points.py", line 12, in <module>',
    '    raise ValueError("x")',
    'ValueError: x',
  ];
  pushToStaging(root, { 'deploy.sh': `cat <<'END'\n${traceback.join('\n')}\nEND\nexit 3\n` }, 'Break it');
  const { record } = await deployed(root);
  assert.equal(record.result, 'failed');
  pushToStaging(root, { 'deploy.sh': 'true\n' }, 'Mend it');
  await deployed(root);
  return record.id;
}

const evidenceFolderOf = (text: string): string =>
  /\| Evidence \| web\/docs\/evidence\/([^,]+),/.exec(text)?.[1]?.replaceAll('\\', '') ?? '';

describe('metrics by OTLP', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();
  const servers: Collector[] = [];
  after(() => Promise.all(servers.map((server) => server.close())));
  const serving = async (status?: number | null): Promise<Collector> => {
    const server = await collector(status);
    servers.push(server);
    return server;
  };

  it('are sent once for each act, by whoever did it', async () => {
    const { root } = sampleIn(folder());
    const { url, received } = await serving();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: url };
    const promotion = await cli(root, ['promote', 'main', 'production', '--yes'], { env });
    assert.equal(promotion.code, 0, promotion.stderr);
    assert.doesNotMatch(promotion.stderr, /warning/);
    assert.equal((await cli(root, ['evidence', 'sync'], { env })).code, 0);
    assert.equal((await cli(root, ['status', '--no-fetch'], { env })).code, 0);
    assert.equal(received.length, 1);
    const [request] = received;
    const point = (name: string) => request?.metrics.find((metric) => metric.name === name)?.histogram?.dataPoints[0];
    assert.deepEqual(point('cicd.pipeline.run.duration')?.attributes, {
      'cicd.pipeline.name': 'promotion',
      'cicd.pipeline.run.state': 'executing',
      'cicd.pipeline.result': 'success',
      'deployment.environment.name': 'production',
      'vcs.ref.head.name': 'main',
      'vcs.ref.base.name': 'production',
    });
    assert.equal(point('odoo_ops.gate.duration')?.attributes['cicd.pipeline.task.run.result'], 'success');
    assert.equal(request?.resource['service.name'], 'odoo-ops');
  });

  it('are sent of an act whose process was killed, by whoever settles it', async () => {
    const { root } = sampleIn(folder());
    const { url, received } = await serving();
    const workspace = await opened(root);
    const evidence = await createEvidenceFolder(workspace.evidenceRoot, new Date(), 'Asia/Manila', 'build-main');
    const record = sampleRecord(7, {
      result: 'interrupted',
      finished_at: null,
      process: { host: hostname(), pid: 2 ** 22 + 1, version: '0.1.0' },
    });
    await writeRecord(workspace.evidenceRoot, evidence, record);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: url };
    for (let round = 0; round < 2; round++) assert.equal((await cli(root, ['evidence', 'sync'], { env })).code, 0);
    assert.deepEqual(
      received.map(({ metrics }) => metrics[0]?.histogram?.dataPoints[0]?.attributes['error.type']),
      ['interrupted'],
    );
  });

  it('never fail an act, and never show a key: a collector that is away or refuses is a warning', async () => {
    const { root } = sampleIn(folder());
    const away = await collector();
    await away.close();
    const refusing = await serving(403);
    for (const { url } of [away, refusing]) {
      const env = {
        OTEL_EXPORTER_OTLP_ENDPOINT: url,
        OTEL_EXPORTER_OTLP_HEADERS: 'api-key=very-secret-key',
        OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      };
      const { code, stdout, stderr } = await cli(root, ['build', '--json', '--verbose'], { env });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /"level":"warning".*Metrics did not reach/);
      assert.doesNotMatch(stdout + stderr, /very-secret-key/);
    }
    for (const file of readdirSync(join(root, 'web/docs/evidence'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    ))
      assert.doesNotMatch(readFileSync(join(file.parentPath, file.name), 'utf8'), /very-secret-key/);
  });

  it("keep their key from a team's command", async () => {
    const { root } = sampleIn(folder());
    const { url, received } = await serving();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_HEADERS: 'api-key=very-secret-key' };
    pushToStaging(root, deployFiles({ run: 'sh print.sh' }, undefined, { 'print.sh': 'env\n' }));
    const deployment = await cli(root, ['deploy', 'staging', '--yes', '--json'], { env });
    assert.equal(deployment.code, 0, deployment.stderr);
    const log = readFileSync(join(root, json(deployment)['evidence'] as string, 'logs/deploy.log'), 'utf8');
    assert.match(log, /ODOO_OPS_COMMIT=/);
    assert.doesNotMatch(log, /OTLP_HEADERS/);
    assert.equal(received[0]?.headers['api-key'], 'very-secret-key');
  });
});

describe('odoo-ops report', function () {
  this.timeout(120_000);
  const folder = temporaryFolders();
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.stop());

  it('counts deployments from the evidence of this clone, and the same from the control plane', async () => {
    const { root } = sampleIn(folder());
    await deployThrice(root);
    const evidence = await reportOf(root, ['--env', 'staging']);
    assert.deepEqual([evidence.source, evidence.counted], ['evidence', 'deployments']);
    assert.equal(evidence.deployment_frequency.deployments, 2);
    assert.deepEqual(
      [evidence.change_failure_rate.tried, evidence.change_failure_rate.failed, evidence.change_failure_rate.rate],
      [3, 1, 1 / 3],
    );
    assert.deepEqual([evidence.time_to_restore.restored, evidence.time_to_restore.open], [1, null]);
    assert.ok(evidence.lead_time.commits >= 1);

    const url = await database.create();
    const env = { DATABASE_URL: url };
    assert.equal((await cli(root, ['control-plane', 'migrate'], { env })).code, 0);
    assert.equal((await cli(root, ['evidence', 'sync'], { env })).code, 0);
    const { source, ...plane } = await reportOf(root, ['--env', 'staging'], env);
    assert.equal(source, 'control-plane');
    for (const part of ['deployment_frequency', 'lead_time', 'change_failure_rate', 'time_to_restore'] as const) {
      // The window ends at another second, and a frequency with it.
      const strip = (value: object) => JSON.stringify(value).replace(/"per_(?:day|week)":[^,]+,/g, '');
      assert.equal(strip(plane[part]), strip(evidence[part]), part);
    }
    const text = await cli(root, ['report', '--env', 'staging', '--since', '2w'], { env });
    assert.match(text.stdout, /^# Delivery to staging\n\n14 days, .* by the control plane\.\n/);
    assert.match(text.stdout, /\| Change failure rate \| 33 % \| 1 of 3 \|/);
  });

  it('counts promotions where no deployment was recorded, and says so', async () => {
    const { root } = sampleIn(folder());
    assert.equal((await cli(root, ['promote', 'main', 'production', '--yes'])).code, 0);
    const report = await reportOf(root, []);
    assert.deepEqual([report.counted, report.deployment_frequency.deployments, report.change_failure_rate.rate], ['promotions', 1, null]);
    assert.ok(report.lead_time.commits > 0 && report.lead_time.median_s >= 0);
    assert.match((await cli(root, ['report'])).stdout, /each passed promotion into it counts/);
  });

  it('says so where there is nothing, and refuses a time that is none', async () => {
    const { root } = sampleIn(folder());
    const empty = await cli(root, ['report']);
    assert.equal(empty.code, 0);
    assert.match(empty.stdout, /\| Deployment frequency \| none \| 0 promotions \|/);
    for (const args of [
      ['--since', 'yesterday'],
      ['--env', 'moon'],
    ])
      assert.equal((await cli(root, ['report', ...args])).code, 2);
  });

  it('reads more rows than a page holds', async () => {
    const { root } = sampleIn(folder());
    const url = await database.create();
    const env = { DATABASE_URL: url };
    assert.equal((await cli(root, ['control-plane', 'migrate'], { env })).code, 0);
    const plane = postgresControlPlane(connection(url), 'default');
    const many = Array.from({ length: 1234 }, (_, index) => {
      const record = deploymentRecord({
        number: index + 1,
        result: index % 4 === 0 ? 'failed' : 'passed',
        started_at: new Date(Date.now() - (index + 1) * 600_000).toISOString(),
      });
      return { ...record, hash: sha256(String(index)) };
    });
    for (let start = 0; start < many.length; start += 200) {
      const rows = many.slice(start, start + 200).map((record) => rowsOf({ record, folder: `f/${record.id}` }, plane.clientId, sha256));
      await plane.call(
        recordRows({ evidence: rows.flatMap((row) => row.evidence ?? []), deployments: rows.flatMap((row) => row.deployments ?? []) }),
      );
    }
    const { change_failure_rate: rate, deployment_frequency: frequency } = await reportOf(root, ['--since', '30d'], env);
    assert.deepEqual([rate.tried, rate.failed, frequency.deployments], [1234, 309, 925]);
  });
});

describe('odoo-ops postmortem', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();

  it('tells of a failed deployment from its evidence, and overwrites nothing unasked', async () => {
    const { root } = sampleIn(folder());
    const id = await deployThrice(root);
    const shown = await cli(root, ['postmortem', id.slice(0, 8)]);
    assert.equal(shown.code, 0, shown.stderr);
    for (const words of [
      'to staging, failed',
      '✗ Deploy',
      '`File "/repo/points.py", line 12, in <module>`',
      '`ValueError: x`',
      'Break it',
      'odoo-ops plan rollback staging',
      'the next one passed',
      '## Causes',
    ])
      assert.ok(shown.stdout.includes(words), `${words}\n${shown.stdout}`);
    const file = join(root, 'postmortem.md');
    // Compressed by age, it says the same.
    const place = join(root, 'web/docs/evidence', evidenceFolderOf(shown.stdout));
    await writeArchive(join(place, ARCHIVE_FILE), place, ['logs/act.log', 'logs/deploy.log']);
    rmSync(join(place, 'logs'), { recursive: true });
    assert.equal((await cli(root, ['postmortem', id])).stdout, shown.stdout);
    const written = await cli(root, ['postmortem', id, '--output', 'postmortem.md', '--json']);
    assert.deepEqual([written.code, json(written)['output']], [0, file]);
    assert.equal(readFileSync(file, 'utf8').trim(), shown.stdout.trim());
    writeFileSync(file, 'causes, found by people');
    assert.equal((await cli(root, ['postmortem', id, '--output', 'postmortem.md'])).code, 2);
    assert.equal(readFileSync(file, 'utf8'), 'causes, found by people');
    assert.equal((await cli(root, ['postmortem', id, '--output', 'postmortem.md', '--force'])).code, 0);
    assert.match(readFileSync(file, 'utf8'), /^# Postmortem/);
    assert.equal((await cli(root, ['postmortem', 'nothing-like-it'])).code, 2);
  });
});
