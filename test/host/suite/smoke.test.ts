import assert from 'node:assert/strict';
import { extensions } from 'vscode';

describe('the extension', () => {
  it('is present and activates', async () => {
    const extension = extensions.getExtension('odoo-ops.odoo-ops');
    assert.ok(extension, 'odoo-ops.odoo-ops is not among the extensions');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
});
