import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { deploy } from '../../../src/runtime/deploy/deploy.ts';
import { prepareDeployment } from '../../../src/runtime/deploy/plan.ts';
import { listEvidence } from '../../../src/runtime/evidence/list.ts';
import { verifyEvidence } from '../../../src/runtime/evidence/verify.ts';
import { loyaltyFiles } from '../../fixtures/sample-files.ts';
import { deployed, deployFiles, deployLog, outcomeOf, pushToStaging } from '../../support/deployments.ts';
import { barrier } from '../../support/hooks.ts';
import { lives } from '../../support/lives.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { cloneOf, git, sampleIn, tipOf } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { until } from '../../support/until.ts';
import { opened } from '../../support/workspace.ts';

const at = '2026-03-02 01:15:07,123 71 INFO staging odoo.modules.loading:';

describe('a deployment', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  const leases = (origin: string) => git(origin, ['for-each-ref', 'refs/odoo-ops']);

  it("runs the commit's own command in a check-out of it, with its facts, and says what runs now", async () => {
    const { root, origin } = sampleIn(folder());
    const run =
      'cat told.txt; echo "$ODOO_STAGE $ODOO_OPS_ENVIRONMENT $ODOO_OPS_COMMIT <$ODOO_OPS_PREVIOUS_COMMIT>"; git log -1 --format=%H; echo err >&2';
    const sha = pushToStaging(root, deployFiles({ run }, undefined, { 'told.txt': 'by the commit\n' }));
    const act = await deployed(root);
    assert.equal(act.record.result, 'passed', act.record.message ?? '');
    assert.deepEqual([outcomeOf(act).sha, outcomeOf(act).previous_sha], [sha, null]);
    const log = deployLog(root, act.folder);
    for (const line of ['by the commit', `staging staging ${sha} <>`, ` ${sha}\n`, ' err']) assert.ok(log.includes(line), line);
    assert.match(act.folder, /\/deploy-staging$/);
    assert.deepEqual(
      act.record.steps.map(({ name, result }) => `${name} ${result}`),
      ['lease passed', 'remote passed', 'deploy passed', 'health passed'],
    );
    assert.equal(leases(origin), '');
    assert.equal(git(root, ['status', '--porcelain']), '');
    assert.deepEqual((await verifyEvidence(await opened(root))).problems, []);
  });

  it('is inconclusive about health where no address is known, and says so', async () => {
    const { root } = sampleIn(folder());
    pushToStaging(root, deployFiles({ run: 'true' }));
    const { health } = outcomeOf(await deployed(root));
    assert.deepEqual(
      health.map(({ name, result }) => `${name} ${result}`),
      ['http inconclusive', 'database inconclusive', 'login inconclusive'],
    );
    assert.match(health[0]?.message ?? '', /environments\.staging\.url is not set/);
  });

  it('knows what ran before, what is new, and which migrations come, with their time by the log of Odoo', async () => {
    const { root } = sampleIn(folder());
    const first = pushToStaging(root, deployFiles({ run: 'sh deploy.sh' }, undefined, { 'deploy.sh': 'true\n' }));
    await deployed(root);
    const script = 'migrations/19.0.1.1.0/pre-expire.py';
    const second = pushToStaging(root, {
      ...loyaltyFiles('19.0.1.1.0'),
      [`addons/ipai/ipai_loyalty/${script}`]: 'def migrate(cr, version):\n    pass\n',
      'deploy.sh': `echo "from $ODOO_OPS_PREVIOUS_COMMIT"; echo "${at} Module ipai_loyalty loaded in 1.25s, 90 queries"\n`,
    });
    const workspace = await opened(root);
    const plan = await prepareDeployment(workspace, 'staging');
    const migration = { module: 'ipai_loyalty', old_version: '19.0.1.0.0', new_version: '19.0.1.1.0', script };
    assert.deepEqual([plan.previous_sha, plan.rollback, plan.migrations], [first, false, [migration]]);
    assert.deepEqual(
      [plan.commits.map(({ sha }) => sha), plan.modules.map(({ module, change }) => `${module} ${change}`)],
      [[second], ['ipai_loyalty changed']],
    );
    const act = await deploy(workspace, plan);
    assert.deepEqual(outcomeOf(act).migrations, [{ ...migration, duration_ms: 1250 }]);
    assert.ok(deployLog(root, act.folder).includes(`from ${first}`));
  });

  it('knows a way back, in another clone too, and what modules it lowers', async () => {
    const { root, origin } = sampleIn(folder());
    const first = pushToStaging(root, deployFiles({ run: 'true' }));
    await deployed(root);
    const second = pushToStaging(root, loyaltyFiles('19.0.1.1.0'));
    await deployed(root);
    const again = await prepareDeployment(await opened(root), 'staging');
    assert.deepEqual([again.previous_sha, again.rollback, again.commits], [second, false, []]);
    git(origin, ['update-ref', 'refs/heads/main', first]);
    const here = await prepareDeployment(await opened(root), 'staging');
    assert.deepEqual([here.sha, here.previous_sha, here.rollback, here.commits, here.migrations], [first, second, true, [], []]);
    assert.deepEqual(
      here.modules.map(({ module, old_version, new_version }) => [module, old_version, new_version]),
      [['ipai_loyalty', '19.0.1.1.0', '19.0.1.0.0']],
    );
    // This clone never saw the later commit: it knows of it by the evidence, and cannot compare with it.
    const other = cloneOf(origin, join(folder(), 'other'), 'Ben Cruz', ['--no-local']);
    const back = await prepareDeployment(await opened(other), 'staging');
    assert.deepEqual([back.sha, back.previous_sha, back.rollback, back.commits.length, back.modules], [first, second, true, 1, []]);
  });

  it('that failed is not what ran before, and the commit before it is the way back', async () => {
    const { root, origin } = sampleIn(folder());
    const first = pushToStaging(root, deployFiles({ run: 'sh deploy.sh' }, undefined, { 'deploy.sh': 'true\n' }));
    await deployed(root);
    const broken = pushToStaging(root, { 'deploy.sh': 'echo "no space left" >&2; exit 3\n' });
    const act = await deployed(root);
    assert.deepEqual([act.record.result, act.record.message], ['failed', 'the command ended with exit code 3']);
    assert.deepEqual([outcomeOf(act).sha, outcomeOf(act).previous_sha, outcomeOf(act).health], [null, first, []]);
    assert.ok(deployLog(root, act.folder).includes('no space left'));
    const retry = await prepareDeployment(await opened(root), 'staging');
    assert.deepEqual([retry.sha, retry.previous_sha, retry.rollback], [broken, first, false]);
    git(origin, ['update-ref', 'refs/heads/main', first]);
    const back = await prepareDeployment(await opened(root), 'staging');
    assert.deepEqual([back.sha, back.previous_sha, back.rollback], [first, first, true]);
  });

  it('that takes too long ends with all that it started', async () => {
    const { root } = sampleIn(folder());
    const pids = join(folder(), 'pids');
    pushToStaging(root, deployFiles({ run: `sleep 60 & echo $! > '${pids}'; sleep 60`, timeout: '1500ms' }));
    const act = await deployed(root);
    assert.deepEqual([act.record.result, act.record.message], ['failed', 'the command took longer than 1.5 s']);
    assert.equal(outcomeOf(act).sha, null);
    await until('the end of what it started', () => !lives(pids));
  });

  it('whose program does not exist is failed', async () => {
    const { root } = sampleIn(folder());
    pushToStaging(root, deployFiles({ run: ['/no/such/program'] }));
    const error = await rejectsWith(deployed(root), 'failed', '/no/such/program cannot be started');
    assert.match(String(error.details['evidence']), /deploy-staging/);
  });

  it('withholds secrets that it was not given, and redacts those that it was', async () => {
    const { root } = sampleIn(folder());
    const run = 'echo "given $STAGING_PIN and $OTHER_TOKEN."; printf "%s" "$DEPLOY_KEY" | wc -c';
    pushToStaging(root, deployFiles({ run, env: ['STAGING_PIN', 'DEPLOY_KEY'] }));
    const workspace = await opened(root, { STAGING_PIN: '4711-0815', OTHER_TOKEN: 'not-for-it-123', DEPLOY_KEY: 'abcdefghij' });
    const act = await deploy(workspace, await prepareDeployment(workspace, 'staging'));
    const log = deployLog(root, act.folder);
    assert.match(log, /given \[redacted\] and \.\n/);
    assert.match(log, / 10\n/);
    const everything = log + JSON.stringify(act.record) + JSON.stringify(workspace.events);
    for (const secret of ['4711-0815', 'not-for-it-123', 'abcdefghij']) assert.ok(!everything.includes(secret), secret);
    assert.ok(workspace.events.some((event) => event.type === 'text' && event.level === 'debug' && event.text.startsWith('given')));
  });

  it('keeps a second one out while it runs, in another clone too, naming who runs it', async () => {
    const { root, origin } = sampleIn(folder());
    const stop = barrier(folder());
    pushToStaging(root, deployFiles({ run: stop.script }));
    const running = deployed(root);
    await stop.reached();
    const other = cloneOf(origin, join(folder(), 'other'));
    const error = await rejectsWith(deployed(other), 'locked', 'staging is being deployed by Ana Reyes');
    assert.match(error.hint ?? '', /odoo-ops unlock deploy-staging/);
    stop.open();
    assert.equal((await running).record.result, 'passed');
    assert.equal(leases(origin), '');
    const [refused] = await listEvidence(await opened(other));
    assert.deepEqual([refused?.record.result, refused?.record.outcome], ['refused', null]);
  });

  it('is refused where the branch moved since the plan, and changes nothing', async () => {
    const { root, origin } = sampleIn(folder());
    const mark = join(folder(), 'mark');
    pushToStaging(root, deployFiles({ run: `: > '${mark}'` }));
    const workspace = await opened(root);
    const plan = await prepareDeployment(workspace, 'staging');
    pushToStaging(root, { 'more.txt': 'x\n' });
    await rejectsWith(deploy(workspace, plan), 'moved', 'main is at');
    const [entry] = await listEvidence(workspace);
    assert.deepEqual([entry?.record.result, entry?.record.outcome, existsSync(mark)], ['refused', null, false]);
    assert.equal((await prepareDeployment(workspace, 'staging')).sha, tipOf(origin, 'main'));
    assert.equal((await prepareDeployment(workspace, 'staging')).previous_sha, null);
  });

  it('is refused where somebody else deployed since the plan', async () => {
    const { root } = sampleIn(folder());
    pushToStaging(root, deployFiles({ run: 'true' }));
    const plan = await prepareDeployment(await opened(root), 'staging');
    await deployed(root);
    await rejectsWith(deploy(await opened(root), plan), 'moved', 'Somebody deployed');
  });

  it('that is cancelled ends its command, and its record says that nobody knows', async () => {
    const { root, origin } = sampleIn(folder());
    const stop = barrier(folder());
    const pids = join(folder(), 'pids');
    pushToStaging(root, deployFiles({ run: `echo $$ > '${pids}'; ${stop.script}` }));
    const controller = new AbortController();
    const running = deployed(root, {}, controller.signal);
    await stop.reached();
    controller.abort();
    await rejectsWith(running, 'cancelled');
    const [entry] = await listEvidence(await opened(root));
    assert.ok(entry);
    assert.equal(entry.record.result, 'cancelled');
    assert.deepEqual(entry.record.outcome, { act: 'deployment', sha: null, previous_sha: null, migrations: [], health: [] });
    assert.equal(leases(origin), '');
    await until('the end of the command', () => !lives(pids));
  });

  it('takes its command from the commit that is deployed, not from the work tree', async () => {
    const { root } = sampleIn(folder());
    const error = await rejectsWith(deployed(root), 'usage', 'odoo-ops.yml of main does not say how to deploy staging');
    assert.match(error.hint ?? '', /environments:\n {4}staging:\n {6}deploy:/);
    const workspace = await opened(root);
    workspace.config.environments.staging.deploy = { run: 'true', timeout: '1m', env: [], health: { timeout: '1m' } };
    await rejectsWith(prepareDeployment(workspace, 'staging'), 'usage');
    await rejectsWith(prepareDeployment(workspace, 'dev'), 'usage', '"dev" is not an environment that is deployed to');
  });
});
