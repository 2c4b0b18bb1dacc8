import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../../src/extension/extension.ts';
import { until } from '../../until.ts';

const root = () => vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
const git = (...args: string[]) => execFileSync('git', args, { cwd: root(), encoding: 'utf8' }).trim();
/** What the remote itself holds, not what this clone last saw. */
const onOrigin = (branch: string) => git('ls-remote', 'origin', `refs/heads/${branch}`).split('\t')[0] ?? '';
const record = (folder: string) =>
  JSON.parse(readFileSync(join(root(), folder, 'record.json'), 'utf8')) as {
    result: string;
    outcome: { sha: string | null; gates?: { name: string; result: string }[] };
  };

async function api(): Promise<ExtensionApi> {
  const extension = vscode.extensions.getExtension<ExtensionApi>('odoo-ops.odoo-ops');
  assert.ok(extension, 'odoo-ops.odoo-ops is not among the extensions');
  return extension.activate();
}

describe("the extension in a team's repository", () => {
  before(async () => {
    const { overview } = await api();
    await until('the first overview', overview, { timeoutMs: 20_000 });
  });

  it('offers each command that its manifest names', async () => {
    const manifest = vscode.extensions.getExtension('odoo-ops.odoo-ops')?.packageJSON as {
      contributes: { commands: { command: string }[] };
    };
    const known = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      manifest.contributes.commands.map(({ command }) => command).filter((command) => !known.has(command)),
      [],
    );
  });

  it('opens both trees', async () => {
    await vscode.commands.executeCommand('odooOps.environments.focus');
    await vscode.commands.executeCommand('odooOps.builds.focus');
  });

  it('knows the environments and the branches that wait', async () => {
    const overview = (await api()).overview();
    assert.deepEqual(
      overview?.environments.map(({ name, branch }) => [name, branch]),
      [
        ['dev', 'main'],
        ['staging', 'main'],
        ['production', 'production'],
      ],
    );
    assert.deepEqual(overview.pullRequests.map(({ branch }) => branch).sort(), ['feature/loyalty-points', 'fix/invoice-rounding']);
    assert.equal(overview.environments[1]?.ahead, 1);
  });

  it('builds a commit and leaves its manifest', async () => {
    const folder = await vscode.commands.executeCommand<string>('odooOps.buildCommit', { kind: 'environment', name: 'staging' });
    assert.ok(existsSync(join(root(), folder, 'manifest.json')));
    assert.equal(record(folder).result, 'passed');
  });

  it('promotes a branch to staging: evidence here, the branch moved on the remote', async () => {
    const before = onOrigin('main');
    const folder = await vscode.commands.executeCommand<string>('odooOps.promote', {
      from: 'feature/loyalty-points',
      to: 'main',
      confirm: 'staging',
    });
    const { result, outcome } = record(folder);
    assert.equal(result, 'passed');
    assert.equal(onOrigin('main'), outcome.sha);
    assert.notEqual(outcome.sha, before);
    git('merge-base', '--is-ancestor', 'origin/feature/loyalty-points', outcome.sha ?? '');
  });

  it('is refused by the gate for the rules, and moves nothing', async () => {
    const before = onOrigin('main');
    const folder = await vscode.commands.executeCommand<string>('odooOps.promote', {
      from: 'fix/invoice-rounding',
      to: 'main',
      confirm: 'staging',
    });
    const { result, outcome } = record(folder);
    assert.equal(result, 'refused');
    assert.deepEqual(
      outcome.gates?.filter((gate) => gate.result !== 'passed').map(({ name }) => name),
      ['policy'],
    );
    assert.equal(onOrigin('main'), before);
  });

  it('promotes staging to production: the very commit that staging has', async () => {
    await vscode.commands.executeCommand('odooOps.promote', { from: 'main', to: 'production', confirm: 'production' });
    assert.equal(onOrigin('production'), onOrigin('main'));
    const { overview, refresh } = await api();
    await refresh();
    assert.equal(overview()?.environments.find(({ name }) => name === 'production')?.last?.sha, onOrigin('production'));
  });

  it('does not promote where the caller names another environment than the plan does', async () => {
    const before = onOrigin('main');
    await vscode.commands.executeCommand('odooOps.promote', { from: 'fix/invoice-rounding', to: 'main', confirm: 'production' });
    assert.equal(onOrigin('main'), before);
  });

  it('leaves the work tree clean', () => {
    assert.equal(git('status', '--porcelain'), '');
  });

  it('shows the evidence of a promotion as a read-only document', async () => {
    await vscode.commands.executeCommand('odooOps.showEvidence', 'promote-main-to-production');
    const document = await until(
      'the record',
      () => vscode.workspace.textDocuments.find((open) => open.uri.scheme === 'odoo-ops' && open.getText().includes('moved from')),
      { timeoutMs: 10_000 },
    );
    assert.match(document.getText(), /✓ reproducible-build/);
  });

  it('opens the logs of a record by a click, also after its folder was compressed', async () => {
    const open = vscode.workspace.textDocuments.find(
      (document) => document.uri.scheme === 'odoo-ops' && document.getText().includes('moved from'),
    );
    assert.ok(open);
    const where = join(root(), /^- folder (\S+)$/m.exec(open.getText())?.[1] ?? 'nowhere');
    const linked = async () => {
      const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>('vscode.executeLinkProvider', open.uri);
      const log = links.find(({ target }) => target?.path.endsWith('/act.log'))?.target;
      assert.ok(log);
      return [log.scheme, (await vscode.workspace.openTextDocument(log)).getText()];
    };
    const [scheme, text] = await linked();
    assert.equal(scheme, 'file');
    execFileSync('tar', ['-czf', 'files.tar.gz', 'logs/act.log'], { cwd: where });
    rmSync(join(where, 'logs/act.log'));
    assert.deepEqual(await linked(), ['odoo-ops', text]);
    execFileSync('tar', ['-xzf', 'files.tar.gz'], { cwd: where });
    rmSync(join(where, 'files.tar.gz'));
  });

  it('shows findings as diagnostics in their files', async () => {
    const compose = join(root(), 'compose.yml');
    const text = readFileSync(compose, 'utf8');
    writeFileSync(compose, text.replace('ODOO_STAGE: development', 'ODOO_STAGE: live'));
    try {
      await vscode.commands.executeCommand('odooOps.runChecks');
      const [found] = vscode.languages.getDiagnostics(vscode.Uri.file(compose));
      assert.equal(typeof found?.code === 'object' ? found.code.value : undefined, 'odoo-stage');
      assert.equal(
        found?.range.start.line,
        text.split('\n').findIndex((line) => line.includes('ODOO_STAGE')),
      );
    } finally {
      writeFileSync(compose, text);
    }
  });

  it('shows where odoo-ops.yml is wrong', async () => {
    const file = join(root(), 'odoo-ops.yml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, `${text}evidense:\n  folder: here\n`);
    try {
      await vscode.commands.executeCommand('odooOps.runChecks');
      const [found] = vscode.languages.getDiagnostics(vscode.Uri.file(file));
      assert.match(found?.message ?? '', /Unknown key evidense/);
      assert.equal(found?.range.start.line, text.split('\n').length - 1);
    } finally {
      writeFileSync(file, text);
    }
  });
});
