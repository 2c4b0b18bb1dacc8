import assert from 'node:assert/strict';
import fc from 'fast-check';
import { migrationsOf } from '../../../src/core/deployment/migrations.ts';
import type { ModuleChange } from '../../../src/core/repository/module.ts';

const changed = (old_version: string | null, new_version: string | null, change: ModuleChange['change'] = 'changed'): ModuleChange => ({
  module: 'sale_x',
  path: 'addons/ipai/sale_x',
  change,
  old_version,
  new_version,
});
const scripts = (change: ModuleChange, files: readonly string[]) =>
  migrationsOf(
    [change],
    files.map((file) => `addons/ipai/sale_x/${file}`),
    '19.0',
  ).map(({ script }) => script);

describe('migrations of a deployment', () => {
  it('are the scripts of versions that are newer than the old one and not newer than the new one', () => {
    const files = ['19.0.1.0.0', '19.0.1.1.0', '19.0.1.2.0', '19.0.1.2.1'].map((version) => `migrations/${version}/post-fill.py`);
    assert.deepEqual(scripts(changed('19.0.1.0.0', '19.0.1.2.0'), files), [
      'migrations/19.0.1.1.0/post-fill.py',
      'migrations/19.0.1.2.0/post-fill.py',
    ]);
  });

  it('come in the order in which Odoo runs them: by stage, then version as numbers, then name', () => {
    const files = [
      'migrations/19.0.1.10.0/pre-a.py',
      'migrations/19.0.1.9.0/end-z.py',
      'migrations/19.0.1.9.0/pre-b.py',
      'upgrades/19.0.1.9.0/pre-a.py',
      'migrations/19.0.1.9.0/post-a.py',
      'migrations/0.0.0/pre-always.py',
      'migrations/0.0.0/post-always.py',
    ];
    assert.deepEqual(scripts(changed('19.0.1.0.0', '19.0.2.0.0'), files), [
      'migrations/0.0.0/pre-always.py',
      'upgrades/19.0.1.9.0/pre-a.py',
      'migrations/19.0.1.9.0/pre-b.py',
      'migrations/19.0.1.10.0/pre-a.py',
      'migrations/19.0.1.9.0/post-a.py',
      'migrations/0.0.0/post-always.py',
      'migrations/19.0.1.9.0/end-z.py',
    ]);
  });

  it('read versions without their series, in folders and in manifests', () => {
    assert.deepEqual(scripts(changed('1.0', '1.1'), ['migrations/1.1/pre-a.py', 'migrations/19.0.1.1/pre-b.py']), [
      'migrations/1.1/pre-a.py',
      'migrations/19.0.1.1/pre-b.py',
    ]);
    assert.deepEqual(scripts(changed('19.0.1.0.0', '19.0.1.1.0'), ['migrations/1.1/pre-a.py']), ['migrations/1.1/pre-a.py']);
    assert.deepEqual(scripts(changed(null, '1.1'), ['migrations/1.1/pre-a.py']), ['migrations/1.1/pre-a.py']);
  });

  it('do not run a script without a series again because the series is new', () => {
    const files = ['migrations/2.0/pre-a.py', 'migrations/18.0.2.0/pre-b.py', 'migrations/19.0.2.0/pre-c.py'];
    assert.deepEqual(scripts(changed('18.0.2.0', '19.0.2.0'), files), ['migrations/19.0.2.0/pre-c.py']);
  });

  it('leave out what Odoo does not take for a script', () => {
    const files = [
      'migrations/19.0.1.1.0/README.md',
      'migrations/19.0.1.1.0/fill.py',
      'migrations/19.0.1.1.0/pre-a.sql',
      'migrations/19.0.1.1.0/deeper/pre-a.py',
      'migrations/tests/pre-a.py',
      'migrations/v19/pre-a.py',
      'migrations/pre-a.py',
      'scripts/19.0.1.1.0/pre-a.py',
    ];
    assert.deepEqual(scripts(changed('19.0.1.0.0', '19.0.1.1.0'), files), [null]);
    const other = 'addons/ipai/sale_x_more/migrations/19.0.1.1.0/pre-a.py';
    assert.deepEqual(
      migrationsOf([changed('19.0.1.0.0', '19.0.1.1.0')], [other], '19.0').map(({ script }) => script),
      [null],
    );
  });

  it('are one without a script for a module that grew or is new, and none for one that did not', () => {
    const always = ['migrations/0.0.0/end-always.py', 'migrations/19.0.1.0.0/end-a.py'];
    assert.deepEqual(scripts(changed(null, '19.0.1.0.0', 'added'), always), [null]);
    assert.deepEqual(scripts(changed('19.0.1.0.0', '19.0.1.1.0'), []), [null]);
    assert.deepEqual(scripts(changed('19.0.1.1.0', '19.0.1.1.0'), always), []);
    assert.deepEqual(scripts(changed('19.0.1.1.0', '19.0.1.0.0'), always), []);
    assert.deepEqual(scripts(changed('19.0.1.0.0', null, 'removed'), always), []);
  });

  it('run each script once, however the way is cut into deployments', () => {
    const version = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map((parts) => `19.0.${parts.join('.')}`);
    fc.assert(
      fc.property(fc.array(version, { minLength: 3, maxLength: 3 }), fc.array(version, { maxLength: 6 }), (steps, folders) => {
        const [a = '', b = '', c = ''] = steps.sort();
        const files = [...new Set(folders)].map((folder) => `migrations/${folder}/pre-a.py`);
        const run = (from: string, to: string) => scripts(changed(from, to), files).filter((script) => script !== null);
        assert.deepEqual([...run(a, b), ...run(b, c)], run(a, c));
      }),
    );
  });
});
