import assert from 'node:assert/strict';
import { writeFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { doctor } from '../../src/runtime/doctor.ts';
import { planRollback } from '../../src/runtime/promotion/rollback.ts';
import { overview } from '../../src/runtime/status.ts';
import { rejectsWith } from '../support/rejects.ts';
import { cloneOf, git, mergeIntoMain, sampleIn, tipOf, write } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';
import { opened, promoted } from '../support/workspace.ts';

describe('status', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  const statusOf = async (root: string, fetch = true) => overview(await opened(root), { fetch, gitHubToken: null });

  it('shows the three environments, how far each is from the next, and the branches that are not merged yet', async () => {
    const { root, origin } = sampleIn(folder());
    const { environments, pullRequests, notices } = await statusOf(root);
    assert.deepEqual(
      environments.map(({ name, branch, ahead, behind, stage, tip }) => [name, branch, ahead, behind, stage, tip?.sha]),
      [
        ['dev', 'main', 0, 0, 'development', tipOf(origin, 'main')],
        ['staging', 'main', 1, 0, 'staging', tipOf(origin, 'main')],
        ['production', 'production', 0, 0, 'production', tipOf(origin, 'production')],
      ],
    );
    assert.deepEqual([pullRequests.map(({ branch }) => branch), notices], [['fix/invoice-rounding', 'feature/loyalty-points'], []]);
    mergeIntoMain(root, 'feature/loyalty-points');
    assert.deepEqual(
      (await statusOf(root)).pullRequests.map(({ branch }) => branch),
      ['fix/invoice-rounding'],
    );
  });

  it('shows what it knows where the remote is gone, detached, unborn or was never there', async () => {
    const { root, origin } = sampleIn(folder());
    git(root, ['switch', '--quiet', '--detach']);
    git(root, ['remote', 'set-url', 'origin', `${origin}.gone`]);
    const away = await statusOf(root);
    assert.equal(away.notices.length, 1);
    assert.deepEqual([away.environments[0]?.branch, away.environments[1]?.tip?.sha], [null, tipOf(origin, 'main')]);
    const alone = folder();
    git(alone, ['init', '--quiet', '--initial-branch=main']);
    const unborn = await statusOf(alone);
    assert.deepEqual([unborn.remote, unborn.environments.map(({ tip }) => tip), unborn.pullRequests], [null, [null, null, null], []]);
  });

  it('asks environments for their health', async () => {
    const server = createServer((request, response) =>
      response.writeHead(/^\/web\/(?:health|login)/.test(request.url ?? '') ? 200 : 404).end('{"status": "pass"}'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { root } = sampleIn(folder());
    write(root, { 'odoo-ops.yml': `environments:\n  staging: { url: "${url}" }\n  production: { url: "http://127.0.0.1:1" }\n` });
    try {
      assert.deepEqual(
        (await statusOf(root, false)).environments.map(({ health }) => health),
        ['unknown', 'healthy', 'unhealthy'],
      );
    } finally {
      server.close();
    }
  });

  it('knows the last promotions of another clone too, and the way back from them', async () => {
    const { root, origin } = sampleIn(folder());
    const before = tipOf(origin, 'production');
    const act = await promoted(root, 'main', 'production');
    const other = cloneOf(origin, join(folder(), 'other'));
    const plan = await planRollback(await opened(other), 'production');
    assert.deepEqual([plan.current, plan.previous, plan.record, plan.branch], [tipOf(origin, 'main'), before, act.record.id, 'production']);
    assert.equal((await statusOf(other)).environments[2]?.last?.id, act.record.id);
    await rejectsWith(planRollback(await opened(other), 'staging'), 'repository', 'main');
    await rejectsWith(planRollback(await opened(other), 'dev'), 'usage', 'dev');
  });
});

describe('doctor', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  const states = async (root: string) =>
    new Map(
      (await doctor(root, { signal: new AbortController().signal, report: () => undefined })).map(({ name, state, hint }) => [
        name,
        `${state}${state === 'ok' || hint !== null ? '' : ' without a hint'}`,
      ]),
    );

  it('finds nothing wrong with git, repository, configuration, history and remote', async () => {
    const { root } = sampleIn(folder());
    write(root, { 'addons/odoo/.keep': '', 'addons/ipai_meta/.keep': '' });
    const found = await states(root);
    for (const name of ['node', 'git', 'repository', 'configuration', 'history', 'remote']) assert.equal(found.get(name), 'ok', name);
  });

  it('says what is missing, and how to mend it', async () => {
    const { root, origin } = sampleIn(folder());
    rmSync(join(root, 'odoo-ops.yml'));
    git(root, ['remote', 'set-url', 'origin', `${origin}.gone`]);
    const found = await states(root);
    assert.deepEqual([found.get('configuration'), found.get('remote'), found.get('control plane')], ['warning', 'warning', 'warning']);
    writeFileSync(join(root, 'odoo-ops.yml'), 'odoo: [');
    assert.equal((await states(root)).get('repository'), 'error');
    assert.equal((await states(folder())).get('repository'), 'error');
  });
});
