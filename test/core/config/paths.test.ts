import assert from 'node:assert/strict';
import fc from 'fast-check';
import { byCodeUnit, folderInRepository, isBelow, normalizePath } from '../../../src/core/config/paths.ts';

describe('paths in the repository', () => {
  it('are normalised, and may not climb out', () => {
    assert.equal(normalizePath('a//b/./c/..'), 'a/b');
    assert.equal(normalizePath('/a/../b'), '/b');
    assert.equal(normalizePath('./'), '');
    assert.equal(normalizePath('../a'), undefined);
    assert.equal(normalizePath('a/../../b'), undefined);
  });

  it('are found below the folder that containers mount', () => {
    assert.equal(folderInRepository('/workspaces/odoo/addons/oca', '/workspaces/odoo'), 'addons/oca');
    assert.equal(folderInRepository('/workspaces/odoo', '/workspaces/odoo/'), '');
    assert.equal(folderInRepository('/workspaces/odoo2/addons', '/workspaces/odoo'), undefined);
    assert.equal(folderInRepository('/opt/odoo/addons', '/workspaces/odoo'), undefined);
    assert.equal(folderInRepository('addons/oca/', '/workspaces/odoo'), 'addons/oca');
    assert.equal(folderInRepository('../x', '/workspaces/odoo'), undefined);
  });

  it('are below a folder by whole names', () => {
    assert.equal(isBelow('addons/ipai/x', 'addons/ipai'), true);
    assert.equal(isBelow('addons/ipai', 'addons/ipai'), true);
    assert.equal(isBelow('addons/ipai_meta', 'addons/ipai'), false);
    assert.equal(isBelow('anything', ''), true);
  });

  it('have one order on every machine', () => {
    assert.deepEqual(['b', 'a', 'B', 'ä', 'a/b', 'a-b'].sort(byCodeUnit), ['B', 'a', 'a-b', 'a/b', 'b', 'ä']);
  });

  it('never hold a dot part after normalising', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', '.', '..', ''), { maxLength: 8 }), (parts) => {
        const path = normalizePath(parts.join('/'));
        assert.ok(!path?.split('/').some((part) => part === '.' || part === '..'));
        if (path !== undefined) assert.equal(normalizePath(path), path);
      }),
    );
  });
});
