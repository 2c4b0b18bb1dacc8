import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { OpsEvent } from '../../src/core/events.ts';
import type { EvidenceRecord } from '../../src/core/evidence/record.ts';
import type { PrunePlan } from '../../src/core/evidence/prune.ts';
import { build } from '../../src/runtime/build/build.ts';
import { cli, json, startCli } from '../support/cli.ts';
import { daysAgo } from '../support/clock.ts';
import { sampleIn } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';
import { opened } from '../support/workspace.ts';

const EVIDENCE = 'web/docs/evidence';
const PRUNE = ['evidence', 'prune'];

describe('odoo-ops evidence prune', function () {
  this.timeout(120_000);
  const folder = temporaryFolders();
  let template: string;

  before(async () => {
    template = folder();
    const { root } = sampleIn(template);
    for (const days of [120, 119, 118, 117, 116, 115, 50, 49, 48, 47, 46, 45])
      await daysAgo(days, async () => build(await opened(root), { revision: 'main', verify: false, output: null }));
  });
  function copied(): string {
    const place = folder();
    cpSync(template, place, { recursive: true });
    const root = join(place, 'odoo-team');
    writeFileSync(join(root, 'odoo-ops.yml'), 'evidence:\n  branch: null\n');
    return root;
  }
  const paths = (root: string) => (readdirSync(join(root, EVIDENCE), { recursive: true }) as string[]).sort();
  const records = (root: string) => paths(root).filter((path) => path.endsWith('record.json'));
  const archives = (root: string) => paths(root).filter((path) => path.endsWith('files.tar.gz'));
  const verified = async (root: string) => {
    const { code, stdout } = await cli(root, ['evidence', 'verify']);
    assert.equal(code, 0, stdout);
  };

  it('shows what it would do and why, and changes nothing', async () => {
    const root = copied();
    const before = paths(root);
    const { code, stdout } = await cli(root, PRUNE);
    assert.equal(code, 0);
    assert.match(stdout, /^Compress 6 records older than 30 days \(\d+\.\d kB\):\n {2}\d{8}-\d{4}\+0800\/build-main\n/);
    assert.match(stdout, /\nRemove 6 records older than 90 days \(\d+\.\d kB\); their hashes stay in the chain:\n/);
    assert.match(stdout, /Nothing was changed\. `odoo-ops evidence prune --yes` does it/);
    assert.deepEqual(paths(root), before);
    const { plan, applied } = json(await cli(root, [...PRUNE, '--json'])) as { plan: PrunePlan; applied: boolean };
    assert.deepEqual([applied, plan.remove.length, plan.compress.length], [false, 6, 6]);
    assert.deepEqual(paths(root), before);
  });

  it('does it with --yes, says what became of it, and where its evidence is', async () => {
    const root = copied();
    const { code, stdout } = await cli(root, [...PRUNE, '--yes']);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^6 records compressed, 6 removed: \d+\.\d kB became \d+\.\d kB\.\nEvidence: (web\/docs\/evidence\/\S+\/prune)\n$/,
    );
    assert.deepEqual([records(root).length, archives(root).length], [7, 6]);
    await verified(root);
    const show = await cli(root, ['evidence', 'show', 'prune']);
    assert.match(
      show.stdout,
      /# prune: passed[\s\S]*- 6 records compressed, 6 removed[\s\S]*- to remove: \S+build-main \(hash [0-9a-f]{64}\)/,
    );
    assert.equal((await cli(root, [...PRUNE, '--yes'])).stdout, 'Nothing was old enough.\n');
    assert.match((await cli(root, PRUNE)).stdout, /^Nothing is to be compressed or removed\./);
  });

  it('leaves a log readable that lies in an archive, and names a record that is gone', async () => {
    const root = copied();
    const { plan, record } = json(await cli(root, [...PRUNE, '--yes', '--json'])) as { plan: PrunePlan; record: EvidenceRecord };
    assert.equal(record.result, 'passed');
    const log = await cli(root, ['evidence', 'show', plan.compress[0]?.id ?? '', '--log', 'act.log']);
    assert.match(log.stdout, /start build\n.*stop build passed/);
    const gone = await cli(root, ['evidence', 'show', plan.remove[0]?.id ?? '']);
    assert.deepEqual([gone.code, gone.stderr.includes('was removed by age on')], [2, true]);
  });

  it('refuses a configuration that removes before it compresses, by its place', async () => {
    const root = copied();
    writeFileSync(join(root, 'odoo-ops.yml'), 'evidence:\n  compress_after: 40d\n  remove_after: 40d\n');
    const { code, stderr } = await cli(root, PRUNE);
    assert.equal(code, 2);
    assert.match(stderr, /odoo-ops\.yml:3:3: evidence\.remove_after: Expected more than compress_after \(40d\)\./);
  });

  it('has help with examples', async () => {
    assert.match(
      (await cli(folder(), [...PRUNE, '--help'])).stdout,
      /Examples:\n {2}odoo-ops evidence prune\n {2}odoo-ops evidence prune --yes/,
    );
  });

  /** Starts it, and does something to its process at an event. */
  async function stoppedAt(root: string, signal: NodeJS.Signals, at: (event: OpsEvent) => boolean) {
    const run = startCli(root, [...PRUNE, '--yes', '--json']);
    let stopped = false;
    createInterface({ input: run.child.stderr! }).on('line', (line) => {
      if (stopped || !line.startsWith('{') || !at(JSON.parse(line) as OpsEvent)) return;
      stopped = true;
      process.kill(run.pid, signal);
    });
    const result = await run.ended;
    assert.ok(stopped);
    return result;
  }
  /** A clone whose prune was killed there. One that was done before the signal reached it is tried again. */
  async function killedAt(at: (event: OpsEvent) => boolean): Promise<string> {
    for (let attempt = 1; attempt <= 10; attempt++) {
      const root = copied();
      const { signal } = await stoppedAt(root, 'SIGKILL', at);
      if (signal === 'SIGKILL') return root;
    }
    throw new Error('It was always quicker than the signal.');
  }
  const progress = (step: string, done: number) => (event: OpsEvent) =>
    event.type === 'progress' && event.step === step && event.done === done;

  for (const [where, at] of [
    ['at its start', (event: OpsEvent) => event.type === 'start' && event.step === 'compress'],
    ['while it compresses', progress('compress', 2)],
    ['when all is compressed', progress('compress', 6)],
    ['before it removes', (event: OpsEvent) => event.type === 'start' && event.step === 'remove'],
    ['while it removes', progress('remove', 2)],
  ] as const) {
    it(`by kill -9 ${where} leaves a whole chain, and the next run ends it`, async () => {
      const root = await killedAt(at);
      // Only the record of the killed act itself may be open: the next act settles it.
      const { stdout } = await cli(root, ['evidence', 'verify']);
      assert.deepEqual(
        stdout.split('\n').filter((line) => line.startsWith('✗') && !line.endsWith('(unsealed)')),
        [],
      );
      assert.equal((await cli(root, [...PRUNE, '--yes'])).code, 0);
      await verified(root);
      const left = records(root).filter((path) => !path.includes('/prune'));
      assert.deepEqual([left.length, archives(root).length], [6, 6]);
      assert.equal(existsSync(join(root, EVIDENCE, '.prune')), false);
      assert.equal(existsSync(join(root, '.git/odoo-ops/prune.lock')), false);
    });
  }

  it('ends at Ctrl-C with 130, and leaves a record that says so', async () => {
    const root = copied();
    const { code } = await stoppedAt(root, 'SIGINT', progress('compress', 1));
    assert.equal(code, 130);
    const path = records(root).find((name) => name.includes('/prune/')) ?? '';
    assert.equal((JSON.parse(readFileSync(join(root, EVIDENCE, path), 'utf8')) as EvidenceRecord).result, 'cancelled');
    await verified(root);
  });
});
