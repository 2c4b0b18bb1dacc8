import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { until } from '../../until.ts';

const login = (): Promise<number | undefined> =>
  fetch('http://127.0.0.1:8169/web/login', { signal: AbortSignal.timeout(2000) }).then(
    ({ status }) => status,
    () => undefined,
  );

const WITHIN = { timeoutMs: 20_000 };

/** A file that does not parse is a problem at its place, until it does. The last good code answers meanwhile. */
async function breakAndMend(): Promise<void> {
  const folder = vscode.workspace.workspaceFolders![0]!.uri;
  const file = vscode.Uri.joinPath(folder, 'addons/ipai/ipai_loyalty/models/res_partner.py');
  const text = await vscode.workspace.fs.readFile(file);
  await vscode.workspace.fs.writeFile(file, Buffer.concat([text, Buffer.from('\ndef broken(:\n')]));
  const [problem] = await until(
    'the problem',
    () => {
      const found = vscode.languages.getDiagnostics(file);
      return found.length > 0 ? found : undefined;
    },
    WITHIN,
  );
  assert.match(problem!.message, /SyntaxError/);
  assert.equal(problem!.range.start.line, text.toString().split('\n').length);
  assert.equal(await login(), 200);
  await vscode.workspace.fs.writeFile(file, Buffer.concat([text, Buffer.from('\n# mended\n')]));
  await until('no problem', () => (vscode.languages.getDiagnostics(file).length === 0 ? true : undefined), WITHIN);
  await vscode.workspace.fs.writeFile(file, text);
}

describe('the development server', () => {
  it('starts a real Odoo from the palette, and stops it again', async function () {
    this.timeout(180_000);
    await vscode.extensions.getExtension('odoo-ops.odoo-ops')?.activate();
    await vscode.commands.executeCommand('odooOps.startDevServer');
    assert.equal(await login(), 200);
    await breakAndMend();
    await vscode.commands.executeCommand('odooOps.restartDevServer');
    assert.equal(await login(), 200);
    await vscode.commands.executeCommand('odooOps.stopDevServer');
    await until('the end of Odoo', async () => ((await login()) === undefined ? true : undefined), { timeoutMs: 20_000 });
  });
});
