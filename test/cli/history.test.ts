import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../../src/adapters/postgres/migrate.ts';
import { migrationsFolder } from '../../src/runtime/control-plane/open.ts';
import { cliBundle } from '../support/bundle.ts';
import { cli, json } from '../support/cli.ts';
import { connection, testDatabase, type TestDatabase } from '../support/database.ts';
import { delivery, promotion } from '../support/deliveries.ts';
import { testEnvironment } from '../support/environment.ts';
import { deployable, weekOfWork } from '../support/history.ts';
import { cloneOf, sampleIn, tipOf } from '../support/sample.ts';
import { stored } from '../support/stored.ts';
import { temporaryFolders } from '../support/temp.ts';
import { opened } from '../support/workspace.ts';

interface Item {
  id: string;
  act: string;
  environment: string | null;
  result: string;
}
const items = (value: Record<string, unknown>): Item[] => value['items'] as Item[];

describe('odoo-ops history and logs', function () {
  this.timeout(120_000);
  const folder = temporaryFolders();
  let database: TestDatabase;
  let root: string;
  let origin: string;
  let env: Record<string, string>;

  /** A week of real acts, which the control plane has too; the clone of somebody else has none of their folders. */
  before(async () => {
    database = await testDatabase();
    const url = await database.create();
    await migrate(connection(url), migrationsFolder());
    env = { DATABASE_URL: url };
    ({ root, origin } = sampleIn(folder()));
    deployable(root, { staging: 'echo "staging is new"', production: 'echo "production is new"' });
    await weekOfWork(root, env);
  });
  after(() => database.stop());

  it('shows what happened, newest first, also without a control plane, and says where it read', async () => {
    const { code, stdout, stderr } = await cli(root, ['history'], { env });
    assert.deepEqual([code, stderr], [0, '']);
    const [head, ...rows] = stdout.trimEnd().split('\n');
    assert.match(head ?? '', /^ENDED +WHAT +ENVIRONMENT +RESULT +BY +TOOK +COMMIT +ID$/);
    assert.deepEqual(
      rows.map((row) => row.split(/ {2,}/).slice(1, 5)),
      [
        ['Deploy production', 'production', 'passed', 'Ana Reyes'],
        ['Build main', '-', 'passed', 'Ben Cruz'],
        ['Deploy staging', 'staging', 'passed', 'Ben Cruz'],
        ['fix-invoice-rounding → main', 'staging', 'refused', 'Ana Reyes'],
        ['Deploy production', 'production', 'passed', 'Ana Reyes'],
        ['main → production', 'production', 'passed', 'Ana Reyes'],
        ['Deploy staging', 'staging', 'passed', 'Ben Cruz'],
        ['feature-loyalty-points → main', 'staging', 'passed', 'Ben Cruz'],
      ],
    );
    const alone = await cli(root, ['history']);
    assert.equal(
      alone.stdout,
      `${stdout.trimEnd()}\n\nFrom the evidence of this clone; \`odoo-ops evidence sync\` brings that of others.\n`,
    );
  });

  it('filters, limits, and says that there is more', async () => {
    const count = async (...args: string[]) => items(json(await cli(root, ['history', '--json', ...args], { env }))).length;
    assert.deepEqual(
      [
        await count('--env', 'staging'),
        await count('--module', 'ipai_loyalty'),
        await count('--act', 'deployment', '--env', 'production'),
        await count('--result', 'refused'),
        await count('--since', '2d'),
        await count('--since', '7d', '--until', '2d'),
        await count('-n', '3'),
        await count('-n', '1', '--all'),
        await count('--module', 'nothing'),
      ],
      [4, 2, 2, 1, 4, 4, 3, 8, 0],
    );
    const some = await cli(root, ['history', '-n', '3'], { env });
    assert.match(some.stdout, /\n\nThere is more: --limit 12, or --all\.\n$/);
    assert.equal((await cli(root, ['history', '--module', 'nothing'], { env })).stdout, 'Nothing is recorded.\n');
  });

  it('takes no word that it does not know, and no time that is none', async () => {
    for (const [args, words] of [
      [['--env', 'prod'], /"prod" is no environment[\s\S]*staging, production or pr-<number>/],
      [['--act', 'deploy'], /"deploy" is no act[\s\S]*deployment/],
      [['--result', 'ok'], /"ok" is no result/],
      [['--since', 'last week'], /"last week" is no time[\s\S]*7d/],
      [['--until', '2026-02-30'], /is no time/],
      [['--since', '1d', '--until', '2d'], /--since is after --until/],
      [['--at', '2026-03-03 14:00'], /--at needs an environment/],
      [['--env', 'production', '--at', 'noon'], /"noon" is no time/],
      [['-n', '0'], /whole number/],
    ] as const) {
      const { code, stderr } = await cli(root, ['history', ...args], { env });
      assert.equal(code, 2, args.join(' '));
      assert.match(stderr, words);
    }
  });

  it('says what ran at a moment: commit, who deployed, who promoted it, with which gates', async () => {
    const clone = cloneOf(origin, join(folder(), 'clone'));
    const sha = tipOf(origin, 'production');
    for (const where of [root, clone]) {
      const { code, stdout } = await cli(where, ['history', '--env', 'production', '--at', '1d'], { env });
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^production, \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d \\(Asia/Manila\\)\\n\\ncommit {4}${sha}\\n`));
      assert.match(stdout, /\ndeployed {2}.* by Ana Reyes <ana@example\.com>\n/);
      assert.match(stdout, /\npromoted {2}.* by Ana Reyes <ana@example\.com>, from main \([0-9a-f]{8}\) to production\n/);
      assert.match(stdout, /\n {2}✓ linear-history +\d/);
    }
    const before = await cli(root, ['history', '--env', 'production', '--at', '2020-01-01 12:00', '--json'], { env });
    assert.deepEqual([before.code, json(before)['basis']], [1, null]);
  });

  it('prints the logs of a deployment, with headings; the last lines; one alone', async () => {
    const all = await cli(root, ['logs', 'production']);
    assert.match(all.stdout, /^==> act\.log <==\n[\s\S]*\n\n==> deploy\.log <==\n.*\$ echo "production is new"\n.* production is new\n$/);
    const one = await cli(root, ['logs', 'staging', '--name', 'deploy.log', '--tail', '1'], { env });
    assert.match(one.stdout, /^\S+ staging is new\n$/);
    const clone = cloneOf(origin, join(folder(), 'clone'));
    const received = json(await cli(clone, ['logs', 'production', '--json'], { env }));
    assert.deepEqual([received['source'], Object.keys(received['logs'] as object)], ['control-plane', ['act.log', 'deploy.log']]);
    const none = await cli(root, ['logs', 'deadbeef'], { env });
    assert.equal(none.code, 2);
    assert.match(none.stderr, /neither here nor in the control plane/);
  });

  it('ends well where nobody reads on', async () => {
    const workspace = await opened(sampleIn(folder()).root);
    await stored(workspace, promotion(1, 'staging'), { 'act.log': 'a line of a long log\n'.repeat(400_000) });
    const script = `"${process.execPath}" "${cliBundle()}" logs staging | head -n 2; exit "\${PIPESTATUS[0]}"`;
    const output = execFileSync('bash', ['-c', script], {
      cwd: workspace.root,
      env: testEnvironment(),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    assert.equal(output, '==> act.log <==\na line of a long log\n');
  });

  it('evidence sync says what was delivered, what waits and what was set aside; --retry tries that again', async () => {
    const workspace = await opened(sampleIn(folder()).root);
    const url = await database.create();
    await migrate(connection(url), migrationsFolder());
    const sync = (...args: string[]) => cli(workspace.root, ['evidence', 'sync', ...args], { env: { DATABASE_URL: url } });
    await stored(workspace, delivery(1));
    const bad = await stored(workspace, delivery(2, { started_at: 'no time' }));
    const first = await sync();
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /delivered 1, 0 wait, 1 set aside/);
    assert.match(first.stdout, /\n! 00000000: .*no time/);
    assert.match((await cli(workspace.root, ['status', '--no-fetch'], { env: { DATABASE_URL: url } })).stdout, /1 record was set aside: /);
    // It is not tried again by itself, and is when somebody asks for it.
    assert.doesNotMatch((await sync()).stderr, /set aside/);
    assert.match((await sync('--retry')).stderr, /was set aside/);
    rmSync(join(workspace.root, bad), { recursive: true });
    await stored(workspace, delivery(2));
    const mended = await sync('--retry', '--json');
    assert.deepEqual([json(mended)['delivered'], json(mended)['setAside']], [1, []]);
  });
});
