import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createEvidenceFolder } from '../../src/adapters/files/evidence-store.ts';
import { cli } from '../support/cli.ts';
import { rejectsWith } from '../support/rejects.ts';
import { commit, git, pushBranch, refsOf, sampleIn, tipOf } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';

/** Mounts a small disk in memory; false where this machine does not let us. */
function mounted(target: string, options: string): boolean {
  mkdirSync(target, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', target], { stdio: 'ignore' }).status === 0;
}

describe('a disk', function () {
  this.timeout(60_000);
  const mounts: string[] = [];
  after(() => {
    for (const target of mounts) spawnSync('umount', ['--lazy', target], { stdio: 'ignore' });
  });
  const folder = temporaryFolders();

  /** A clone whose evidence folder is a disk of this size. */
  function prepared(context: Mocha.Context, options: string) {
    const { root, origin } = sampleIn(folder());
    const evidence = join(root, 'web/docs/evidence');
    if (!mounted(evidence, options)) context.skip(); // needs root and CAP_SYS_ADMIN, for a small disk
    mounts.push(evidence);
    return { root, origin, evidence, before: refsOf(origin) };
  }
  const fill = (place: string, leave: number) => {
    const { bavail, bsize } = statfsSync(place);
    writeFileSync(join(place, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - leave)));
  };

  it('that is full before the act begins: it says so, and nothing was changed', async function () {
    const { root, origin, evidence, before } = prepared(this, 'size=64k');
    fill(evidence, 0);
    const { code, stderr } = await cli(root, ['promote', 'main', 'production', '--yes']);
    assert.equal(code, 1);
    assert.match(stderr, /web\/docs\/evidence.* cannot be written: the disk is full\.\n {2}Free some space/);
    assert.equal(refsOf(origin), before);
  });

  it('that fills up during the gates: nothing moves, the lock is given back, and it works again with room', async function () {
    const { root, origin, evidence } = prepared(this, 'size=256k');
    pushBranch(root, 'fix/gate', 'main', {
      'odoo-ops.yml': `promotion:\n  gates:\n    - name: loud\n      run: "head -c 2000000 /dev/zero | tr '\\\\0' x | fold -w 100"\n`,
    });
    git(root, ['push', '--quiet', 'origin', 'origin/fix/gate:refs/heads/main']);
    const before = tipOf(origin, 'production');
    git(root, ['switch', '--quiet', 'fix/gate']);
    const { code, stderr } = await cli(root, ['promote', 'main', 'production', '--yes']);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /cannot be written: the disk is full/);
    assert.equal(tipOf(origin, 'production'), before);
    assert.equal(git(origin, ['for-each-ref', 'refs/odoo-ops']), '');
    execFileSync('mount', ['-o', 'remount,size=16m', evidence]);
    assert.equal((await cli(root, ['promote', 'main', 'production', '--yes'])).code, 0);
    const { code: verified, stdout } = await cli(root, ['evidence', 'verify']);
    assert.equal(verified, 0, stdout);
  });

  it('that is read-only: it says so, and nothing was changed', async function () {
    const { root, origin, before } = prepared(this, 'size=64k,ro');
    const { code, stderr } = await cli(root, ['promote', 'main', 'production', '--yes']);
    assert.equal(code, 1);
    assert.match(stderr, /cannot be written: the file system is read-only/);
    assert.equal(refsOf(origin), before);
    assert.equal((await cli(root, ['check'])).code, 0);
  });

  it('that is full where an artifact goes: it says so, and no half of it stays', async function () {
    const { root } = sampleIn(folder());
    writeFileSync(join(root, 'addons/ipai/ipai_loyalty/data.bin'), randomBytes(200_000));
    commit(root, 'Data');
    const target = join(folder(), 'small');
    if (!mounted(target, 'size=16k')) this.skip(); // needs root and CAP_SYS_ADMIN, for a small disk
    mounts.push(target);
    const { code, stderr } = await cli(root, ['build', '--output', join(target, 'build.tar')]);
    assert.equal(code, 1);
    assert.match(stderr, /build\.tar cannot be written: the disk is full/);
    assert.deepEqual(readdirSync(target), []);
  });

  it('whose evidence folder is not ours to write: it says so', async function () {
    if (process.getuid?.() !== 0) this.skip(); // needs root, to act as somebody else for a moment
    const { root } = sampleIn(folder());
    for (let place = root; place.length > 5; place = dirname(place))
      if (statSync(place).uid === 0 && place.includes('odoo-ops-test')) chmodSync(place, 0o755);
    process.seteuid?.(65_534);
    try {
      await rejectsWith(
        createEvidenceFolder(join(root, 'web/docs/evidence'), new Date(), 'UTC', 'x'),
        'evidence',
        'web/docs/evidence',
        'you may not write there',
      );
    } finally {
      process.seteuid?.(0);
    }
    assert.equal(existsSync(join(root, 'web')), false);
  });
});
