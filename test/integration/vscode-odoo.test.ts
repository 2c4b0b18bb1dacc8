import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeSampleRepository } from '../fixtures/sample-repository.ts';
import { requireHost } from '../host/require-host.ts';
import { runSuite } from '../host/run-suite.ts';
import { until } from '../support/until.ts';

const root = resolve(import.meta.dirname, '../..');

/** Needs what `odoo.test.ts` needs, and what `test/host` needs. */
describe('a real Odoo, started from a real VS Code', function () {
  this.timeout(300_000);
  const database = `odoo_ops_test_${randomBytes(4).toString('hex')}`;
  let folder: string | undefined;

  async function sql(statement: string): Promise<void> {
    const { Client } = (await import('pg')).default;
    const client = new Client({ database: 'postgres' });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  }

  before(function () {
    if (!process.env['ODOO_HOME']) {
      console.log('      skipped: ODOO_HOME is not set');
      this.skip();
    }
    requireHost(this);
  });
  after(async () => {
    if (folder === undefined) return;
    rmSync(folder, { recursive: true, force: true });
    await sql(`drop database if exists ${database} with (force)`);
  });

  it('installs the addon with the command line, then serves it from the palette', async () => {
    folder = mkdtempSync(join(tmpdir(), 'odoo-ops-odoo-'));
    chmodSync(folder, 0o755); // Odoo may run as another user
    const workspace = makeSampleRepository(folder).root;
    const config = join(workspace, 'odoo-ops.yml');
    writeFileSync(config, readFileSync(config, 'utf8').replace('odoo:', 'odoo:\n  http_port: 8169'));
    await sql(`create database ${database}`);
    const install = spawn(
      process.execPath,
      [join(root, 'dist/cli.cjs'), 'dev', '--database', database, '--init', 'web,ipai_loyalty', '--json'],
      { cwd: workspace, stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const ended = once(install, 'exit');
    let output = '';
    install.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await until('Odoo with the addon', () => output.includes('"ready"'), 180_000);
    install.kill('SIGINT');
    assert.deepEqual(await ended, [0, null]);
    const result = await runSuite({
      extensionPath: root,
      suite: join(root, 'test/host/suite/odoo'),
      workspace,
      settings: { 'odooOps.database': database },
      timeoutMs: 200_000,
    });
    assert.equal(result.failed, 0, result.log);
  });
});
