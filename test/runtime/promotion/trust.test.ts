import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../../../src/runtime/build/build.ts';
import { listEvidence } from '../../../src/runtime/evidence/list.ts';
import { syncEvidence } from '../../../src/runtime/evidence/sync.ts';
import { verifyEvidence } from '../../../src/runtime/evidence/verify.ts';
import { recordHash } from '../../../src/core/evidence/record.ts';
import { sha256 } from '../../../src/adapters/files/hash.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { cloneOf, commit, git, pushBranch, refsOf, sampleIn, tipOf, write } from '../../support/sample.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { opened, planOf, promoted } from '../../support/workspace.ts';

const gates = (run: string) => `version: 1\npromotion:\n  gates:\n    - name: team\n      run: ${run}\n`;

/** Puts files on staging itself, as a reviewed change would. */
function onStaging(root: string, files: Readonly<Record<string, string>>): void {
  write(root, files);
  commit(root, 'Change the rules');
  git(root, ['push', '--quiet', 'origin', 'main']);
}

describe('what a branch can do to the one who promotes it', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();

  it('is not to plant a hook or a setting in the repository, from a gate', async () => {
    const { root } = sampleIn(folder());
    onStaging(root, { 'odoo-ops.yml': gates('sh scripts/gate.sh') });
    const hook =
      'printf "#!/bin/sh\\ntouch planted\\n" > "$(git rev-parse --git-path hooks)/pre-push"; chmod +x "$(git rev-parse --git-path hooks)/pre-push"';
    pushBranch(root, 'feature/hook', 'main', {
      'scripts/gate.sh': `${hook}\ngit config user.email evil@example.com\ngit config remote.origin.pushurl /nowhere\n`,
    });
    const { record } = await promoted(root, 'feature/hook', 'main');
    assert.equal(record.result, 'passed', record.message ?? '');
    assert.equal(existsSync(join(root, '.git/hooks/pre-push')), false);
    assert.equal(git(root, ['config', 'user.email']), 'ana@example.com');
    assert.equal(existsSync(join(root, 'planted')), false);
  });

  it('is not to send evidence onto a branch of code', async () => {
    const { root, origin } = sampleIn(folder());
    const before = refsOf(origin);
    writeFileSync(join(root, 'odoo-ops.yml'), 'evidence:\n  branch: production\n');
    await rejectsWith(opened(root), 'config', 'odoo-ops.yml:2:3', 'production is a branch for code');
    writeFileSync(join(root, 'odoo-ops.yml'), 'branches:\n  production: live\nevidence:\n  branch: production\n');
    await build(await opened(root), { revision: 'HEAD', verify: false, output: null });
    assert.equal(refsOf(origin), before);
  });

  it('is not to lead evidence out of the repository through a symbolic link', async () => {
    const base = folder();
    const { root } = sampleIn(base);
    mkdirSync(join(base, 'outside'));
    mkdirSync(join(root, 'web/docs'), { recursive: true });
    symlinkSync(join(base, 'outside'), join(root, 'web/docs/evidence'));
    await rejectsWith(
      build(await opened(root), { revision: 'HEAD', verify: false, output: null }),
      'evidence',
      'web/docs/evidence is a symbolic link',
    );
    assert.deepEqual(readdirSync(join(base, 'outside')), []);
  });

  it('is to change the addons path and its surfaces together', async () => {
    const { root } = sampleIn(folder());
    const files = Object.fromEntries(
      ['compose.yml', 'config/odoo.conf.template', 'deploy/odoo.staging.conf', 'deploy/odoo.production.conf'].map((path) => [
        path,
        readFileSync(join(root, path), 'utf8').replace(',/workspaces/odoo/addons/ipai_meta', ''),
      ]),
    );
    const paths = ['odoo', 'oca', 'ipai'].map((name) => `    - /workspaces/odoo/addons/${name}\n`).join('');
    pushBranch(root, 'feature/three-folders', 'main', { ...files, 'odoo-ops.yml': `version: 1\nodoo:\n  addons_path:\n${paths}` });
    const { record } = await promoted(root, 'feature/three-folders', 'main');
    assert.equal(record.result, 'passed', record.message ?? '');
  });

  it('is not to bring gates of its own where staging has no configuration', async () => {
    const { root } = sampleIn(folder());
    git(root, ['rm', '--quiet', 'odoo-ops.yml']);
    commit(root, 'Without configuration');
    git(root, ['push', '--quiet', 'origin', 'main']);
    pushBranch(root, 'feature/own-gates', 'main', { 'odoo-ops.yml': gates('"true"') });
    git(root, ['switch', '--quiet', 'feature/own-gates']);
    const plan = await planOf(root, 'feature/own-gates', 'main');
    assert.equal(
      plan.gates.some(({ name }) => name === 'team'),
      false,
    );
  });

  it('is not to take unproven commits of staging along as a hotfix', async () => {
    const { root } = sampleIn(folder());
    pushBranch(root, 'fix/from-staging', 'origin/main', { 'addons/ipai/ipai_loyalty/fix.txt': 'x' });
    const plan = await planOf(root, 'fix/from-staging', 'production', 'invoices carry the wrong tax');
    assert.deepEqual(
      plan.blockers.map(({ code }) => code),
      ['skipped-staging'],
    );
    assert.match(plan.blockers[0]?.message ?? '', /carries 1 commit of staging/);
    pushBranch(root, 'fix/from-production', 'origin/production', { 'addons/ipai/ipai_loyalty/fix.txt': 'x' });
    assert.deepEqual((await planOf(root, 'fix/from-production', 'production', 'invoices carry the wrong tax')).blockers, []);
  });
});

describe('evidence that somebody rewrote', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();

  /** The one record's file below the evidence folder. */
  const recordFile = (root: string): string => {
    const base = join(root, 'web/docs/evidence');
    const names = readdirSync(base, { recursive: true, encoding: 'utf8' });
    return join(base, names.find((name) => name.endsWith('record.json')) ?? '');
  };
  const rewrite = (text: string, change: Record<string, unknown>): string => {
    const content = { ...(JSON.parse(text) as object), ...change };
    return `${JSON.stringify({ ...content, hash: recordHash(content, sha256) }, null, 2)}\n`;
  };

  it('with its hash and the ledger to match still differs from its copy on the remote', async () => {
    const { root } = sampleIn(folder());
    await build(await opened(root), { revision: 'HEAD', verify: false, output: null });
    const file = recordFile(root);
    const old = (JSON.parse(readFileSync(file, 'utf8')) as { hash: string }).hash;
    writeFileSync(file, rewrite(readFileSync(file, 'utf8'), { actor: 'Somebody Else' }));
    const ledger = join(root, '.git/odoo-ops/evidence-ledger.jsonl');
    writeFileSync(ledger, readFileSync(ledger, 'utf8').replace(old, (JSON.parse(readFileSync(file, 'utf8')) as { hash: string }).hash));
    const { problems } = await verifyEvidence(await opened(root));
    assert.ok(
      problems.some(({ message }) => message.includes('differs from its copy on origin/odoo-ops/evidence')),
      JSON.stringify(problems),
    );
  });

  it('on the remote is not brought into another clone', async () => {
    const base = folder();
    const { root, origin } = sampleIn(base);
    await build(await opened(root), { revision: 'HEAD', verify: false, output: null });
    const mirror = cloneOf(origin, join(base, 'forger'));
    git(mirror, ['switch', '--quiet', 'odoo-ops/evidence']);
    const file = recordFile(mirror);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"passed"', '"failed"'));
    commit(mirror, 'Forge');
    git(mirror, ['push', '--quiet', 'origin', 'odoo-ops/evidence']);
    const other = cloneOf(origin, join(base, 'other'));
    const workspace = await opened(other);
    await planOf(other, 'main', 'production');
    assert.deepEqual((await verifyEvidence(workspace)).records, 0);
  });

  it('by hand, an emergency that git does not know excuses no direct commit', async () => {
    const base = folder();
    const { root, origin } = sampleIn(base);
    await promoted(root, 'feature/loyalty-points', 'main');
    const direct = pushBranch(root, 'other/direct', 'origin/production', { 'addons/ipai/x.txt': 'x' });
    git(root, ['push', '--quiet', 'origin', `${direct}:refs/heads/production`]);
    git(root, ['push', '--quiet', 'origin', ':refs/heads/other/direct']);
    const file = recordFile(root);
    const record = JSON.parse(readFileSync(file, 'utf8')) as { plan: { commits: { sha: string }[] }; outcome: object };
    const plan = {
      ...record.plan,
      to: 'production',
      environment: 'production',
      emergency: { reason: 'made up by hand' },
      commits: [{ ...record.plan.commits[0], sha: direct }],
    };
    rmSync(join(root, '.git/odoo-ops/evidence-ledger.jsonl'));
    writeFileSync(file, rewrite(readFileSync(file, 'utf8'), { plan, outcome: { ...record.outcome, sha: direct } }));
    assert.ok((await planOf(root, 'main', 'production')).blockers.some(({ code }) => code === 'direct-commit'));
    assert.equal(tipOf(origin, 'production'), direct);
  });

  it('of a promotion whose machine is gone is settled by another clone, by what the remote holds', async () => {
    const base = folder();
    const { root, origin } = sampleIn(base);
    await promoted(root, 'feature/loyalty-points', 'main');
    const mirror = cloneOf(origin, join(base, 'mirror'));
    git(mirror, ['switch', '--quiet', 'odoo-ops/evidence']);
    const file = recordFile(mirror);
    const content = JSON.parse(readFileSync(file, 'utf8')) as { process: object };
    const open = {
      ...content,
      result: 'interrupted',
      finished_at: null,
      files: [],
      hash: null,
      started_at: '2026-01-01T00:00:00+08:00',
      process: { ...content.process, host: 'a-runner-that-vanished' },
    };
    writeFileSync(file, JSON.stringify(open));
    commit(mirror, 'As the runner left it');
    git(mirror, ['push', '--quiet', 'origin', 'odoo-ops/evidence']);
    const other = cloneOf(origin, join(base, 'other'));
    assert.deepEqual(await syncEvidence(await opened(other)).then(({ pulled, published }) => ({ pulled, published })), {
      pulled: 1,
      published: 1,
    });
    const [entry] = await listEvidence(await opened(other));
    assert.equal(entry?.state, 'passed');
    assert.match(entry.record.message ?? '', /the promotion is complete/);
    assert.deepEqual((await verifyEvidence(await opened(other))).problems, []);
  });
});
