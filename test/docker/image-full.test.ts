import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { pack } from 'tar-stream';
import { imageTest, sourceOf } from '../support/docker/code-image.ts';
import { rejectsWith } from '../support/rejects.ts';
import { commit, sampleIn } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';
import { until } from '../support/until.ts';

/** Why there can be no engine of our own on a small disk; null where there can. */
function whyNot(): string | null {
  if (process.getuid?.() !== 0) return 'it mounts a small disk, which needs root';
  try {
    execFileSync('dockerd', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'dockerd is not installed';
  }
}

describe('an engine whose disk is full', function () {
  this.timeout(120_000);
  let engine: ChildProcess | undefined;
  /** Removed by us: what is mounted in it goes first. */
  let place: string | undefined;
  let disk: string | undefined;
  let docker: Docker;

  before(async function () {
    const reason = whyNot();
    if (reason !== null) {
      console.log(`      skipped: ${reason}`);
      return this.skip();
    }
    place = mkdtempSync(join(tmpdir(), 'odoo-ops-engine-'));
    const root = place;
    const mounted = join(root, 'disk');
    mkdirSync(mounted);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', mounted], { stdio: 'ignore' });
    } catch {
      console.log('      skipped: no disk can be mounted here');
      return this.skip();
    }
    disk = mounted;
    const socketPath = join(root, 'sock');
    const own = [
      '--data-root',
      mounted,
      '--exec-root',
      join(root, 'exec'),
      '--pidfile',
      join(root, 'pid'),
      '--host',
      `unix://${socketPath}`,
    ];
    // Beside the engine of this machine, of which it touches nothing: without a network of its own it would delete that one's bridge (docker0).
    engine = spawn('unshare', ['--net', 'dockerd', ...own, '--bridge', 'none', '--iptables=false', '--ip-masq=false'], { stdio: 'ignore' });
    docker = new Docker({ socketPath });
    await until('the engine answers', () =>
      docker.ping().then(
        () => true,
        () => false,
      ),
    );
  });
  after(async () => {
    if (engine?.exitCode === null) {
      engine.kill();
      await once(engine, 'exit');
    }
    if (disk !== undefined) execFileSync('umount', [disk]);
    if (place !== undefined) rmSync(place, { recursive: true, force: true });
  });
  // After the hook above: what is mounted in a folder keeps it.
  const folder = temporaryFolders();

  it('is said to be so in its own words with what to do, and keeps nothing; the next that fits is built', async () => {
    const tar = pack();
    tar.entry({ name: 'etc/hostname' }, 'base');
    tar.finalize();
    const imported = await docker.importImage(tar as unknown as NodeJS.ReadableStream, { repo: 'small', tag: 'base' });
    imported.resume();
    await once(imported, 'end');
    const { root } = sampleIn(folder());
    const test = imageTest('image-full', 'small:base', docker);
    const first = await test.build(await sourceOf(root));
    const large = join(root, 'addons/ipai/ipai_loyalty/large.bin');
    writeFileSync(large, randomBytes(60_000_000));
    commit(root, 'Too much');
    const error = await rejectsWith(test.build(await sourceOf(root)), 'failed', 'no space left on device');
    assert.match(error.hint ?? '', /docker system df/);
    assert.deepEqual(
      (await test.images()).map(({ Id }) => Id),
      [first.id],
    );
    rmSync(large);
    commit(root, 'Less');
    const next = await test.build(await sourceOf(root));
    assert.deepEqual(
      next.layers.map(({ reused }) => reused),
      [true, true],
    );
  });
});
