import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  moduleArguments,
  moduleWork,
  seriesOf,
  versionIn,
  type ManifestFacts,
  type ModuleRow,
  type ModuleWorkFacts,
} from '../../../src/core/pr-environments/modules.ts';
import type { ModuleChange } from '../../../src/core/repository/module.ts';

const change = (module: string, kind: ModuleChange['change'] = 'changed', version: string | null = '1.1'): ModuleChange => ({
  module,
  path: `addons/ipai/${module}`,
  change: kind,
  old_version: kind === 'added' ? null : '1.0',
  new_version: kind === 'removed' ? null : version,
});
const row = (name: string, latest_version: string | null, state = 'installed'): ModuleRow => ({ name, state, latest_version });
const BASE = row('base', '19.0.1.3');
const work = (facts: Partial<ModuleWorkFacts>) => moduleWork({ changes: [], manifests: new Map(), rows: [BASE], ...facts });
const manifests = (all: Record<string, Partial<ManifestFacts>>) =>
  new Map(Object.entries(all).map(([name, facts]) => [name, { version: '1.1', installable: true, ...facts }]));

describe('the modules of a copy', () => {
  it('are updated where they are installed, and installed where not', () => {
    const found = work({
      changes: [change('shop'), change('loyalty', 'added', '19.0.2.0.0'), change('base_x')],
      rows: [BASE, row('shop', '19.0.1.0'), row('base_x', null, 'uninstalled')],
    });
    assert.deepEqual(found, {
      install: ['base_x', 'loyalty'],
      update: ['shop'],
      asked: [
        { module: 'base_x', version: '1.1' },
        { module: 'loyalty', version: '19.0.2.0.0' },
        { module: 'shop', version: '1.1' },
      ],
      removed: [],
      skipped: [],
    });
    assert.deepEqual(moduleArguments(found), ['-i', 'base_x,loyalty', '-u', 'shop', '--stop-after-init', '--no-http']);
  });

  it('are told where the commit removed them and the copy has them', () => {
    const changes = [change('gone', 'removed'), change('never', 'removed')];
    assert.deepEqual(work({ changes, rows: [BASE, row('gone', '19.0.1.0')] }).removed, ['gone']);
  });

  it('are not gone where another folder of the addons path has them still', () => {
    const found = work({ changes: [change('shop', 'removed')], manifests: manifests({ shop: {} }), rows: [BASE, row('shop', '19.0.1.1')] });
    assert.deepEqual([found.removed, found.update], [[], ['shop']]);
  });

  it('stay out where the manifest says so', () => {
    const found = work({ changes: [change('draft', 'added')], manifests: manifests({ draft: { installable: false } }) });
    assert.deepEqual([found.skipped, found.install, found.asked], [['draft'], [], []]);
  });

  it('are updated too where the copy has another version than the commit, changed or not', () => {
    const found = work({
      manifests: manifests({
        same: { version: '1.1' },
        full: { version: '19.0.3.0.0' },
        none: { version: null },
        old: { version: '1.2' },
        other: {},
      }),
      rows: [BASE, row('same', '19.0.1.1'), row('full', '19.0.3.0.0'), row('none', '19.0.1.0'), row('old', '19.0.1.1')],
    });
    assert.deepEqual(found.update, ['old']);
    assert.deepEqual(found.install, []);
  });

  it('that a broken run left half-way are done again', () => {
    const found = work({
      changes: [change('a'), change('b')],
      rows: [BASE, row('a', '19.0.1.0', 'to upgrade'), row('b', null, 'to install')],
    });
    assert.deepEqual([found.install, found.update], [['b'], ['a']]);
  });

  it('are tested with an Odoo that answers, and only those that changed', () => {
    const tested = moduleArguments({ install: ['loyalty'], update: ['shop'] }, ['loyalty', 'shop']);
    assert.deepEqual(tested.slice(-4), ['--stop-after-init', '--workers=0', '--test-tags', '/loyalty,/shop']);
  });

  it('need no run of Odoo where nothing changed', () => {
    assert.deepEqual(moduleArguments(work({})), []);
  });

  it('are each in one list alone', () => {
    const names = fc.constantFrom('a', 'b', 'c', 'd');
    const changes = fc.array(fc.tuple(names, fc.constantFrom('added' as const, 'changed' as const, 'removed' as const)));
    const states = fc.array(fc.tuple(names, fc.constantFrom('installed', 'uninstalled', 'to upgrade', 'to install', 'uninstallable')));
    const found = fc.dictionary(names, fc.record({ installable: fc.boolean(), version: fc.constantFrom(null, '1.1', '19.0.1.0.0') }));
    fc.assert(
      fc.property(changes, states, found, (changed, rows, there) => {
        const done = work({
          changes: changed.map(([name, kind]) => change(name, kind)),
          manifests: manifests(there),
          rows: [BASE, ...new Map(rows.map(([name, state]) => [name, row(name, '19.0.1.0', state)])).values()],
        });
        const all = [...done.install, ...done.update, ...done.removed, ...done.skipped];
        assert.equal(new Set(all).size, all.length);
        assert.deepEqual(done.asked.map(({ module }) => module).sort(), [...done.install, ...done.update].sort());
      }),
    );
  });
});

describe('versions', () => {
  it('stand in the database with the series that the manifest leaves out', () => {
    assert.equal(seriesOf([BASE]), '19.0');
    assert.equal(seriesOf([row('base', 'saas~18.2.1.3')]), 'saas~18.2');
    assert.equal(seriesOf([]), null);
    const cases = [
      ['1.0', '19.0.1.0'],
      ['1.0.2', '19.0.1.0.2'],
      ['19.0.1.0', '19.0.1.0'],
      ['19.0.1.0.0', '19.0.1.0.0'],
      [null, '19.0.1.0'],
    ] as const;
    for (const [version, expected] of cases) assert.equal(versionIn('19.0', version), expected);
  });
});
