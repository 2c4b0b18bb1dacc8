import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../../src/extension/extension.ts';
import { sampleRecord } from '../../../support/records.ts';
import { until } from '../../until.ts';

const EVIDENCE = 'web/docs/evidence';
const root = () => vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';

async function extension(): Promise<vscode.Extension<ExtensionApi>> {
  const found = vscode.extensions.getExtension<ExtensionApi>('odoo-ops.odoo-ops');
  assert.ok(found);
  await found.activate();
  return found;
}

/** VS Code's file watcher starts late: waits until it tells of a new file. */
async function watcherRuns(): Promise<void> {
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(root(), '**/probe-*.json'));
  let told = false;
  watcher.onDidCreate(() => (told = true));
  let count = 0;
  try {
    await until(
      'the file watcher',
      () => {
        if (!told) writeFileSync(join(root(), `probe-${++count}.json`), '');
        return told || undefined;
      },
      { timeoutMs: 20_000 },
    );
  } finally {
    watcher.dispose();
    for (let number = 1; number <= count; number++) rmSync(join(root(), `probe-${number}.json`));
  }
}

describe('the Activity view', function () {
  this.timeout(60_000);
  let shown: ExtensionApi['activity'];
  let cli: string;
  const titles = () => shown()?.items.map(({ act, topic }) => `${act} ${topic}`) ?? [];

  before(async () => {
    const { exports, extensionPath } = await extension();
    shown = () => exports.activity();
    cli = join(extensionPath, 'dist', 'cli.cjs');
    await until('the first overview', exports.overview, { timeoutMs: 20_000 });
  });

  it('asks for nothing before it is seen, and then finds nothing in a new repository', async () => {
    assert.equal(shown(), undefined);
    await vscode.commands.executeCommand('odooOps.activity.focus');
    const { items, next, source, running } = await until('the first page', shown, { timeoutMs: 20_000 });
    assert.deepEqual([items, next, source, running], [[], null, 'evidence', []]);
  });

  it('shows an act of this window when it has ended', async () => {
    await vscode.commands.executeCommand('odooOps.buildCommit', { revision: 'HEAD' });
    await until('the build', () => titles().length === 1 || undefined, { timeoutMs: 20_000 });
    assert.deepEqual([titles(), shown()?.items[0]?.result], [['build build-main'], 'passed']);
  });

  it('shows an act of a terminal at once', async () => {
    await watcherRuns();
    execFileSync(process.execPath, [cli, 'build', 'origin/production'], {
      cwd: root(),
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    });
    await until('the second build', () => titles().length === 2 || undefined, { timeoutMs: 10_000 });
    // They may have ended in the same second.
    assert.deepEqual(titles().sort(), ['build build-main', 'build build-production']);
  });

  it('shows what runs apart from what has ended', async () => {
    const folder = join(root(), EVIDENCE, '20260101-0800+0800', 'build-running');
    mkdirSync(folder, { recursive: true });
    const process_ = { host: hostname(), pid: process.ppid, version: '0.1.0' };
    const started_at = new Date().toISOString();
    const record = sampleRecord(7, { result: 'interrupted', started_at, finished_at: null, process: process_ });
    writeFileSync(join(folder, 'record.json'), `${JSON.stringify(record, null, 2)}\n`);
    try {
      await vscode.commands.executeCommand('odooOps.refreshActivity');
      assert.deepEqual([shown()?.running.map(({ id }) => id), titles().length], [[record.id], 2]);
    } finally {
      rmSync(folder, { recursive: true });
    }
    await vscode.commands.executeCommand('odooOps.refreshActivity');
    assert.deepEqual(shown()?.running, []);
  });

  it('shows the logs of an act as a document', async () => {
    const id = shown()?.items[0]?.id ?? '';
    await vscode.commands.executeCommand('odooOps.showActLog', { kind: 'act', id });
    const document = await until(
      'the log',
      () => vscode.workspace.textDocuments.find(({ uri }) => uri.path.endsWith(`${id.slice(0, 8)}.log`)),
      {
        timeoutMs: 10_000,
      },
    );
    assert.match(document.getText(), /^==> act\.log <==\n/);
    assert.equal(document.isDirty, false);
  });
});
