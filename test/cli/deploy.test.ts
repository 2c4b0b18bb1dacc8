import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EvidenceRecord } from '../../src/core/evidence/record.ts';
import { cli, json, startCli } from '../support/cli.ts';
import { deployFiles, deployLog, pushToStaging } from '../support/deployments.ts';
import { barrier } from '../support/hooks.ts';
import { lives } from '../support/lives.ts';
import { odooAnswers, odooWeb } from '../support/odoo-web.ts';
import { cloneOf, git, refsOf, sampleIn } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';
import { until } from '../support/until.ts';

const DEPLOY = ['deploy', 'staging', '--yes', '--json'];

interface Listed {
  folder: string;
  state: string;
  record: EvidenceRecord;
}

describe('odoo-ops deploy', function () {
  this.timeout(90_000);
  const folder = temporaryFolders();
  const records = async (root: string): Promise<Listed[]> =>
    JSON.parse((await cli(root, ['evidence', 'list', '--json'])).stdout) as Listed[];

  it('has help with an example, and says which lines are missing', async () => {
    const { root } = sampleIn(folder());
    assert.match((await cli(root, ['deploy', '--help'])).stdout, /\n {2}odoo-ops deploy staging\n/);
    const { code, stderr } = await cli(root, ['deploy', 'staging', '--yes']);
    assert.equal(code, 2);
    assert.match(stderr, /does not say how to deploy staging/);
    assert.match(stderr, /environments:\n\s+staging:\n\s+deploy: \{ run: "make deploy-staging" \}/);
    assert.equal((await cli(root, ['deploy', 'dev', '--yes'])).code, 2);
  });

  it('shows the plan, and changes nothing with --plan or without a terminal to ask on', async () => {
    const { root, origin } = sampleIn(folder());
    const sha = pushToStaging(root, deployFiles({ run: 'exit 9' }));
    const before = refsOf(origin);
    const plan = await cli(root, ['deploy', 'staging', '--plan']);
    assert.equal(plan.code, 0, plan.stderr);
    assert.match(plan.stdout, new RegExp(`^# Deploy ${sha.slice(0, 8)} to staging\\n`));
    assert.equal(json(await cli(root, ['deploy', 'staging', '--plan', '--json']))['sha'], sha);
    const asked = await cli(root, ['deploy', 'staging']);
    assert.equal(asked.code, 2);
    assert.match(asked.stderr, /# Deploy .*add --yes/s);
    assert.deepEqual([await records(root), refsOf(origin)], [[], before]);
  });

  it('deploys, asks Odoo for its health, and can be asked about it afterwards', async () => {
    const { root } = sampleIn(folder());
    const server = await odooWeb(odooAnswers());
    try {
      const sha = pushToStaging(root, deployFiles({ run: 'echo done' }, server.url));
      const first = await cli(root, ['deploy', 'staging', '--yes']);
      assert.equal(first.code, 0, first.stderr);
      assert.match(
        first.stdout,
        new RegExp(`^Deployed: staging runs ${sha.slice(0, 8)}\\.\\n {2}✓ http: .*\\n.*\\n.*\\n {2}evidence web/docs/`),
      );
      const second = json(await cli(root, DEPLOY));
      assert.deepEqual([second['result'], second['sha'], second['previous_sha']], ['passed', sha, sha]);
      const shown = await cli(root, ['evidence', 'show', String(second['record'])]);
      assert.match(shown.stdout, new RegExp(`- staging runs ${sha}\\n- the way back: ${sha}\\n\\n## Health\\n- ✓ http`));
      assert.match((await cli(root, ['evidence', 'show', String(second['record']), '--log', 'deploy.log'])).stdout, / done\n$/);
    } finally {
      server.close();
    }
  });

  it('ends with 1 where the command or the health fails, and shows the output with --verbose only', async () => {
    const { root } = sampleIn(folder());
    pushToStaging(root, deployFiles({ run: 'echo said by it; exit 4' }));
    const quiet = await cli(root, ['deploy', 'staging', '--yes']);
    assert.deepEqual([quiet.code, quiet.stderr.includes('said by it\n')], [1, false]);
    assert.match(quiet.stdout, /^Failed: the command ended with exit code 4\. Nobody can say what staging runs\.\n/);
    assert.ok((await cli(root, ['deploy', 'staging', '--yes', '--verbose'])).stderr.includes('said by it\n'));
    const server = await odooWeb(odooAnswers({ login: 500 }));
    try {
      pushToStaging(root, deployFiles({ run: 'true', health: { timeout: '0s' } }, server.url));
      const sick = await cli(root, ['deploy', 'staging', '--yes']);
      assert.equal(sick.code, 1);
      assert.match(sick.stdout, /^Failed: staging runs [0-9a-f]{8}, but login: \/web\/login answers 500\n/);
    } finally {
      server.close();
    }
  });

  it('by kill -9 ends its command too, and the next act says that nobody knows what runs', async () => {
    const { root, origin } = sampleIn(folder());
    const [stop, pids] = [barrier(folder()), join(folder(), 'pids')];
    pushToStaging(root, deployFiles({ run: `if [ -e '${pids}' ]; then exit 0; fi; echo $$ > '${pids}'; ${stop.script}` }));
    const run = startCli(root, DEPLOY, { env: { TMPDIR: folder() } });
    await stop.reached();
    process.kill(-run.pid, 'SIGKILL');
    await until('the end of the process', () => run.child.signalCode);
    await until('the end of the command', () => !lives(pids));
    const [open] = await records(root);
    const unknown = { act: 'deployment', sha: null, previous_sha: null, migrations: [], health: [] };
    assert.deepEqual([open?.state, open?.record.hash, open?.record.outcome], ['interrupted', null, unknown]);
    const again = await cli(root, DEPLOY);
    assert.equal(again.code, 0, again.stderr);
    const [second, first] = await records(root);
    assert.deepEqual([second?.record.result, first?.record.result, first?.record.outcome], ['passed', 'interrupted', unknown]);
    assert.match(first?.record.message ?? '', /while the command ran: nobody can say what staging runs/);
    assert.equal((await cli(root, ['evidence', 'verify'])).code, 0);
    assert.equal(git(origin, ['for-each-ref', 'refs/odoo-ops']), '');
  });

  it('whose machine vanished is known to others, and settled by them', async () => {
    const { root, origin } = sampleIn(folder());
    const stop = barrier(folder());
    pushToStaging(root, deployFiles({ run: stop.script }));
    const run = startCli(root, DEPLOY, { env: { TMPDIR: folder() } });
    await stop.reached();
    process.kill(-run.pid, 'SIGKILL');
    await run.ended;
    rmSync(root, { recursive: true });
    const other = cloneOf(origin, join(folder(), 'other'));
    assert.equal((await cli(other, ['evidence', 'sync'])).code, 0);
    const [entry] = await records(other);
    assert.deepEqual([entry?.record.result, entry?.record.plan.act, entry?.record.hash === null], ['interrupted', 'deployment', false]);
    assert.match(entry?.record.message ?? '', /nobody can say what staging runs/);
  });

  it('by Ctrl-C ends its command, leaves a cancelled record, and ends with 130', async () => {
    const { root, origin } = sampleIn(folder());
    const [stop, pids] = [barrier(folder()), join(folder(), 'pids')];
    pushToStaging(root, deployFiles({ run: `echo $$ > '${pids}'; echo begun; ${stop.script}` }));
    const run = startCli(root, DEPLOY, { env: { TMPDIR: folder() } });
    await stop.reached();
    process.kill(run.pid, 'SIGINT');
    const { code, stdout } = await run.ended;
    assert.equal(code, 130);
    assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, 'cancelled');
    await until('the end of the command', () => !lives(pids));
    const [entry] = await records(root);
    assert.deepEqual([entry?.record.result, entry?.record.hash === null], ['cancelled', false]);
    assert.match(deployLog(root, entry?.folder ?? ''), / begun\n/);
    assert.equal(git(origin, ['for-each-ref', 'refs/odoo-ops']), '');
  });

  it('ends with 3 where another one runs, and `unlock` takes its lock away', async () => {
    const { root, origin } = sampleIn(folder());
    const stop = barrier(folder());
    pushToStaging(root, deployFiles({ run: stop.script }));
    const run = startCli(root, DEPLOY, { env: { TMPDIR: folder() } });
    await stop.reached();
    const second = await cli(root, DEPLOY);
    assert.equal(second.code, 3);
    assert.match(second.stderr, /staging is being deployed by Ana Reyes/);
    assert.match((await cli(root, ['unlock', 'deploy-staging', '--yes'])).stdout, /^Removed the lock of Ana Reyes/);
    assert.equal(git(origin, ['for-each-ref', 'refs/odoo-ops']), '');
    stop.open();
    assert.equal((await run.ended).code, 0);
  });
});
