import assert from 'node:assert/strict';
import { iconNameOf } from '../../../src/extension/views/builds-icons.ts';
import { environment, row } from '../pull-requests/samples.ts';

const iconOf = (more: Parameters<typeof environment>[1]) => iconNameOf(row(12, { environment: environment(12, more) }));

describe('icons of the PR Builds view', () => {
  it('show how a running environment was judged, and no colour where nobody here knows', () => {
    assert.deepEqual(iconOf({ verdict: 'green' }), ['vm-running', 'testing.iconPassed']);
    assert.deepEqual(iconOf({ verdict: 'red' }), ['error', 'testing.iconFailed']);
    assert.deepEqual(iconOf({ verdict: null }), ['vm-running']);
  });

  it('show what it does before how it was judged', () => {
    assert.deepEqual(iconOf({ verdict: 'red', state: 'sleeping' }), ['moon']);
    assert.deepEqual(iconOf({ verdict: 'red', state: 'failed' }), ['circle-slash', 'testing.iconFailed']);
    assert.equal(iconOf({ state: 'building' })[0], 'sync~spin');
  });

  it('show a pull request in the colour of its checks, and a branch, where there is no environment', () => {
    assert.deepEqual(iconNameOf(row(12, { environment: null })), ['git-pull-request']);
    assert.deepEqual(iconNameOf(row(12, { environment: null, pull: null })), ['git-pull-request-closed']);
    assert.deepEqual(iconNameOf(row(12, { environment: null, pull: null, number: null })), ['git-branch']);
  });
});
