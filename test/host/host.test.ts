import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeSampleRepository } from '../fixtures/sample-repository.ts';
import { runSuite } from './run-suite.ts';
import { requireHost } from './require-host.ts';

const root = resolve(import.meta.dirname, '../..');

/** One test here is a whole suite inside VS Code; its own lines are printed as they come. */
describe('in a real VS Code', function () {
  this.timeout(180_000);
  let folder: string;

  before(function () {
    requireHost(this);
    folder = mkdtempSync(join(tmpdir(), 'odoo-ops-host-'));
  });
  after(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  for (const [suite, trust] of [
    ['trusted', true],
    ['restricted', false],
  ] as const) {
    it(`passes the suite "${suite}"`, async () => {
      const parent = join(folder, suite);
      mkdirSync(parent);
      const workspace = makeSampleRepository(parent).root;
      const result = await runSuite({
        extensionPath: root,
        suite: join(import.meta.dirname, 'suite', suite),
        workspace,
        trust,
        timeoutMs: 150_000,
        env: { GITHUB_TOKEN: undefined },
      });
      assert.equal(result.failed, 0, result.log);
      assert.ok(result.passed > 0);
    });
  }
});
