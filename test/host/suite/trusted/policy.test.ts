import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../../src/extension/extension.ts';
import { until } from '../../until.ts';

const STAGING = 'deploy/odoo.staging.conf';
const root = () => vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
const uriOf = (path: string) => vscode.Uri.file(join(root(), path));
const ruleOf = ({ code }: vscode.Diagnostic) => (typeof code === 'object' ? code.value : code);
const found = (path: string) =>
  vscode.languages.getDiagnostics(uriOf(path)).map((one) => `${String(ruleOf(one))} ${one.range.start.line + 1}`);
const soon = { timeoutMs: 10_000 };

async function untilFound(path: string, expected: readonly string[]): Promise<void> {
  await until(
    `${path}: ${expected.join(', ')}; there is ${found(path).join(', ')}`,
    () => found(path).join() === expected.join() || undefined,
    soon,
  );
}

/** Replaces a text in the document as a person types it: nothing is saved. */
async function type(document: vscode.TextDocument, before: string, after: string): Promise<void> {
  const from = document.getText().indexOf(before);
  assert.notEqual(from, -1, `${before} is not in ${document.fileName}`);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(document.positionAt(from), document.positionAt(from + before.length)), after);
  await vscode.workspace.applyEdit(edit);
}

async function actionsAt(uri: vscode.Uri, line: number, kind?: vscode.CodeActionKind): Promise<vscode.CodeAction[]> {
  const range = new vscode.Range(line - 1, 0, line - 1, 200);
  return vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', uri, range, kind?.value);
}

describe('the rules in the editor', function () {
  this.timeout(60_000);
  let policy: ExtensionApi['policy'];
  const resultOf = (rule: string) => policy()?.outcomes.find((outcome) => outcome.rule === rule)?.result;
  const open = async (path: string) => {
    const document = await vscode.workspace.openTextDocument(uriOf(path));
    await vscode.window.showTextDocument(document);
    return document;
  };
  const restore = async (path: string) => {
    execFileSync('git', ['checkout', '--', path], { cwd: root() });
    const document = await open(path);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await until('the text of HEAD', () => !document.isDirty || undefined, soon);
  };

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('odoo-ops.odoo-ops');
    assert.ok(extension);
    ({ policy } = await extension.activate());
    await vscode.commands.executeCommand('odooOps.policy.focus');
    await until('the first check', () => policy(), { timeoutMs: 20_000 });
  });
  afterEach(() => restore(STAGING));

  it('answers for each rule, with nothing asked of anybody', () => {
    assert.ok((policy()?.outcomes.length ?? 0) > 0);
    assert.equal(resultOf('staging-neutralised'), 'passed');
    assert.equal(resultOf('linear-promotion'), 'passed');
  });

  it('shows a finding while somebody types, and takes it away again', async () => {
    const document = await open(STAGING);
    await type(document, 'max_cron_threads = 0', 'max_cron_threads = 2');
    await untilFound(STAGING, ['staging-neutralised 6']);
    assert.equal(document.isDirty, true);
    assert.equal(resultOf('staging-neutralised'), 'failed');
    await type(document, '[options]\n', '[options]\n; three\n; more\n; lines\n');
    await untilFound(STAGING, ['staging-neutralised 9']);
    await type(document, 'max_cron_threads = 2', 'max_cron_threads = 0');
    await untilFound(STAGING, []);
    assert.equal(resultOf('staging-neutralised'), 'passed');
  });

  it('mends a finding by its preferred quick fix, and at the place where it is now', async () => {
    const document = await open(STAGING);
    await type(document, 'max_cron_threads = 0', 'max_cron_threads = 2');
    await untilFound(STAGING, ['staging-neutralised 6']);
    // The lines move, and the fix is asked for before the next check.
    await type(document, '[options]\n', '[options]\n; moved\n');
    const fix = await until(
      'the quick fix',
      async () => (await actionsAt(document.uri, 7)).find(({ edit, isPreferred }) => edit !== undefined && isPreferred === true),
      soon,
    );
    assert.equal(fix.title, 'Write max_cron_threads = 0');
    assert.ok(fix.edit);
    await vscode.workspace.applyEdit(fix.edit);
    assert.match(document.getText(), /^max_cron_threads = 0$/m);
    assert.match(document.getText(), /^limit_time_real_cron = 600$/m);
    await untilFound(STAGING, []);
  });

  it('mends all mechanical findings of a file as one source action, and leaves what needs thinking', async () => {
    const document = await open(STAGING);
    await type(document, 'max_cron_threads = 0', 'max_cron_threads = 2');
    await type(document, 'limit_request = 8192', 'limit_request = 0');
    await type(document, 'smtp_server = mailpit', 'smtp_server = smtp.gmail.com');
    await until('three findings', () => found(STAGING).length === 3 || undefined, soon);
    const kind = vscode.CodeActionKind.SourceFixAll.append('odooOps');
    const [all] = (await actionsAt(document.uri, 1, kind)).filter((action) => action.kind?.value === kind.value);
    assert.ok(all?.edit);
    await vscode.workspace.applyEdit(all.edit);
    await untilFound(STAGING, ['staging-neutralised 8']);
  });

  it('mends all mechanical findings of the repository after a person agreed, also in files that are not open', async () => {
    const caddy = join(root(), 'deploy/Caddyfile');
    const text = readFileSync(caddy, 'utf8');
    const document = await open(STAGING);
    await type(document, 'max_cron_threads = 0', 'max_cron_threads = 2');
    writeFileSync(caddy, text.replace('50MB', '10MB'));
    try {
      await vscode.commands.executeCommand('odooOps.runChecks');
      assert.deepEqual(found('deploy/Caddyfile'), ['production-limits 3']);
      assert.equal(await vscode.commands.executeCommand('odooOps.fixAllFindings', { confirm: false }), 0);
      assert.equal(await vscode.commands.executeCommand('odooOps.fixAllFindings', { confirm: true }), 2);
      await untilFound('deploy/Caddyfile', []);
      await untilFound(STAGING, []);
    } finally {
      writeFileSync(caddy, text);
      await restore('deploy/Caddyfile');
    }
  });

  it('links a finding to the page of its rule, and opens it', async () => {
    const document = await open(STAGING);
    await type(document, 'max_cron_threads = 0', 'max_cron_threads = 2');
    await untilFound(STAGING, ['staging-neutralised 6']);
    const [diagnostic] = vscode.languages.getDiagnostics(document.uri);
    const target = typeof diagnostic?.code === 'object' ? diagnostic.code.target : undefined;
    assert.ok(target);
    const page = await vscode.workspace.openTextDocument(target);
    assert.match(page.getText(), /^# staging-neutralised$/m);
    const explain = (await actionsAt(document.uri, 6)).find(({ command }) => command?.command === 'odooOps.explainRule');
    assert.equal(explain?.title, 'Explain staging-neutralised');
    await vscode.commands.executeCommand('odooOps.explainRule', explain.command?.arguments?.[0]);
    const tabs = () => vscode.window.tabGroups.all.flatMap(({ tabs: all }) => all).map(({ label }) => label);
    await until('the page', () => tabs().some((label) => label.includes('staging-neutralised.md')) || undefined, soon);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  });

  it('lets a finding stand with an entry in odoo-ops.yml, whose comments stay, and takes it back with an undo', async () => {
    const config = join(root(), 'odoo-ops.yml');
    const text = readFileSync(config, 'utf8');
    writeFileSync(config, `# Ours\n${text}`);
    writeFileSync(
      join(root(), STAGING),
      readFileSync(join(root(), STAGING), 'utf8').replace('max_cron_threads = 0', 'max_cron_threads = 2'),
    );
    try {
      await vscode.commands.executeCommand('odooOps.runChecks');
      await untilFound(STAGING, ['staging-neutralised 6']);
      const stand = (await actionsAt(uriOf(STAGING), 6)).find(({ command }) => command?.command === 'odooOps.suppressFinding');
      const until_ = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
      const answers = { reason: 'We rehearse the crons of the close this week', until: until_ };
      await vscode.commands.executeCommand('odooOps.suppressFinding', stand?.command?.arguments?.[0], answers);
      assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, config);
      const written = readFileSync(config, 'utf8');
      assert.ok(written.startsWith(`# Ours\n${text}`));
      assert.match(written, /suppressions:\n {4}- rule: staging-neutralised\n {6}file: deploy\/odoo\.staging\.conf\n/);
      await untilFound(STAGING, []);
      assert.equal(policy()?.suppressed[0]?.suppression.until, until_);
      await vscode.commands.executeCommand('undo');
      await vscode.window.activeTextEditor.document.save();
      await untilFound(STAGING, ['staging-neutralised 6']);
    } finally {
      writeFileSync(config, text);
      await restore('odoo-ops.yml');
    }
  });

  it('keeps what it knows while odoo-ops.yml is not valid, and says where', async () => {
    const document = await open('odoo-ops.yml');
    const before = policy()?.outcomes.length;
    await type(document, 'version: 1\n', 'version: 1\nevidense: 2\n');
    await document.save();
    await until(
      'the problem',
      () => vscode.languages.getDiagnostics(document.uri).some(({ message }) => message.includes('evidense')) || undefined,
      soon,
    );
    assert.equal(policy()?.outcomes.length, before);
    await type(document, 'evidense: 2\n', '');
    await document.save();
    await until('no problem', () => vscode.languages.getDiagnostics(document.uri).length === 0 || undefined, soon);
  });

  it('sees what changes on disk without being asked', async () => {
    const file = join(root(), STAGING);
    const text = readFileSync(file, 'utf8');
    // VS Code's file watcher starts late: written until it is seen.
    let count = 0;
    await until(
      'the finding',
      () => {
        if (found(STAGING).length > 0) return true;
        writeFileSync(file, `${text.replace('max_cron_threads = 0', 'max_cron_threads = 2')}; ${++count}\n`);
        return undefined;
      },
      { timeoutMs: 20_000 },
    );
    writeFileSync(file, text);
    await untilFound(STAGING, []);
  });
});
