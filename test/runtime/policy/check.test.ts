import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { check } from '../../../src/runtime/policy/check.ts';
import { openPolicy } from '../../../src/runtime/policy/session.ts';
import type { Finding } from '../../../src/core/policy/finding.ts';
import type { CheckResult } from '../../../src/core/policy/outcome.ts';
import { commit, git, write } from '../../fixtures/sample-repository.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { cloneOf, pushBranch, sampleIn } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { opened } from '../../support/workspace.ts';

const texts = ({ findings }: { findings: readonly Finding[] }) =>
  findings.map(({ rule, file, severity }) => `${severity} ${rule} ${file ?? '-'}`).sort();
const outcome = ({ outcomes }: CheckResult, rule: string) => outcomes.find((one) => one.rule === rule);

describe('check', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();

  it('has nothing to say of a repository in order, and says what it looked at', async () => {
    const { root } = sampleIn(folder());
    const result = await check(await opened(root));
    assert.deepEqual([result.findings, result.suppressed, result.notices], [[], [], []]);
    assert.deepEqual(
      result.outcomes.filter((one) => one.result !== 'passed'),
      [],
    );
  });

  it('finds what is in the work tree, committed or not, and what the history says', async () => {
    const { root } = sampleIn(folder());
    rmSync(join(root, 'requirements.txt.lock'));
    write(root, { 'docs/install.md': '```sh\nodoo-bin --addons-path=/workspaces/odoo/addons/oca\n```\n' });
    pushBranch(cloneOf(join(root, '../origin.git'), join(folder(), 'other')), 'x', 'origin/production', { 'x.txt': 'x' });
    git(root, ['fetch', '--quiet', 'origin']);
    git(root, ['push', '--quiet', 'origin', 'origin/x:refs/heads/production']);
    assert.deepEqual(texts(await check(await opened(root))), [
      'error addons-path-order docs/install.md',
      'error linear-promotion -',
      'warning reproducible-build requirements.txt',
    ]);
  });

  it('says why history cannot tell, where there is no remote or no whole history', async () => {
    const { root, origin } = sampleIn(folder());
    git(root, ['remote', 'remove', 'origin']);
    const alone = outcome(await check(await opened(root)), 'linear-promotion');
    assert.deepEqual([alone?.result, alone?.why], ['not-applicable', 'There is no remote to compare with.']);
    const shallow = cloneOf(`file://${origin}`, join(folder(), 'shallow'), 'CI', ['--depth', '1']);
    assert.match(outcome(await check(await opened(shallow)), 'linear-promotion')?.why ?? '', /fetch --unshallow/);
  });

  it('looks at some rules, at one stage, at what changed', async () => {
    const { root } = sampleIn(folder());
    write(root, { 'compose.yml': readFileSync(join(root, 'compose.yml'), 'utf8').replace('ODOO_STAGE: development', 'ODOO_STAGE: live') });
    commit(root, 'Break one thing');
    git(root, ['switch', '--quiet', '--create', 'feature/more']);
    write(root, {
      'deploy/odoo.staging.conf': readFileSync(join(root, 'deploy/odoo.staging.conf'), 'utf8').replace(
        'max_cron_threads = 0',
        'max_cron_threads = 2',
      ),
    });
    const workspace = await opened(root);
    const [stage, neutral] = ['error odoo-stage compose.yml', 'error staging-neutralised deploy/odoo.staging.conf'];
    assert.deepEqual(texts(await check(workspace)), [stage, neutral]);
    assert.deepEqual(texts(await check(workspace, { rules: ['odoo-stage'] })), [stage]);
    assert.deepEqual(texts(await check(workspace, { changedSince: 'main' })), [neutral]);
    assert.deepEqual(texts(await check(workspace, { changedSince: 'HEAD~1' })), [stage, neutral]);
    assert.ok(texts(await check(workspace, { stage: 'staging' })).includes(neutral));
    assert.ok(!texts(await check(workspace, { stage: 'production' })).includes(neutral));
    await rejectsWith(check(workspace, { changedSince: 'no-such-branch' }), 'repository', 'no-such-branch');
  });

  it('names a submodule that is not checked out', async () => {
    const { root } = sampleIn(folder());
    const inner = sampleIn(folder()).root;
    git(root, ['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'vendor/odoo']);
    commit(root, 'Submodule');
    git(root, ['submodule', '--quiet', 'deinit', '--force', '--all']);
    const { notices } = await check(await opened(root));
    assert.match(notices[0] ?? '', /^vendor\/odoo is a submodule that is not checked out/);
  });
});

describe('a policy that stays open', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();

  it('sees what is typed, what was saved, and what appears, each by itself', async () => {
    const { root } = sampleIn(folder());
    const session = await openPolicy(await opened(root));
    assert.deepEqual(texts(await session.check()), []);
    const compose = readFileSync(join(root, 'compose.yml'), 'utf8');
    const broken = compose.replace('ODOO_STAGE: development', 'ODOO_STAGE: live');
    const typed = await session.check({ changed: [], overlay: new Map([['compose.yml', broken]]) });
    assert.deepEqual(texts(typed), ['error odoo-stage compose.yml']);
    assert.deepEqual(texts(await session.check({ changed: [] })), []);
    write(root, { 'compose.yml': broken });
    assert.deepEqual(texts(await session.check({ changed: [] })), [], 'nobody told it of the change');
    assert.deepEqual(texts(await session.check({ changed: ['compose.yml'] })), ['error odoo-stage compose.yml']);
    write(root, { 'compose.yml': compose, 'stack/docker-compose.yml': broken.replace('- .:', '- ..:') });
    assert.deepEqual(texts(await session.check({ changed: ['compose.yml', 'stack/docker-compose.yml'] })), [
      'error odoo-stage stack/docker-compose.yml',
    ]);
    rmSync(join(root, 'stack'), { recursive: true });
    assert.deepEqual(texts(await session.check({ changed: ['stack/docker-compose.yml'] })), []);
    assert.deepEqual([session.reads('compose.yml'), session.reads('media/picture.png')], [true, false]);
  });

  it('keeps what history said while somebody types', async () => {
    const { root } = sampleIn(folder());
    git(root, ['commit', '--quiet', '--allow-empty', '--message', 'Straight']);
    git(root, ['push', '--quiet', 'origin', 'HEAD:refs/heads/production']);
    git(root, ['fetch', '--quiet', 'origin']);
    const session = await openPolicy(await opened(root));
    assert.equal(outcome(await session.check(), 'linear-promotion')?.result, 'not-applicable');
    const seen = outcome(await session.check({ thorough: true }), 'linear-promotion');
    assert.deepEqual(outcome(await session.check({ changed: [] }), 'linear-promotion'), seen);
    assert.equal(seen?.result, 'failed');
  });

  it('stops where it is told to', async () => {
    const { root } = sampleIn(folder());
    const session = await openPolicy(await opened(root));
    await assert.rejects(session.check({ signal: AbortSignal.abort(new Error('typed on')) }), /typed on/);
  });
});
