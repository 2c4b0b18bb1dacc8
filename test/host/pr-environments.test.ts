import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makePrWorld, missingForPrWorld, type PrWorld } from './pr-world.ts';
import { requireHost } from './require-host.ts';
import { runSuite } from './run-suite.ts';

/** Pull requests of a GitHub, and environments as processes of this machine, for a suite in VS Code. */
describe('in a real VS Code, with pull requests', function () {
  this.timeout(240_000);
  let folder: string | undefined;
  let world: PrWorld | undefined;

  before(async function () {
    requireHost(this);
    const missing = await missingForPrWorld();
    if (missing !== undefined) {
      console.log(`    skipped: ${missing}`);
      return this.skip();
    }
    folder = mkdtempSync('/var/tmp/odoo-ops-host-pr-'); // others than root have to reach it
    world = await makePrWorld(folder);
  });
  after(async () => {
    await world?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** What the suite asks for from within the window, by a file that goes when it is done. */
  function serveWishes({ github: { state }, workspace, cutDatabase }: PrWorld): () => void {
    const wishes: Record<string, () => unknown> = {
      'silence-github': () => (state.interfere = () => 'drop'),
      'wake-github': () => (state.interfere = () => undefined),
      'close-2': () => state.closePull(2),
      'cut-database': () => cutDatabase(true),
      'join-database': () => cutDatabase(false),
    };
    const busy = new Set<string>();
    const timer = setInterval(() => {
      for (const [name, grant] of Object.entries(wishes)) {
        const file = join(workspace, '.git', `please-${name}`);
        if (busy.has(name) || !existsSync(file)) continue;
        busy.add(name);
        void Promise.resolve(grant()).then(() => {
          rmSync(file);
          busy.delete(name);
        });
      }
    }, 50);
    return () => clearInterval(timer);
  }

  it('passes the suite "pull-requests"', async () => {
    assert.ok(world);
    const stopServing = serveWishes(world);
    try {
      const result = await runSuite({
        extensionPath: resolve(import.meta.dirname, '../..'),
        suite: join(import.meta.dirname, 'suite', 'pull-requests'),
        workspace: world.workspace,
        timeoutMs: 200_000,
        env: world.env,
      });
      assert.equal(result.failed, 0, result.log);
      assert.ok(result.passed > 0);
    } finally {
      stopServing();
    }
  });
});
