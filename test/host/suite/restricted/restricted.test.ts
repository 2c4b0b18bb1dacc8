import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../../src/extension/extension.ts';

describe('the extension in a workspace that is not trusted', () => {
  it('activates, and reads nothing of the repository', async () => {
    assert.equal(vscode.workspace.isTrusted, false);
    const api = await vscode.extensions.getExtension<ExtensionApi>('odoo-ops.odoo-ops')?.activate();
    await api?.refresh();
    assert.equal(api?.overview(), undefined);
  });
});
