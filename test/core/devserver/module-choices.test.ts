import assert from 'node:assert/strict';
import { moduleChoices } from '../../../src/core/devserver/module-choices.ts';

describe('modules to choose from for an update', () => {
  const facts = {
    needsUpdate: new Map([
      ['sale_z', ['new field foo']],
      ['sale_a', []],
    ]),
    changed: ['sale_m', 'sale_z', 'sale_m', 'removed'],
    known: ['web', 'sale_z', 'sale_m', 'base', 'not_installed'],
    installed: ['base', 'web', 'sale_m', 'sale_z'],
  };

  it('come once each: first those that need it, in the order of the server, then those that changed, then the others', () => {
    assert.deepEqual(
      moduleChoices(facts).map(({ module, group }) => `${group} ${module}`),
      ['needed sale_z', 'needed sale_a', 'changed sale_m', 'other base', 'other web'],
    );
  });

  it('carry their reasons', () => {
    assert.deepEqual(moduleChoices(facts)[0]?.reasons, ['new field foo']);
  });

  it('are all that are on the addons path where the database cannot be asked', () => {
    const modules = moduleChoices({ ...facts, installed: undefined }).map(({ module }) => module);
    assert.ok(modules.includes('not_installed') && !modules.includes('removed'));
  });
});
