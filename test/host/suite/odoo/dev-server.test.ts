import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { until } from '../../until.ts';

const login = (): Promise<number | undefined> =>
  fetch('http://127.0.0.1:8169/web/login', { signal: AbortSignal.timeout(2000) }).then(
    ({ status }) => status,
    () => undefined,
  );

describe('the development server', () => {
  it('starts a real Odoo from the palette, and stops it again', async function () {
    this.timeout(180_000);
    await vscode.extensions.getExtension('odoo-ops.odoo-ops')?.activate();
    await vscode.commands.executeCommand('odooOps.startDevServer');
    assert.equal(await login(), 200);
    await vscode.commands.executeCommand('odooOps.restartDevServer');
    assert.equal(await login(), 200);
    await vscode.commands.executeCommand('odooOps.stopDevServer');
    await until('the end of Odoo', async () => ((await login()) === undefined ? true : undefined), { timeoutMs: 20_000 });
  });
});
