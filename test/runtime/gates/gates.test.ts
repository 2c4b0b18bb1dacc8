import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GateResult } from '../../../src/core/gates/gate.ts';
import { gatesOf, promote } from '../../../src/runtime/promotion/promote.ts';
import { preparePromotion } from '../../../src/runtime/promotion/plan.ts';
import { git, pushBranch, sampleIn, tipOf, write } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { until } from '../../support/until.ts';
import { opened } from '../../support/workspace.ts';

interface Gate {
  name: string;
  run: string | string[];
  timeout?: string;
  needs?: string[];
  env?: string[];
  into?: string[];
}

/** False for a process that is gone, or whose parent has only not looked yet. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

describe('gates of a team', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();

  /** Promotes `fix/next` through these gates of staging. */
  async function run(
    gates: readonly Gate[],
    environment: Readonly<Record<string, string>> = {},
    files: Readonly<Record<string, string>> = {},
  ) {
    const { root, origin } = sampleIn(folder());
    pushBranch(root, 'fix/gates', 'main', { 'odoo-ops.yml': JSON.stringify({ promotion: { gates } }) });
    git(root, ['push', '--quiet', 'origin', 'origin/fix/gates:refs/heads/main']);
    pushBranch(root, 'fix/next', 'origin/fix/gates', { 'next.txt': 'next\n', ...files });
    const workspace = await opened(root, environment);
    const before = tipOf(origin, 'main');
    const act = await promote(workspace, await preparePromotion(workspace, { from: 'fix/next', to: 'main', emergency: null }));
    const results = new Map(gatesOf(act).map((result) => [result.name, result]));
    const log = (name: string) => readFileSync(join(root, act.folder, 'logs', `gate-${name}.log`), 'utf8');
    return { act, root, results, log, moved: tipOf(origin, 'main') !== before };
  }
  const words = (result: GateResult | undefined) => `${result?.result ?? 'none'}: ${result?.message ?? ''}`;

  it('run in a check-out of the candidate commit, with its files and its facts, each with its own log', async () => {
    const { act, root, results, log, moved } = await run([
      {
        name: 'files',
        run: 'cat next.txt && git rev-parse HEAD && echo "$ODOO_OPS_COMMIT $ODOO_OPS_FROM $ODOO_OPS_TO" && pwd && echo wrong >&2 && echo changed > next.txt',
      },
      { name: 'list', run: ['printf', '%s|', 'a b', '$HOME', ';id'] },
    ]);
    assert.ok(moved, act.record.message ?? '');
    const sha = act.record.outcome?.act === 'promotion' ? act.record.outcome.sha : '';
    const lines = log('files')
      .split('\n')
      .map((line) => line.replace(/^\S+ /, ''));
    assert.deepEqual(lines.slice(1, 4), ['next', sha, `${sha} fix/next main`]);
    assert.notEqual(lines[4], root);
    assert.equal(existsSync(lines[4] ?? root), false);
    assert.ok(lines.includes('wrong'));
    assert.match(log('list'), /a b\|\$HOME\|;id\|/);
    assert.equal(results.get('files')?.log, 'logs/gate-files.log');
    assert.equal(git(root, ['status', '--porcelain']), '');
  });

  it('fail by their exit code, by a crash, by a command that does not exist and by a timeout; what needs them does not run', async () => {
    const { act, results, log, moved } = await run([
      { name: 'code', run: 'exit 7' },
      { name: 'crash', run: 'kill -SEGV $$' },
      { name: 'missing', run: ['no-such-program-anywhere'] },
      { name: 'slow', run: 'trap "" TERM; echo begun; sleep 60 & sleep 60; wait', timeout: '700ms' },
      { name: 'after', run: 'touch ran', needs: ['code'] },
      { name: 'after-that', run: 'touch ran', needs: ['after'] },
      { name: 'fine', run: 'true' },
    ]);
    assert.equal(moved, false);
    assert.equal(act.record.result, 'refused');
    assert.deepEqual(
      ['code', 'crash', 'slow', 'after', 'after-that', 'fine'].map((name) => words(results.get(name))),
      [
        'failed: exit code 7',
        'failed: exit code -1',
        'failed: took longer than 0.7 s',
        'inconclusive: not run: code did not pass',
        'inconclusive: not run: after did not pass',
        'passed: exit code 0',
      ],
    );
    assert.match(words(results.get('missing')), /^failed: no-such-program-anywhere cannot be started/);
    assert.match(log('slow'), /begun/);
    assert.match(
      act.record.message ?? '',
      /code: exit code 7; crash: exit code -1; missing: .*; slow: took longer than 0\.7 s; after: not run/,
    );
  });

  it('run at the same time', async () => {
    const meet = (own: string, other: string) =>
      `d=$(dirname "$MEETING"); touch "$d/${own}"; i=0; while [ ! -e "$d/${other}" ]; do sleep 0.05; i=$((i+1)); [ $i -lt 200 ] || exit 1; done`;
    const { results, moved } = await run(
      [
        { name: 'one', run: meet('a', 'b') },
        { name: 'two', run: meet('b', 'a') },
      ],
      { MEETING: join(folder(), 'x') },
    );
    assert.ok(moved, [...results.values()].map(words).join());
  });

  it('see no secrets, but those that staging lets them have', async () => {
    const secrets = {
      DEPLOY_TOKEN: 'token-value-1',
      AWS_SECRET_ACCESS_KEY: 'aws-value-2',
      SUPABASE_SERVICE_ROLE_KEY: 'role-value-3',
      OTHER_DB: 'postgres://u:other-value-4@127.0.0.1/x',
      CHECK_API_KEY: 'check-value-5',
      HARMLESS: 'harmless-6',
      DATABASE_URL: 'postgresql://u:p@127.0.0.1:1/x',
    };
    const { log } = await run([{ name: 'env', run: 'env | cut -d= -f1 | sort', env: ['CHECK_API_KEY'] }], secrets);
    const names = log('env')
      .split('\n')
      .map((line) => line.replace(/^\S+ /, ''));
    assert.deepEqual(
      Object.keys(secrets).filter((name) => names.includes(name)),
      ['CHECK_API_KEY', 'HARMLESS'],
    );
  });

  it('come from staging: the branch can neither drop nor change them', async () => {
    const { results, moved } = await run([{ name: 'strict', run: 'exit 1' }], {}, { 'odoo-ops.yml': 'version: 1\n' });
    assert.equal(words(results.get('strict')), 'failed: exit code 1');
    assert.equal(moved, false);
  });

  it('guard the promotions that they name', async () => {
    const { results, moved } = await run([{ name: 'only-production', run: 'exit 1', into: ['production'] }]);
    assert.equal(results.has('only-production'), false);
    assert.ok(moved);
  });

  it('end with all that they started: a process left behind neither holds the promotion nor lives on', async () => {
    const pidFile = join(folder(), 'pid');
    const begin = Date.now();
    const { moved } = await run([{ name: 'leaves', run: `sleep 300 & echo $! > '${pidFile}'; echo done`, timeout: '60s' }]);
    assert.ok(moved);
    assert.ok(Date.now() - begin < 30_000);
    await until('the end of the process', () => !lives(Number(readFileSync(pidFile, 'utf8'))));
  });

  it('may print much, long lines and bytes that are no text', async () => {
    const { log, moved } = await run([
      {
        name: 'loud',
        run: "head -c 100000 /dev/zero | tr '\\0' x; echo; head -c 2000 /dev/urandom; echo; seq 1 2000; printf 'no newline at the end'",
      },
    ]);
    assert.ok(moved);
    assert.ok(log('loud').includes('x'.repeat(100_000)));
    assert.match(log('loud'), / 2000\n.* no newline at the end\n/);
  });

  it('do not pass a file that no rule can read, but where it was so before', async () => {
    const { root, origin } = sampleIn(folder());
    const unread = async (branch: string, files: Record<string, string>) => {
      pushBranch(root, branch, 'main', files);
      const workspace = await opened(root);
      const act = await promote(workspace, await preparePromotion(workspace, { from: branch, to: 'main', emergency: null }));
      return gatesOf(act).find(({ name }) => name === 'policy')!;
    };
    const broken = await unread('fix/broken', { 'deploy/compose.more.yml': 'services: [\n' });
    assert.match(words(broken), /^failed: 1 error: unreadable-file: deploy\/compose\.more\.yml:/);
    git(root, ['push', '--quiet', 'origin', 'fix/broken:main']);
    git(root, ['fetch', '--quiet', 'origin']);
    const next = await unread('fix/next', { 'docs/next.md': 'x\n' });
    assert.equal(words(next), 'passed: 1 warning');
    assert.ok(tipOf(origin, 'main'));
  });

  it('report that the built-in ones failed: the rules, and an artifact that cannot be built', async () => {
    const { root, origin } = sampleIn(folder());
    const before = tipOf(origin, 'main');
    write(root, {});
    pushBranch(root, 'fix/bad', 'main', {
      'compose.yml': 'services:\n  odoo:\n    image: odoo:19.0\n',
      'odoo-ops.yml': 'odoo:\n  addons_path: [nowhere]\n',
    });
    const workspace = await opened(root);
    const act = await promote(workspace, await preparePromotion(workspace, { from: 'fix/bad', to: 'main', emergency: null }));
    const results = new Map(gatesOf(act).map((result) => [result.name, words(result)]));
    assert.match(results.get('policy') ?? '', /^failed: .*: odoo-stage: compose\.yml:2: Service odoo starts Odoo without ODOO_STAGE\./);
    assert.match(results.get('reproducible-build') ?? '', /^failed: Commit \w+ holds no addon in nowhere/);
    assert.equal(tipOf(origin, 'main'), before);
  });
});
