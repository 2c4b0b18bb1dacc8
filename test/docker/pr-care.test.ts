import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnvironmentState } from '../../src/core/pr-environments/environment.ts';
import { toOpsError } from '../../src/core/errors.ts';
import type { OpsEvent } from '../../src/core/events.ts';
import { listEnvironments } from '../../src/runtime/pr-environments/list.ts';
import { prepareUp } from '../../src/runtime/pr-environments/prepare.ts';
import { everything } from '../../src/runtime/pr-environments/remove.ts';
import { stopEnvironment, wakeEnvironment } from '../../src/runtime/pr-environments/sleep.ts';
import { sweep } from '../../src/runtime/pr-environments/sweep.ts';
import { up } from '../../src/runtime/pr-environments/up.ts';
import { commit, git, write } from '../fixtures/sample-repository.ts';
import { startPrHost, type PrHost } from '../support/docker/pr-host.ts';
import { needsDocker } from '../support/docker/skip.ts';
import { pushBranch } from '../support/sample.ts';
import { until } from '../support/until.ts';

const { signal } = new AbortController();
const TOKEN = { gitHubToken: null };
const FIRST = 'feature/loyalty-points';
const SECOND = 'feature/second';

describe('environments after their build, with Docker and room for one', function () {
  this.timeout(240_000);
  needsDocker();
  let folder: string;
  let host: PrHost;
  let numbers: [number, number];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'odoo-ops-pr-care-'));
    host = await startPrHost(folder, { settings: ['running: 1'] });
    pushBranch(host.root, SECOND, 'main', { 'addons/ipai/ipai_loyalty/second.py': 'N = 2\n' });
    const { state } = host.github;
    numbers = [state.openPull({ branch: FIRST }).number, state.openPull({ branch: SECOND }).number];
  });
  after(async () => {
    await host.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const stateOf = async (number: number): Promise<EnvironmentState | undefined> =>
    (await listEnvironments(await host.open(), TOKEN)).find((one) => one.number === number)?.state;
  const tidy = async () => sweep(await host.open(), { dryRun: false, ...TOKEN });
  const said = (number: number): string => host.github.state.comments.find(({ pull }) => pull === number)?.body ?? '';
  const statusOf = (branch: string) =>
    host.github.state.statuses.findLast(({ sha }) => sha === git(host.origin, ['rev-parse', branch]).trim());
  const databaseOf = async (number: number): Promise<string> =>
    `odoo_ops_${(await host.platform()).project.replaceAll('-', '_')}_pr_${number}`;

  it('wait for their turn, have it where there is room, and their pull request is told', async () => {
    const [first, second] = numbers;
    assert.equal((await host.up(first)).outcome.state, 'running');
    assert.equal((await host.up(second)).outcome.state, 'waiting');
    assert.deepEqual([await stateOf(first), await stateOf(second)], ['running', 'waiting']);
    assert.equal(statusOf(SECOND)?.state, 'pending');
    // Somebody uses the one that runs.
    await tidy();
    assert.equal(await stateOf(second), 'waiting');
    await stopEnvironment(await host.open(), first, TOKEN);
    await tidy();
    assert.deepEqual([await stateOf(first), await stateOf(second)], ['sleeping', 'running']);
    assert.equal(statusOf(SECOND)?.state, 'success');
    assert.match(said(second), /The environment is up/);
  });

  it('sleep until somebody wants them, where a person put them to sleep', async () => {
    const [, second] = numbers;
    await stopEnvironment(await host.open(), second, TOKEN);
    await tidy();
    assert.equal(await stateOf(second), 'sleeping');
    await wakeEnvironment(await host.open(), second, TOKEN);
    assert.equal(await stateOf(second), 'running');
  });

  it('are stopped where they are not harmless any more, also while GitHub is away, and stay asleep until they are', async () => {
    const [, second] = numbers;
    const setUrl = async (url: string) =>
      host.postgres.query(`update ir_config_parameter set value = '${url}' where key = 'web.base.url'`, await databaseOf(second));
    const [own] = await host.postgres.query("select value from ir_config_parameter where key = 'web.base.url'", await databaseOf(second));
    await setUrl('https://shop.example.com');
    host.github.state.visible = false;
    await assert.rejects(tidy());
    host.github.state.visible = true;
    assert.equal(await stateOf(second), 'sleeping');
    await assert.rejects(wakeEnvironment(await host.open(), second, TOKEN), { code: 'refused', message: /shop\.example\.com/ });
    assert.equal(await stateOf(second), 'sleeping');
    await setUrl(String(own?.['value']));
    await wakeEnvironment(await host.open(), second, TOKEN);
    await setUrl('https://shop.example.com');
    const { stopped } = await tidy();
    assert.deepEqual(
      stopped.map(({ number }) => number),
      [second],
    );
    assert.match(said(second), /stopped: it is not harmless any more/);
    assert.equal(statusOf(SECOND)?.state, 'error');
  });

  it('are stopped where their code keeps the database from being asked', async () => {
    const [, second] = numbers;
    await host.up(second);
    await host.postgres.query(`alter role ${await databaseOf(second)} password 'another one'`);
    const { stopped } = await tidy();
    assert.deepEqual(
      stopped.map(({ number }) => number),
      [second],
    );
    assert.equal(await stateOf(second), 'sleeping');
    await assert.rejects(wakeEnvironment(await host.open(), second, TOKEN), { code: 'refused', message: /password/ });
  });

  it('keep the word of their pull request where another build of the same commit is given up before it changes anything', async () => {
    const [, second] = numbers;
    assert.equal((await host.up(second)).outcome.state, 'running');
    const controller = new AbortController();
    const workspace = await host.open(controller.signal);
    const report = (event: OpsEvent): void => {
      if (event.type === 'start' && event.step === 'pull-request') controller.abort();
    };
    const plan = await prepareUp(workspace, second, { approve: null, ...TOKEN });
    await assert.rejects(up({ ...workspace, context: { ...workspace.context, report } }, plan, TOKEN), { code: 'cancelled' });
    assert.equal(await stateOf(second), 'running');
    assert.equal(statusOf(SECOND)?.state, 'success');
    assert.match(said(second), /The environment is up/);
  });

  it('are left alone by a host whose engine does not have them, until it is told to take them down', async () => {
    const [first] = numbers;
    const platform = await host.platform();
    const role = await databaseOf(first);
    const [row] = await host.postgres.query(`select shobj_description(oid, 'pg_authid') as stamp from pg_roles where rolname = '${role}'`);
    const moved = String(row?.['stamp']).replaceAll(platform.description.id, 'another engine');
    await host.postgres.query(`comment on role ${role} is '${moved}'`);
    for (const { thing, keeper } of await everything(platform, signal))
      if (thing.stamp.number === first && thing.kind !== 'database' && thing.kind !== 'role') await keeper.remove(thing, signal);
    await tidy();
    const there = async () => (await host.postgres.query(`select from pg_database where datname = '${role}'`)).length;
    assert.equal(await there(), 1);
    await assert.rejects(host.up(first), { code: 'refused', message: /another engine/ });
    assert.equal(await there(), 1);
    await host.down(first);
    assert.equal(await there(), 0);
  });

  it('are told of to their pull request where their build is cancelled', async () => {
    const [first] = numbers;
    const controller = new AbortController();
    const workspace = await host.open(controller.signal);
    const building = up(workspace, await prepareUp(workspace, first, { approve: null, ...TOKEN }), TOKEN);
    const ended = building.then(
      () => 'passed',
      (error: unknown) => toOpsError(error).code,
    );
    await until(
      'a database',
      async () => (await host.postgres.query(`select from pg_database where datname = '${await databaseOf(first)}'`)).length > 0,
    );
    controller.abort();
    assert.equal(await ended, 'cancelled');
    assert.match(said(first), /The build was cancelled/);
    assert.equal(statusOf(FIRST)?.state, 'error');
  });

  it('end where their build takes longer than it may, and leave nothing', async () => {
    const [first] = numbers;
    write(host.root, { 'odoo-ops.yml': `${git(host.root, ['show', 'main:odoo-ops.yml'])}\n  limits: { build_time: 1s }\n` });
    commit(host.root, 'Hurry');
    git(host.root, ['push', '--quiet', host.origin, 'main:main']);
    git(host.root, ['fetch', '--quiet', host.origin, '+refs/heads/*:refs/remotes/origin/*']);
    await assert.rejects(host.up(first), { code: 'timeout', message: /within 1s/ });
    const things = await everything(await host.platform(), signal);
    assert.deepEqual(
      things.filter(({ thing }) => thing.stamp.number === first).map(({ thing }) => thing.name),
      [],
    );
  });
});
