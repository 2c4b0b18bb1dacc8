import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { contextOf, descriptionOf, isBehind, labelOf, stateOf, stateText } from '../../../src/extension/pull-requests/state.ts';
import { environment, NOW, row } from './samples.ts';

describe('what a row says', () => {
  it('says state, commit and age of the environment', () => {
    assert.equal(descriptionOf(row(12), NOW), 'running · 22222222 · 3 min ago');
    assert.equal(descriptionOf(row(12, { environment: environment(12, { verdict: 'red' }) }), NOW), 'running, red · 22222222 · 3 min ago');
    assert.equal(descriptionOf(row(12, { environment: environment(12, { state: 'sleeping' }) }), NOW), 'sleeping · 22222222 · 3 min ago');
  });

  it('says commit and age of the branch where there is no environment', () => {
    const absent = environment(12, { state: 'absent', sha: null, created_at: null });
    for (const one of [null, absent]) assert.equal(descriptionOf(row(12, { environment: one }), NOW), '22222222 · 1 h ago');
  });

  it('says that the branch went on, while nothing is done about it', () => {
    const old = row(12, { environment: environment(12, { sha: 'a'.repeat(40) }) });
    assert.deepEqual([isBehind(old), stateText(old)], [true, 'running, behind']);
    assert.equal(stateText({ ...old, doing: { what: 'building', step: null } }), 'building');
    assert.equal(isBehind(row(12)), false);
    assert.equal(isBehind(row(12, { environment: environment(12, { sha: null, state: 'absent' }) })), false);
  });

  it('shows an act of this window before anybody else tells of it', () => {
    assert.equal(stateOf(row(12, { environment: null, doing: { what: 'building', step: 'Database' } })), 'building');
    assert.equal(stateOf(row(12, { doing: { what: 'stopping', step: null } })), 'stopping');
  });

  it('says to the menus what can be done', () => {
    assert.equal(contextOf(row(12)), 'build.pr.open.branch.running.url');
    assert.equal(contextOf(row(12, { environment: null })), 'build.pr.open.branch.absent');
    assert.equal(
      contextOf(row(12, { tip: null, environment: environment(12, { state: 'failed', lines: ['x'] }) })),
      'build.pr.open.failed.reasons',
    );
    assert.equal(contextOf(row(12, { pull: null })), 'build.pr.branch.running.url');
    assert.equal(contextOf(row(12, { key: 'branch:x', number: null, pull: null, environment: null })), 'build.branch');
  });

  it('has no word of a stranger in what menus read, and nothing in a label that moves or turns the reading', () => {
    const odd = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(odd, odd, (title, branch) => {
        const one = row(12, { title, branch });
        assert.match(contextOf(one), /^[a-z.]+$/);
        assert.doesNotMatch(labelOf(one), /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069]/u);
      }),
    );
  });
});
