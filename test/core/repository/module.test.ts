import assert from 'node:assert/strict';
import { moduleChange, moduleFolder, touchedModules } from '../../../src/core/repository/module.ts';
import type { ModuleManifest } from '../../../src/core/repository/module.ts';

const manifest = (version: string | null): ModuleManifest => ({ name: 'x', version, depends: [], installable: true });
const changed = (path: string) => ({ status: 'changed' as const, path, added: 1, removed: 1 });

describe('modules that a change touches', () => {
  it('lie directly below an addons folder', () => {
    assert.equal(moduleFolder('addons/ipai/loyalty/models/a.py', ['addons/ipai']), 'addons/ipai/loyalty');
    assert.equal(moduleFolder('addons/ipai/README.md', ['addons/ipai']), undefined);
    assert.equal(moduleFolder('addons/ipai_meta/x/a.py', ['addons/ipai']), undefined);
    assert.equal(moduleFolder('loyalty/a.py', ['']), 'loyalty');
  });

  it('are named once each, in order', () => {
    const folders = touchedModules([changed('a/z/1.py'), changed('a/b/1.py'), changed('a/b/2.py'), changed('x.py')], ['a']);
    assert.deepEqual(folders, ['a/b', 'a/z']);
  });

  it('are added, changed or removed; a folder without a manifest is no module', () => {
    assert.deepEqual(moduleChange('a/b', null, manifest('1')), {
      module: 'b',
      path: 'a/b',
      change: 'added',
      old_version: null,
      new_version: '1',
    });
    assert.equal(moduleChange('a/b', manifest('1'), manifest(null))?.change, 'changed');
    assert.deepEqual(moduleChange('a/b', manifest('1'), null), {
      module: 'b',
      path: 'a/b',
      change: 'removed',
      old_version: '1',
      new_version: null,
    });
    assert.equal(moduleChange('a/b', null, null), undefined);
  });
});
